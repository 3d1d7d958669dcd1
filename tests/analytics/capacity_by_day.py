"""The cube counted the slow way: day by day and row by row, in exact fractions, from the models alone."""

from collections import defaultdict
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction

from orchestration.demand.models import Request
from orchestration.sources.models import SourceRecord
from workforce.contributors.models import Contributor
from workforce.engagements.models import Engagement, Rate
from workforce.organisation.models import CalendarDay, ExchangeRate, Organisation
from workforce.timesheets.models import Absence, Allocation, TimeEntry, WorkUnit

MEASURES = ("capacity", "demand", "allocated", "worked", "cost", "unpriced")


def count_cells(*, first: date, last: date, today: date) -> dict:
    """{(unit, month, kind, skill): six values as fractions} of every cell in which something stands."""
    return Reference(first, last, today).count()


def round_half_up(value: Fraction, places: int = 2) -> Decimal:
    return Decimal((value * 10**places * 2 + 1) // 2).scaleb(-places)


class Reference:
    def __init__(self, first: date, last: date, today: date):
        self.today, self.days = today, [first + timedelta(n) for n in range((last - first).days + 1)]
        self.people = {c.pk: c for c in Contributor.objects.select_related("location")}
        self.engagements = list(Engagement.objects.select_related("unit"))
        self.rates = list(Rate.objects.all())
        self.working = {
            (d.calendar.country, d.date) for d in CalendarDay.objects.filter(is_working=True).select_related("calendar")
        }
        self.cells = defaultdict(lambda: dict.fromkeys(MEASURES, Fraction(0)))

    def count(self) -> dict:
        for engagement in self.engagements:
            for day in self.days:
                self.add(engagement, day, capacity=self.left_on(engagement, day), cost=self.salary_on(engagement, day))
        for entry in TimeEntry.objects.filter(status="approved").select_related("engagement__unit"):
            self.add_time(entry)
        for work in WorkUnit.objects.select_related("engagement__unit"):
            self.add_work_unit(work)
        for plan in Allocation.objects.select_related("unit"):
            for day in self.days:
                if plan.start_date <= day <= plan.end_date and self.is_working(plan, day):
                    self.add(
                        plan, day, demand=Fraction(plan.weekly_hours) / 5, allocated=Fraction(plan.weekly_hours) / 5
                    )
        for request in Request.objects.filter(status="open").select_related("unit"):
            self.add_request(request)
        return {key: values for key, values in self.cells.items() if any(values.values())}

    def who(self, row) -> Contributor:
        person = self.people[row.contributor_id]
        return self.people[person.merged_into_id or person.pk]

    def skills_of(self, person: Contributor) -> set[int]:
        same = [c for c in self.people.values() if c.pk == person.pk or c.merged_into_id == person.pk]
        return {skill for c in same for skill in c.skills.values_list("pk", flat=True)}

    def add(self, row, day: date, **values) -> None:
        if day not in self.days or not any(values.values()):
            return
        if isinstance(row, Request):
            kind, skills = "", row.skills.values_list("pk", flat=True)
        else:
            kind, skills = self.who(row).kind, self.skills_of(self.who(row))
        for skill in [None, *skills]:
            cell = self.cells[row.unit_id, day.replace(day=1), kind, skill]
            for name, value in values.items():
                cell[name] += value

    def is_working(self, row, day: date) -> bool:
        if isinstance(row, Request):
            return ((row.country or row.unit.country or "--"), day) in self.working
        person = self.who(row)
        if person.location and person.location.calendar:
            return (person.location.calendar.country, day) in self.working
        place = person.location.country if person.location else ""
        return ((place or person.country or row.unit.country or "--"), day) in self.working

    def weekly(self, engagement: Engagement) -> Fraction:
        if engagement.weekly_hours is not None:
            return Fraction(engagement.weekly_hours)
        person = self.who(engagement)
        return Fraction(0) if person.kind in ("vendor", "partner") else Fraction(person.weekly_hours or 0)

    def is_active(self, engagement: Engagement, day: date) -> bool:
        return engagement.start_date <= day and (engagement.end_date is None or day <= engagement.end_date)

    def full_on(self, engagement: Engagement, day: date) -> Fraction:
        is_at_work = self.is_active(engagement, day) and self.is_working(engagement, day)
        return self.weekly(engagement) / 5 if is_at_work else Fraction(0)

    def left_on(self, engagement: Engagement, day: date) -> Fraction:
        full = self.full_on(engagement, day)
        if not full:
            return full
        person = self.who(engagement)
        away = sum(
            Fraction(a.hours_per_day)
            for a in Absence.objects.filter(start_date__lte=day, end_date__gte=day)
            if self.who(a) == person
        )
        total = sum(self.full_on(e, day) for e in self.engagements if self.who(e) == person)
        return full - min(Fraction(away), total) * full / total

    def rate_on(self, engagement: Engagement, day: date, category: str, *per: str) -> Rate | None:
        valid = [
            r for r in self.rates
            if r.engagement_id == engagement.pk and r.category == category and r.per in per
            and r.valid_from <= day and (r.valid_to is None or day <= r.valid_to)
        ]  # fmt: skip
        return max(valid, key=lambda r: (r.valid_from, r.per), default=None)

    def exchange(self, currency: str, day: date) -> Fraction | None:
        reporting = Organisation.current().reporting_currency
        if currency == reporting:
            return Fraction(1)
        if leg := self.leg(currency, reporting, day):
            return leg
        known = ExchangeRate.objects.filter(date__lte=day)
        for cross in sorted({c for r in known for c in (r.base, r.quote)}):
            one, two = self.leg(currency, cross, day), self.leg(cross, reporting, day)
            if one and two:
                return one * two
        return None

    def leg(self, base: str, quote: str, day: date) -> Fraction | None:
        known = ExchangeRate.objects.filter(date__lte=day).order_by("-date")
        if direct := known.filter(base=base, quote=quote).first():
            return Fraction(direct.rate)
        inverse = known.filter(base=quote, quote=base).first()
        return 1 / Fraction(inverse.rate) if inverse else None

    def salary_on(self, engagement: Engagement, day: date) -> Fraction:
        if (
            engagement.basis != "salaried"
            or not self.is_active(engagement, day)
            or not self.is_working(engagement, day)
        ):
            return Fraction(0)
        rate = self.rate_on(engagement, day, "standard", "month", "year")
        exchange = self.exchange(rate.currency, day) if rate else None
        if not exchange:
            return Fraction(0)
        month = [d for d in self.days if d.replace(day=1) == day.replace(day=1) and self.is_working(engagement, d)]
        return Fraction(rate.amount) * exchange / len(month) / (12 if rate.per == "year" else 1)

    def add_time(self, entry: TimeEntry) -> None:
        engagement, day, hours = entry.engagement, entry.work_date, Fraction(entry.hours)
        salaried = engagement.basis == "salaried"
        rate = None
        if not (salaried and entry.category == "standard"):
            rate = self.rate_on(engagement, day, entry.category, "hour", "day")
        exchange = self.exchange(rate.currency, day) if rate else None
        if exchange and (rate.per == "hour" or self.weekly(engagement)):
            price = Fraction(rate.amount) / (1 if rate.per == "hour" else self.weekly(engagement) / 5)
            self.add(engagement, day, worked=hours, cost=hours * price * exchange)
            return
        salary = self.rate_on(engagement, day, "standard", "month", "year") if salaried else None
        covered = salary and self.is_active(engagement, day) and self.exchange(salary.currency, day)
        self.add(engagement, day, worked=hours, unpriced=Fraction(0) if covered else hours)

    def add_work_unit(self, work: WorkUnit) -> None:
        engagement, day = work.engagement, work.work_date
        is_agent = self.who(engagement).kind == "ai_agent"
        hours = Fraction(work.standard_minutes) / 60 if is_agent else Fraction(0)
        rate = self.rate_on(engagement, day, "standard", "each")
        exchange = self.exchange(rate.currency, day) if rate else None
        if exchange:
            self.add(engagement, day, worked=hours, cost=Fraction(work.quantity) * Fraction(rate.amount) * exchange)
        else:
            self.add(engagement, day, worked=hours, unpriced=hours)

    def add_request(self, request: Request) -> None:
        keys = {f"{r.source.name}:{r.key}" for r in SourceRecord.objects.filter(kind="requests", object_id=request.pk)}
        for day in self.days:
            if not (
                request.start_date <= day <= request.end_date and day >= self.today and self.is_working(request, day)
            ):
                continue
            served = sum(
                a.weekly_hours
                for a in Allocation.objects.filter(start_date__lte=day, end_date__gte=day)
                if a.request in keys
            )
            open_weekly = max(Fraction(0), Fraction(request.weekly_hours) * request.headcount - Fraction(served))
            self.add(request, day, demand=open_weekly / 5)
