"""A ledger with a few seals, and an attacker who may do everything in the database."""

import json
from contextlib import contextmanager
from io import StringIO

from django.core.management import call_command
from django.db import connection, transaction

from governance.audit.models import Deletion, Seal
from tests import cast
from workforce.contributors.models import Kind
from workforce.ledger.append_only import missing_triggers, on_table
from workforce.ledger.models import Event
from workforce.ledger.record import build_event

AFTER = {"city": "Kiel|Ostsee", "title": "Ünïcode \x1f", "hours": 40}


def write_events(count: int, *, subject=None, **details) -> list[Event]:
    subject = subject or cast.make_contributor(Kind.PARTNER, "Lighthouse Research")
    details = {"action": "contributor.updated", "before": {}, "after": AFTER} | details
    return Event.objects.bulk_create(build_event(subject=subject, reason=f"No {n}", **details) for n in range(count))


def ids_of(seal: Seal) -> list[int]:
    leaves = bytes(seal.leaves)
    return [int.from_bytes(leaves[at : at + 8], "big") for at in range(0, len(leaves), 40)]


def execute(statement: str, params=None) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement, params)


def run(*arguments) -> tuple[int, dict, str]:
    """(exit code, what the command printed as JSON, what it said)."""
    out, err = StringIO(), StringIO()
    code = 0
    try:
        call_command(*arguments, "--json", stdout=out, stderr=err)
    except SystemExit as end:
        code = end.code
    return code, json.loads(out.getvalue()), err.getvalue()


def drop_triggers() -> None:
    """As someone with every right in the database would begin."""
    if connection.vendor == "postgresql":
        execute("SET CONSTRAINTS ALL IMMEDIATE")
    for model in (Event, Seal, Deletion):
        names = [f"{model._meta.db_table}_kept_{what}" for what in ("row", "whole", "number")]
        for name in names:
            execute(f"DROP TRIGGER IF EXISTS {name}{on_table(model._meta.db_table)}")
        assert missing_triggers(model)


@contextmanager
def attack():
    """What is done inside is undone at the end."""
    with transaction.atomic():
        drop_triggers()
        yield
        transaction.set_rollback(True)
