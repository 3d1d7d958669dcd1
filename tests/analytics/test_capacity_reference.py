"""The cube against a count day by day, and what is brought up to date against what is computed anew."""

import random
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from fractions import Fraction

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from analytics.capacity.models import Cell
from analytics.capacity.recompute import recompute_capacity
from orchestration.demand.models import Request
from orchestration.sources.models import Source, SourceRecord, SyncRun
from tests import cast
from tests.analytics.capacity_reference import count_reference
from workforce.contributors.models import Contributor, Skill
from workforce.ledger.record import record_event
from workforce.organisation.calendars import calendar_for
from workforce.organisation.models import ExchangeRate, Location, Organisation, Unit
from workforce.timesheets.models import Absence, Allocation, WorkUnit

TODAY = date(2026, 3, 11)
LAST = date(2027, 9, 30)  # 18 months on
START = date(2026, 1, 5)
NOW = datetime(2026, 3, 11, tzinfo=UTC)
MEASURES = ("capacity", "demand", "allocated", "worked", "unpriced")
CENT = Decimal("0.01")


def day_of(dice, most: int = 160) -> date:
    return START + timedelta(dice.randint(0, most))


def make_world(dice) -> None:
    """A few of everything, dates and terms by the dice."""
    Organisation.objects.create(name="Mill", reporting_currency="EUR")
    units = [Unit.objects.create(name=f"Unit {n}", country=c) for n, c in enumerate(("DE", "FR", ""))]
    skills = [Skill.objects.create(name=n, slug=n) for n in ("sewing", "welding")]
    places = [
        Location.objects.create(name="Lyon", country="FR"),
        Location.objects.create(name="Wien", calendar=calendar_for("AT")),
    ]
    for day, base, quote, rate in (
        (0, "USD", "EUR", "0.91"),
        (40, "USD", "EUR", "0.93"),
        (10, "EUR", "GBP", "0.85"),
        (20, "USD", "JPY", "150"),
    ):
        ExchangeRate.objects.create(date=START + timedelta(day), base=base, quote=quote, rate=Decimal(rate))
    for n in range(6):
        person = cast.make_contributor(
            dice.choice(("employee", "contractor", "vendor", "ai_agent")), f"P{n}", country=dice.choice(("DE", "", "GB")),
            location=dice.choice((None, *places)), weekly_hours=dice.choice((None, Decimal("38.5"), Decimal(40))),
        )  # fmt: skip
        person.skills.set(dice.sample(skills, dice.randint(0, 2)))
        for _ in range(dice.randint(0, 2)):
            make_terms(dice, person, dice.choice(units))
    people = list(Contributor.objects.order_by("id"))
    if dice.random() < 0.5:
        Contributor.objects.filter(pk=people[0].pk).update(merged_into=people[1])
    for _ in range(5):
        first = day_of(dice)
        Absence.objects.create(
            contributor=dice.choice(people), start_date=first, end_date=first + timedelta(dice.randint(0, 9)),
            hours_per_day=dice.choice((Decimal(4), Decimal(8), Decimal("2.25"))),
        )  # fmt: skip
    make_demand(dice, people, units, skills)


def make_terms(dice, person, unit) -> None:
    first = day_of(dice)
    terms = cast.make_engagement(
        person, unit, basis=dice.choice(("salaried", "hourly", "daily", "usage")), start_date=first,
        end_date=dice.choice((None, first + timedelta(dice.randint(0, 120)))),
        weekly_hours=dice.choice((None, Decimal(20), Decimal("37.5"))),
    )  # fmt: skip
    pers = {"salaried": ("month", "year", "hour"), "hourly": ("hour",), "daily": ("day",), "usage": ("each", "hour")}
    for shift in dice.sample((0, 15, 45), dice.randint(0, 3)):
        start = first + timedelta(shift)
        cast.make_rate(
            terms, str(Decimal(dice.randint(10, 99_999)) / 100), per=dice.choice(pers[terms.basis]), valid_from=start,
            currency=dice.choice(("EUR", "USD", "GBP", "JPY", "XXX")), category=dice.choice(("standard", "standard", "overtime")),
            valid_to=dice.choice((None, start + timedelta(dice.randint(0, 40)))),
        )  # fmt: skip
    for _ in range(dice.randint(0, 6)):
        entry = cast.make_time(
            terms,
            day_of(dice),
            str(Decimal(dice.randint(1, 1000)) / 100),
            dice.choice(("approved", "approved", "rejected")),
        )
        entry.category = dice.choice(("standard", "overtime"))
        entry.save()
        if terms.basis == "usage":
            WorkUnit.objects.create(
                engagement=terms, reference=f"run-{entry.pk}", work_date=entry.work_date,
                quantity=Decimal(dice.randint(1, 500)) / 100, standard_minutes=Decimal(dice.randint(0, 9_999)) / 100,
            )  # fmt: skip


