"""The cube against pandas on the same tables in one run: `python -m benchmarks.capacity --contributors 2000`.

Works in the database of DATABASE_URL, which must be migrated and hold no contributors, and leaves nothing behind.
Both sides begin with the tables in the database and end with the same cells, which are compared.
"""

import argparse
import os
import random
import time
from datetime import date, timedelta
from decimal import Decimal

import django
import pandas as pd

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "orchestration.settings")
django.setup()

from django.db import transaction  # noqa: E402

from analytics.capacity.models import Cell  # noqa: E402
from analytics.capacity.recompute import recompute_capacity  # noqa: E402
from workforce.contributors.models import Contributor, Kind  # noqa: E402
from workforce.engagements.models import Engagement, Rate  # noqa: E402
from workforce.ledger.actions import Action  # noqa: E402
from workforce.ledger.models import Event  # noqa: E402
from workforce.ledger.record import build_event  # noqa: E402
from workforce.organisation.models import CalendarDay, Organisation, Unit  # noqa: E402
from workforce.timesheets.models import TimeEntry  # noqa: E402

TODAY, START, END = date(2026, 10, 30), date(2025, 11, 3), date(2026, 10, 30)
BATCH = 5_000
EDITS = 1_000


def make_company(*, contributors: int, units: int, entries_each: int) -> None:
    """Hourly contractors with a change of rate in between and approved time on most days."""
    rng = random.Random(5)
    currency = Organisation.current().reporting_currency
    Unit.objects.bulk_create(Unit(name=f"Unit {n}", country="DE") for n in range(units))
    unit_ids = list(Unit.objects.values_list("pk", flat=True))
    Contributor.objects.bulk_create(
        (Contributor(kind=Kind.CONTRACTOR, name=f"C{n}", country="DE") for n in range(contributors)), batch_size=BATCH
    )
    people = Contributor.objects.order_by("pk").values_list("pk", flat=True)
    Engagement.objects.bulk_create(
        (
            Engagement(contributor_id=pk, unit_id=rng.choice(unit_ids), basis="hourly", start_date=START, end_date=END, weekly_hours=40)
            for pk in people
        ),
        batch_size=BATCH,
    )  # fmt: skip
    engagements = list(Engagement.objects.order_by("pk").values_list("pk", flat=True))
    change = date(2026, 4, 15)
    Rate.objects.bulk_create(
        (
            Rate(engagement_id=pk, per="hour", amount=Decimal(rng.randrange(5000, 12000)) / 100, currency=currency, valid_from=first, valid_to=last)
            for pk in engagements
            for first, last in ((START, change - timedelta(1)), (change, None))
        ),
        batch_size=BATCH,
    )  # fmt: skip
    days = [d for d in (START + timedelta(n) for n in range((END - START).days + 1)) if d.weekday() < 5]
    for begin in range(0, len(engagements), 200):
        TimeEntry.objects.bulk_create(
            (
                TimeEntry(engagement_id=pk, work_date=day, hours=Decimal(rng.randrange(100, 900)) / 100, status="approved")
                for pk in engagements[begin : begin + 200]
                for day in days[-entries_each:]
            ),
            batch_size=BATCH,
        )  # fmt: skip


def read_table(queryset, *columns: str) -> pd.DataFrame:
    return pd.DataFrame.from_records(queryset.values_list(*columns), columns=columns)


