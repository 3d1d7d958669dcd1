"""What keeping versions costs one bulk UPDATE, against the same UPDATE without: `python -m benchmarks.history`.

Works in the PostgreSQL database of DATABASE_URL, which must be migrated and hold no contributors, and leaves nothing
behind. Both sides take turns on the same rows; afterwards the registry as of yesterday is compared with a copy.
"""

import argparse
import os
import time
from datetime import timedelta

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "orchestration.settings")
django.setup()

from django.db import connection, transaction  # noqa: E402
from django.utils import timezone  # noqa: E402

from workforce.contributors.models import Contributor  # noqa: E402
from workforce.ledger.as_of import registry_as_of  # noqa: E402

TABLE = "contributors_contributor"
FILL = f"""
    INSERT INTO {TABLE} (kind, name, given_name, family_name, email, phone, street, city, region, postcode, country,
        national_id, national_id_hash, tax_id, tax_id_hash, bank_account, bank_account_hash, title, status,
        first_recorded_at, recorded_at)
    SELECT 'employee', 'Name ' || md5(i::text), 'Given', 'Family ' || i, 'e' || i || '@example.org', '+49 ' || i,
        'Street ' || i, 'Berlin', '', '1' || i, 'DE', repeat('x', 120), md5(i::text), '', '', repeat('y', 120),
        md5('b' || i), 'Title', 'active', now() - interval '9 days', now() - interval '9 days'
    FROM generate_series(1, %s) i
"""
CHANGE = f"UPDATE {TABLE} SET title = title || '.'"


def run(rows: int, rounds: int) -> None:
    if Contributor.objects.exists():
        raise SystemExit("The database must hold no contributors: this would mix with them.")
    with transaction.atomic():
        execute(FILL, [rows])
        execute(f"ANALYZE {TABLE}")
        titles = set(Contributor.objects.values_list("pk", "title"))
        without, kept = [], []
        for _ in range(rounds):
            without.append(take_turn(triggers=False))
            kept.append(take_turn(triggers=True))
        with registry_as_of(timezone.now().date() - timedelta(days=1)):
            assert set(Contributor.objects.values_list("pk", "title")) == titles
        transaction.set_rollback(True)
    print(
        f"{rows:,} rows updated: {min(without):.2f} s without versions, {min(kept):.2f} s with: ratio {min(kept) / min(without):.2f}"
    )


def take_turn(*, triggers: bool) -> float:
    """One UPDATE of every row, taken back unless it kept versions."""
    execute("SET CONSTRAINTS ALL IMMEDIATE")  # a table with checks still to come cannot be altered
    switch = "ENABLE" if triggers else "DISABLE"
    execute(f"ALTER TABLE {TABLE} {switch} TRIGGER {TABLE}_stamp")
    execute(f"ALTER TABLE {TABLE} {switch} TRIGGER {TABLE}_keep")
    started = time.perf_counter()
    point = transaction.savepoint()
    execute(CHANGE)
    taken = time.perf_counter() - started
    if not triggers:
        transaction.savepoint_rollback(point)
    return taken


def execute(sql: str, params=None) -> None:
    with connection.cursor() as cursor:
        cursor.execute(sql, params)


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--rows", type=int, default=150_000)
    parser.add_argument("--rounds", type=int, default=3)
    given = parser.parse_args()
    if connection.vendor != "postgresql":
        raise SystemExit("Set DATABASE_URL to a PostgreSQL database.")
    run(given.rows, given.rounds)
