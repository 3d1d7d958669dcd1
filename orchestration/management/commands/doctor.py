import json
import sys

import redis
from django.conf import settings
from django.core.checks import Error, run_checks
from django.core.management.base import BaseCommand
from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor

from workforce.contributors.search_index import lacks_trigrams


class Command(BaseCommand):
    help = "Checks the installation and says how to mend it."
    requires_system_checks = ()

    def add_arguments(self, parser):
        parser.add_argument("--json", action="store_true")

    def handle(self, *, json: bool, **options):
        checks = [
            check_settings(),
            check_database(),
            check_migrations(),
            check_search(),
            check_broker(),
            check_front_end(),
        ]
        if json:
            self.stdout.write(dump(checks))
        else:
            for check in checks:
                self.stdout.write(f"{'ok  ' if check['ok'] else 'BAD '} {check['name']}: {check['advice'] or 'fine'}")
        sys.exit(0 if all(check["ok"] for check in checks) else 1)


def dump(checks: list[dict]) -> str:
    return json.dumps({"checks": checks}, ensure_ascii=False)


def _result(name: str, ok: bool, advice: str) -> dict:
    return {"name": name, "ok": ok, "advice": "" if ok else advice}


def check_settings() -> dict:
    errors = [e for e in run_checks() if isinstance(e, Error)]
    return _result("settings", not errors, " ".join(f"{e.msg} {e.hint or ''}".strip() for e in errors))


def check_database() -> dict:
    try:
        connection.ensure_connection()
    except DatabaseError as error:
        return _result("database", False, f"It does not answer ({error}). Check DATABASE_URL and that it runs.".strip())
    return _result("database", True, "")


def check_migrations() -> dict:
    try:
        executor = MigrationExecutor(connection)
        plan = executor.migration_plan(executor.loader.graph.leaf_nodes())
    except DatabaseError:
        return _result("migrations", False, "The database does not answer.")
    return _result("migrations", not plan, f"{len(plan)} are to be applied. Run: python manage.py migrate")


def check_search() -> dict:
    try:
        is_slow = lacks_trigrams(connection)
    except DatabaseError:
        return _result("search", False, "The database does not answer.")
    advice = "Mistyped names are found slowly: the extension pg_trgm is missing. Let the database's owner run CREATE EXTENSION pg_trgm, then run: python manage.py migrate"
    return _result("search", not is_slow, advice)


def check_broker() -> dict:
    if not settings.REDIS_URL:
        return _result("task broker", True, "")
    try:
        redis.Redis.from_url(settings.REDIS_URL, socket_connect_timeout=3).ping()
    except redis.RedisError as error:
        return _result("task broker", False, f"Redis does not answer ({error}). Check REDIS_URL and that it runs.")
    return _result("task broker", True, "")


def check_front_end() -> dict:
    there = (settings.BASE_DIR / "node_modules" / "@tabler").is_dir() or settings.STATIC_ROOT.is_dir()
    return _result("front-end packages", there, "They are not installed. Run: make setup")