def count_with_pandas() -> pd.DataFrame:
    """Capacity and worked hours and cost by unit and month; hours and money in whole ten-thousandths."""
    terms = read_table(Engagement.objects.order_by(), "id", "unit", "start_date", "end_date", "weekly_hours")
    days = read_table(CalendarDay.objects.filter(calendar__country="DE", is_working=True), "date")
    rates = read_table(Rate.objects.order_by(), "engagement", "amount", "valid_from", "valid_to")
    entries = read_table(TimeEntry.objects.filter(status="approved").order_by(), "engagement", "work_date", "hours")
    for frame in (terms, days, rates, entries):
        for name in frame.columns.intersection(
            ["start_date", "end_date", "date", "valid_from", "valid_to", "work_date"]
        ):
            frame[name] = pd.to_datetime(frame[name])
    terms["daily"] = (terms["weekly_hours"].astype(float) * 2_000).round().astype("int64")
    days["month"] = days["date"].dt.to_period("M")
    spans = terms.groupby(["unit", "start_date", "end_date"], as_index=False)["daily"].sum().merge(days, how="cross")
    spans = spans[(spans["date"] >= spans["start_date"]) & (spans["date"] <= spans["end_date"])]
    capacity = spans.groupby(["unit", "month"])["daily"].sum().rename("capacity")
    entries["month"] = entries["work_date"].dt.to_period("M")
    entries["hundredths"] = (entries["hours"].astype(float) * 100).round().astype("int64")
    priced = entries.merge(rates, on="engagement")
    is_valid = priced["valid_from"] <= priced["work_date"]
    is_valid &= priced["valid_to"].isna() | (priced["valid_to"] >= priced["work_date"])
    priced = priced[is_valid].merge(terms[["id", "unit"]], left_on="engagement", right_on="id")
    priced["cost"] = priced["hundredths"] * (priced["amount"].astype(float) * 10_000).round().astype("int64")
    work = priced.groupby(["unit", "month"]).agg(worked=("hundredths", "sum"), cost=("cost", "sum"))
    return pd.concat([capacity, work], axis=1).fillna(0)


def compare(frame: pd.DataFrame) -> int:
    """How many cells differ."""
    cells = {
        (unit, month.strftime("%Y-%m")): (capacity, worked, cost)
        for unit, month, capacity, worked, cost in Cell.objects.filter(skill=None).values_list(
            "unit", "month", "capacity_hours", "worked_hours", "cost"
        )
    }
    cent, differing = Decimal("0.01"), 0
    for (unit, month), row in frame.iterrows():
        cost = ((Decimal(int(row.cost)) / 1_000_000 * 2 / cent + 1) // 2) * cent
        expected = (Decimal(int(row.capacity)) / 10_000, Decimal(int(row.worked)) / 100, cost)
        differing += cells.pop((unit, str(month)), None) != expected
    return differing + len(cells)


def timed(work):
    started = time.perf_counter()
    result = work()
    return result, time.perf_counter() - started


def edit_time() -> None:
    """A thousand hours changed, each with its Event, for few people as on any day."""
    entries = list(TimeEntry.objects.order_by("pk")[:EDITS])
    for entry in entries:
        entry.hours = Decimal("7.77")
    TimeEntry.objects.bulk_update(entries, ["hours"], batch_size=500)
    Event.objects.bulk_create([build_event(action=Action.RECORD_UPDATED, subject=e) for e in entries], batch_size=500)


def run(arguments) -> None:
    if Contributor.objects.exists():
        raise SystemExit("The database of DATABASE_URL holds contributors. Name an empty, migrated one.")
    with transaction.atomic():
        make_company(contributors=arguments.contributors, units=arguments.units, entries_each=arguments.entries_each)
        recompute_capacity(full=True, today=TODAY)
        Cell.objects.all().delete()
        cube, cube_seconds = timed(lambda: recompute_capacity(full=True, today=TODAY))
        frame, pandas_seconds = timed(count_with_pandas)
        print(f"{TimeEntry.objects.count()} entries, {cube['cells']} cells, {compare(frame)} differ")
        print(
            f"cube {cube_seconds:.2f} s, pandas {pandas_seconds:.2f} s: pandas takes {pandas_seconds / cube_seconds:.2f} x"
        )
        edit_time()
        edited, seconds = timed(lambda: recompute_capacity(today=TODAY))
        print(f"{EDITS} edits followed in {seconds:.2f} s, {edited['changed']} cells changed")
        transaction.set_rollback(True)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--contributors", type=int, default=2_000)
    parser.add_argument("--units", type=int, default=50)
    parser.add_argument("--entries-each", type=int, default=120, help="days with time for each contributor")
    run(parser.parse_args())
