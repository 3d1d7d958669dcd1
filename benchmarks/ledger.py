"""Sealing and verifying against plain inserts in one run: `python -m benchmarks.ledger --events 1000000`.

Works in the database of DATABASE_URL, which must be migrated and hold no Events, and leaves nothing behind. The
inserts are the fastest the engine has (COPY on PostgreSQL, executemany on SQLite). Each side takes turns by the batch,
so that both meet the same moments of the machine. At the end one Event is changed, and must be the one that is named.
"""

import argparse
import io
import json
import os
import time

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "orchestration.settings")
django.setup()

from django.db import connection, transaction  # noqa: E402

from governance.audit.models import Seal  # noqa: E402
from governance.audit.seal import newest_seal, seal_ledger  # noqa: E402
from governance.audit.verify import verify_ledger  # noqa: E402
from workforce.ledger.append_only import keep_rows, lock_statement, on_table, unlock_statement  # noqa: E402
from workforce.ledger.models import Event  # noqa: E402

TURNS = 10
COLUMNS = "at, action, subject_type, subject_id, subject_label, before, after, reason"
CITIES = ("Hamburg", "Bremen", "Rotterdam", "Genoa")


def make_rows(first: int, count: int) -> list[tuple]:
    """Changes of a person's city, as an import writes them."""
    rows = []
    for n in range(first, first + count):
        at = f"2026-10-{n % 28 + 1:02} {n % 24:02}:{n % 60:02}:00.{n % 1_000_000:06}"
        before, after = ({"city": CITIES[(n + step) % 4], "weekly_hours": "38.50"} for step in (0, 1))
        label = f"Person {n}"
        rows.append(
            (at, "contributor.updated", "contributor", n, label, json.dumps(before), json.dumps(after), "import")
        )
    return rows


def insert(rows: list[tuple]) -> None:
    with transaction.atomic(), connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            table = io.StringIO("".join("\t".join(map(str, row)) + "\n" for row in rows))
            cursor.copy_expert(f"COPY ledger_event ({COLUMNS}) FROM STDIN", table)
        else:
            cursor.executemany(f"INSERT INTO ledger_event ({COLUMNS}) VALUES ({', '.join(['%s'] * 8)})", rows)


def timed(work) -> tuple[object, float]:
    started = time.perf_counter()
    result = work()
    return result, time.perf_counter() - started


def change_one(number: int) -> None:
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(f"DROP TRIGGER ledger_event_kept_row{on_table('ledger_event')}")
        cursor.execute("UPDATE ledger_event SET reason = 'forged' WHERE id = %s", [number])
    keep_rows(Event)


def run(events: int) -> None:
    if Event.objects.exists() or Seal.objects.exists():
        raise SystemExit("The database of DATABASE_URL holds Events or seals. Name an empty, migrated one.")
    try:
        measure(events)
    finally:
        empty()


def measure(events: int) -> None:
    insert_seconds = seal_seconds = 0.0
    for turn in range(TURNS):
        rows = make_rows(turn * events // TURNS, events // TURNS)
        insert_seconds += timed(lambda rows=rows: insert(rows))[1]
        seal_seconds += timed(seal_ledger)[1]
    count = newest_seal().total
    report, verify_seconds = timed(verify_ledger)
    print(f"{count:,} events in {newest_seal().number} seals on {connection.vendor}; whole: {report.fault is None}")
    for name, seconds in (("insert", insert_seconds), ("seal", seal_seconds), ("verify", verify_seconds)):
        print(f"{name:7} {seconds:6.2f} s {count / seconds:12,.0f} a second")
    print(f"sealing runs at {insert_seconds / seal_seconds:.2f} of the rate of inserting")
    victim = Event.objects.order_by("pk").values_list("pk", flat=True)[count * 2 // 3]
    change_one(victim)
    fault = verify_ledger().fault
    print(f"event {victim} changed: {fault.sentence if fault else 'NOT FOUND'}")


def empty() -> None:
    """Takes the benchmark's own rows away, triggers and all, and puts the triggers back."""
    clear = ["DELETE FROM ledger_event", "DELETE FROM audit_seal"]
    if connection.vendor == "postgresql":
        clear = ["TRUNCATE ledger_event, audit_seal RESTART IDENTITY"]
    with transaction.atomic(), connection.cursor() as cursor:
        for statement in (unlock_statement(), *clear, lock_statement()):
            cursor.execute(statement)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--events", type=int, default=1_000_000)
    run(parser.parse_args().events)