def make_demand(dice, people, units, skills) -> None:
    source = Source.objects.create(name="plan")
    runs = {
        k: SyncRun.objects.create(source=source, kind=k, path="x", started_at=NOW) for k in ("requests", "allocations")
    }

    def note(kind, row):
        SourceRecord.objects.create(
            source=source, kind=kind, key=f"{kind[0]}{row.pk}", raw={}, raw_hash="", first_seen_at=NOW, last_seen_at=NOW,
            run=runs[kind], row=1, object_id=row.pk,
        )  # fmt: skip
        return f"{kind[0]}{row.pk}"

    named = [""]
    for _ in range(3):
        first = day_of(dice)
        need = Request.objects.create(
            unit=dice.choice(units), title="Need", weekly_hours=Decimal(dice.choice((15, 40))), start_date=first,
            end_date=first + timedelta(dice.randint(0, 90)), headcount=dice.randint(1, 2), country=dice.choice(("", "GB")),
            status=dice.choice(("open", "open", "cancelled")),
        )  # fmt: skip
        need.skills.set(dice.sample(skills, dice.randint(0, 2)))
        named.append(note("requests", need))
    for _ in range(4):
        first = day_of(dice)
        plan = Allocation.objects.create(
            contributor=dice.choice(people), unit=dice.choice(units), start_date=first,
            end_date=first + timedelta(dice.randint(0, 60)), weekly_hours=Decimal(dice.choice((8, 20))), request=dice.choice(named),
        )  # fmt: skip
        note("allocations", plan)


def change_world(dice) -> None:
    """Changes of many kinds, each with its Event."""
    person = dice.choice(list(Contributor.objects.order_by("id")))
    person.weekly_hours = Decimal(30)
    person.kind = "partner"
    person.save()
    record_event(action="contributor.updated", subject=person, before={"kind": "employee"}, after={"kind": "partner"})
    unit = dice.choice(list(Unit.objects.order_by("id")))
    terms = cast.make_engagement(person, unit, start_date=day_of(dice))
    record_event(action="engagement.created", subject=terms)
    for row in (cast.make_rate(terms, "55.50"), cast.make_time(terms, terms.start_date)):
        record_event(action="record.created", subject=row)
    moved = Allocation.objects.order_by("id").first()
    before = {"unit": moved.unit_id}
    moved.unit = unit
    moved.save()
    record_event(action="record.updated", subject=moved, before=before, after={"unit": unit.pk})
    Request.objects.filter(pk=Request.objects.order_by("id").first().pk).update(status="filled")


def read_cells() -> dict:
    return {(c.unit_id, c.month, c.kind, c.skill_id): c for c in Cell.objects.all()}


def assert_equals_reference() -> None:
    """Within a cent: shares are rounded to millionths before they are summed."""
    cells, expected = read_cells(), count_reference(TODAY, LAST)
    for key in cells.keys() | expected.keys():
        cell, values = cells.get(key) or Cell(), expected.get(key, {})
        for measure in MEASURES:
            found = getattr(cell, f"{measure}_hours")
            assert abs(Fraction(found) - values.get(measure, 0)) <= Fraction(CENT), (key, measure, found)
        assert abs(Fraction(cell.cost) - values.get("cost", 0)) <= Fraction(CENT), (key, "cost", cell.cost)
        idle = max(Fraction(0), values.get("capacity", Fraction(0)) - values.get("allocated", 0))
        assert abs(Fraction(cell.idle_hours) - idle) <= Fraction(CENT), (key, "idle")
        if cell.capacity_hours > 1:
            assert abs(
                Fraction(cell.utilisation) - Fraction(cell.worked_hours) / Fraction(cell.capacity_hours)
            ) <= Fraction(CENT)


@pytest.mark.django_db
@settings(max_examples=12, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
@given(seed=st.integers(0, 10_000))
def test_every_cell_is_what_a_count_day_by_day_gives(seed):
    with transaction.atomic():
        make_world(random.Random(seed))
        recompute_capacity(full=True, today=TODAY)
        assert_equals_reference()
        transaction.set_rollback(True)


@pytest.mark.django_db
@settings(max_examples=8, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
@given(seed=st.integers(0, 10_000))
def test_bringing_up_to_date_gives_what_computing_anew_gives(seed):
    with transaction.atomic():
        dice = random.Random(seed)
        make_world(dice)
        recompute_capacity(full=True, today=TODAY)
        change_world(dice)
        recompute_capacity(today=TODAY)
        assert_equals_reference()
        assert recompute_capacity(full=True, today=TODAY)["changed"] == 0
        transaction.set_rollback(True)


@pytest.mark.django_db
def test_nothing_is_written_when_nothing_changed(organisation):
    assert recompute_capacity(today=TODAY)["changed"] == Cell.objects.count() > 0
    assert recompute_capacity(today=TODAY)["changed"] == 0
