"""Cells of the capacity cube, counted day by day and person by person."""

import calendar
from collections import defaultdict
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal

from samples.public_holidays import is_working_day
from samples.reference import Books

CENT = Decimal("0.01")


class Cube:
    def __init__(self, tables: dict, today: date):
        self.books, self.tables, self.today = Books(tables), tables, today
        self.absences = defaultdict(list)
        for row in tables["absences"]:
            self.absences[row["contributor"]].append(row)

    def count_cell(self, unit: str, month: date, kind: str) -> dict:
        """Capacity, demand and worked hours and cost (in EUR) of a unit's month for a kind; '' is demand for any kind."""
        last = month.replace(day=calendar.monthrange(month.year, month.month)[1])
        days = [month + timedelta(n) for n in range((last - month).days + 1)]
        engagements = [
            e for e in self.books.engagements.values()
            if e["unit"] == unit and self.books.contributors[e["contributor"]]["kind"] == kind
        ]  # fmt: skip
        totals = {
            "capacity_hours": sum((self.capacity_on(e, d) for e in engagements for d in days), Decimal(0)),
            "demand_hours": self.count_demand(unit, days, kind),
            "worked_hours": sum((r["hours"] for e in engagements for r in self.approved(e, days)), Decimal(0)),
            "cost": sum((self.cost_of(e, days) for e in engagements), Decimal(0)),
        }
        return {"unit": unit, "month": month.isoformat(), "kind": kind} | {
            name: str(value.quantize(CENT, ROUND_HALF_UP)) for name, value in totals.items()
        }

    def works_on(self, engagement: dict, day: date) -> bool:
        country = self.books.contributors[engagement["contributor"]]["country"]
        is_active = engagement["start_date"] <= day <= (engagement["end_date"] or date.max)
        return is_active and is_working_day(country, day)

    def capacity_on(self, engagement: dict, day: date) -> Decimal:
        """A fifth of the weekly hours, less absence; nobody counted here has two engagements on one day."""
        if not self.works_on(engagement, day) or not engagement["weekly_hours"]:
            return Decimal(0)
        hours = engagement["weekly_hours"] / 5
        away = sum(
            (a["hours_per_day"] for a in self.absences[engagement["contributor"]]
             if a["start_date"] <= day <= a["end_date"]), Decimal(0)
        )  # fmt: skip
        return hours - min(hours, away)

    def approved(self, engagement: dict, days: list[date]) -> list[dict]:
        rows = self.books.time[engagement["key"]]
        return [r for r in rows if r["status"] == "approved" and days[0] <= r["work_date"] <= days[-1]]

    def cost_of(self, engagement: dict, days: list[date]) -> Decimal:
        if engagement["basis"] == "salaried":
            return self.salary_of(engagement, days)
        cost = Decimal(0)
        for row in self.approved(engagement, days):
            rate = self.rate_on(engagement, row["work_date"], row["category"])
            if rate is None:
                continue  # no price, no cost
            price = rate["amount"] if rate["per"] == "hour" else rate["amount"] / (engagement["weekly_hours"] / 5)
            cost += self.to_euro(row["hours"] * price, rate["currency"], row["work_date"])
        return cost

    def salary_of(self, engagement: dict, days: list[date]) -> Decimal:
        """A month's salary in equal parts over the month's working days."""
        country = self.books.contributors[engagement["contributor"]]["country"]
        working = [d for d in days if is_working_day(country, d)]
        cost = Decimal(0)
        for day in working:
            if self.works_on(engagement, day):
                rate = self.rate_on(engagement, day, "standard")
                cost += self.to_euro(rate["amount"] / len(working), rate["currency"], day)
        return cost

    def rate_on(self, engagement: dict, day: date, category: str) -> dict | None:
        valid = [
            r for r in self.books.rates[engagement["key"]]
            if r["category"] == category and r["valid_from"] <= day <= (r["valid_to"] or date.max)
        ]  # fmt: skip
        return max(valid, key=lambda r: r["valid_from"], default=None)

    def to_euro(self, amount: Decimal, currency: str, day: date) -> Decimal:
        if currency == "EUR":
            return amount
        known = [r for r in self.tables["exchange_rates"] if r["quote"] == currency and r["date"] <= day]
        return amount / max(known, key=lambda r: r["date"])["rate"]

    def count_demand(self, unit: str, days: list[date], kind: str) -> Decimal:
        """Allocations by the person's kind; open requests, of no kind yet, from today on."""
        hours = Decimal(0)
        if not kind:
            for row in self.tables["requests"]:
                for day in days:
                    is_open = row["start_date"] <= day <= row["end_date"] and day >= self.today
                    if row["unit"] == unit and is_open and is_working_day(row["country"], day):
                        hours += row["weekly_hours"] / 5 * row["headcount"]
            return hours
        for row in self.tables["allocations"]:
            person = self.books.contributors.get(row["contributor"])
            if row["unit"] == unit and person and person["kind"] == kind:
                planned = [
                    d
                    for d in days
                    if row["start_date"] <= d <= row["end_date"] and is_working_day(person["country"], d)
                ]
                hours += len(planned) * row["weekly_hours"] / 5
        return hours
