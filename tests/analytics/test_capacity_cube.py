"""The cube by sets and the cube by hand are the same, whatever the company looks like."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from random import Random

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from analytics.capacity.models import Cell
from analytics.capacity.recompute import recompute_capacity
from orchestration.demand.models import Request
from orchestration.sources.models import Source, SourceRecord, SyncRun
from tests.analytics.capacity_by_day import MEASURES, count_cells, round_half_up
from workforce.contributors.models import Contributor, Kind, Skill
from workforce.engagements.models import Engagement, Rate
from workforce.ledger.actions import Action
from workforce.ledger.record import record_event
from workforce.organisation.calendars import calendar_for
from workforce.organisation.models import ExchangeRate, Location, Organisation, Unit
from workforce.timesheets.models import Absence, Allocation, TimeEntry, WorkUnit

pytestmark = pytest.mark.django_db
TODAY = date(2026, 5, 13)
START, END = date(2026, 3, 1), date(2026, 7, 31)
KINDS = [*Kind.values, Kind.EMPLOYEE, Kind.CONTRACTOR]
SEEDS = st.integers(min_value=0, max_value=10**9)
RARELY = settings(max_examples=6, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True)


class Company:
    """A small company by chance: overlaps, gaps, part days, merged people, four currencies, missing rates."""

    def __init__(self, seed: int):
        self.rng = Random(seed)
        Organisation.objects.update_or_create(pk=1, defaults={"reporting_currency": "EUR"})
        self.units = [Unit.objects.create(name=f"U{n}", country=c) for n, c in enumerate(("DE", "", "AE"))]
        self.skills = [Skill.objects.create(name=f"S{n}", slug=f"s{n}") for n in range(3)]
        self.places = [
            Location.objects.create(name="Leeds", country="GB"),
            Location.objects.create(name="Lab", country="", calendar=calendar_for("US")),
        ]
        self.add_exchange_rates()
        self.people = [self.add_person() for _ in range(5)]
        if self.rng.random() < 0.7:
            Contributor.objects.filter(pk=self.people[0].pk).update(merged_into=self.people[1])
        self.engagements = [self.add_engagement() for _ in range(6)]
        for _ in range(8):
            self.add_fact()
        self.add_requests()

    def day(self) -> date:
        return START + timedelta(self.rng.randrange((END - START).days))

    def span(self) -> tuple[date, date]:
        first = self.day()
        return first, first + timedelta(self.rng.choice([0, 3, 20, 60]))

    def hours(self, top: int) -> Decimal:
        return Decimal(self.rng.randrange(1, top * 100)) / 100

    def add_exchange_rates(self) -> None:
        rows = [("USD", "EUR", "0.9"), ("EUR", "GBP", "0.8613"), ("JPY", "USD", "0.00667")]
        for base, quote, rate in rows:
            for first in (START + timedelta(5), TODAY - timedelta(self.rng.randrange(20))):
                value = Decimal(rate) * (1 + Decimal(self.rng.randrange(-50, 50)) / 1000)
                ExchangeRate.objects.create(date=first, base=base, quote=quote, rate=round(value, 8))

    def add_person(self) -> Contributor:
        rng = self.rng
        person = Contributor.objects.create(
            kind=rng.choice(KINDS), name="P", country=rng.choice(["", "DE", "FR"]),
            location=rng.choice([None, None, *self.places]), weekly_hours=rng.choice([None, Decimal(40), self.hours(40)]),
        )  # fmt: skip
        person.skills.set(rng.sample(self.skills, rng.randrange(3)))
        return person

    def add_engagement(self) -> Engagement:
        rng = self.rng
        first, last = self.span()
        basis = rng.choice(["salaried", "hourly", "daily", "usage"])
        engagement = Engagement.objects.create(
            contributor=rng.choice(self.people), unit=rng.choice(self.units), basis=basis, start_date=first,
            end_date=rng.choice([last, END]), weekly_hours=rng.choice([None, Decimal(20), self.hours(40)]),
        )  # fmt: skip
        pers = {"salaried": ["month", "year"], "hourly": ["hour"], "daily": ["day"], "usage": ["each", "hour"]}[basis]
        for start in {START, first, self.day()}:
            Rate.objects.create(
                engagement=engagement, category=rng.choice(["standard", "standard", "overtime"]), per=rng.choice(pers),
                amount=self.hours(9000 if basis == "salaried" else 200), currency=rng.choice(["EUR", "USD", "GBP", "JPY", "CHF"]),
                valid_from=start, valid_to=rng.choice([None, start + timedelta(rng.randrange(40))]),
            )  # fmt: skip
        return engagement

    def add_fact(self) -> tuple:
        """A time entry, work unit, absence or allocation; returns it."""
        rng, (first, last) = self.rng, self.span()
        engagement, person = rng.choice(self.engagements), rng.choice(self.people)
        made = [
            TimeEntry.objects.create(
                engagement=engagement, work_date=first, hours=self.hours(12),
                category=rng.choice(["standard", "overtime"]), status=rng.choice(["approved", "approved", "submitted"]),
            ),
            WorkUnit.objects.create(
                engagement=engagement, reference=f"w{WorkUnit.objects.count()}", work_date=first,
                quantity=self.hours(9), standard_minutes=self.hours(300),
            ),
            Absence.objects.create(contributor=person, start_date=first, end_date=last, hours_per_day=self.hours(9)),
            Allocation.objects.create(
                contributor=person, unit=rng.choice(self.units), start_date=first, end_date=last, weekly_hours=self.hours(40),
                request=rng.choice(["", "desk:R0", "desk:R1"]),
            ),
        ]  # fmt: skip
        return tuple(made)

    def add_requests(self) -> None:
        now = datetime(2026, 5, 1, tzinfo=UTC)
        source, _ = Source.objects.get_or_create(name="desk")
        run = SyncRun.objects.create(source=source, kind="requests", path="r.csv", started_at=now)
        for n in range(2):
            first, last = self.span()
            request = Request.objects.create(
                unit=self.rng.choice(self.units), title="R", weekly_hours=self.hours(40), start_date=first, end_date=last,
                headcount=self.rng.choice([1, 2]), country=self.rng.choice(["", "US"]),
            )  # fmt: skip
            request.skills.set(self.rng.sample(self.skills, 2))
            SourceRecord.objects.create(
                source=source, kind="requests", key=f"R{n}", raw={}, raw_hash="", first_seen_at=now, last_seen_at=now,
                run=run, row=n, object_id=request.pk,
            )  # fmt: skip

    def change_something(self) -> None:
        """What a day brings, each with its Event as every verb writes it."""
        changed = [self.add_engagement(), *self.add_fact()]
        moved = self.rng.choice(self.engagements)
        moved.contributor, moved.unit = self.rng.choice(self.people), self.rng.choice(self.units)
        moved.save(update_fields=["contributor", "unit"])
        person = self.rng.choice(self.people)
        person.kind, person.country = self.rng.choice(KINDS), "DE"
        person.skills.set(self.rng.sample(self.skills, 2))
        person.save(update_fields=["kind", "country"])
        for subject in [*changed, moved, person]:
            record_event(action=Action.RECORD_UPDATED, subject=subject)


def read_cells() -> dict:
    names = ("capacity_hours", "demand_hours", "allocated_hours", "worked_hours", "cost", "unpriced_hours")
    rows = Cell.objects.values_list("unit", "month", "kind", "skill", *names)
    return {row[:4]: dict(zip(MEASURES, row[4:], strict=True)) for row in rows}


def clear() -> None:
    for model in (
        Cell, SourceRecord, SyncRun, Request, Allocation, Absence, WorkUnit, TimeEntry, Rate, Engagement, ExchangeRate,
    ):  # fmt: skip
        model.objects.all().delete()
    Contributor.objects.update(merged_into=None)
    for model in (Contributor, Location, Unit, Skill):
        model.objects.all().delete()


@RARELY
@given(seed=SEEDS)
def test_the_cube_is_what_counting_day_by_day_gives(seed):
    clear()
    Company(seed)
    recompute_capacity(full=True, today=TODAY)
    months = Cell.objects.order_by("month").values_list("month", flat=True)
    expected = count_cells(first=START, last=END, today=TODAY)
    got = read_cells()
    assert months
    for key, values in expected.items():
        rounded = {name: round_half_up(value) for name, value in values.items()}
        if any(rounded.values()):
            assert got[key] == rounded, key
    until_end = {key for key in got if key[1] <= END and any(got[key].values())}
    assert until_end <= set(expected)


@RARELY
@given(seed=SEEDS)
def test_following_the_ledger_gives_the_same_cube_as_from_scratch(seed):
    clear()
    company = Company(seed)
    recompute_capacity(full=True, today=TODAY)
    for _ in range(3):
        company.change_something()
        recompute_capacity(today=TODAY)
        followed = read_cells()
        assert recompute_capacity(full=True, today=TODAY)["changed"] == 0
        assert followed == read_cells()


def test_a_second_run_changes_nothing():
    Company(7)
    first = recompute_capacity(full=True, today=TODAY)
    assert first["changed"] == first["cells"] > 0
    assert recompute_capacity(full=True, today=TODAY)["changed"] == 0
    assert recompute_capacity(today=TODAY)["changed"] == 0


def test_moving_on_a_day_needs_no_event():
    Company(8)
    recompute_capacity(full=True, today=TODAY)
    later = TODAY + timedelta(9)
    recompute_capacity(today=later)
    assert recompute_capacity(full=True, today=later)["changed"] == 0
