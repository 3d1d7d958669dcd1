"""Twelve weeks of time, absences, allocations, requests and exchange rates."""

from datetime import date, timedelta
from decimal import Decimal

from samples.company_facts import Company
from samples.public_holidays import is_working_day
from samples.words import TITLES

SPREAD = ["-1", "-0.5", "0", "0", "0", "0", "0.5", "1"]


def make_time(company: Company) -> None:
    for engagement in company.engagements:
        if engagement["source"] == "vms" and engagement["purpose"] == "works":
            _book_engagement(company, engagement)


def _book_engagement(company: Company, engagement: dict) -> None:
    rng, role = company.rng, engagement["role"]
    day = max(engagement["start_date"], company.time_start)
    last = min(engagement["end_date"] or company.until, company.until)
    if role == "expired_used":
        last += timedelta(12)
    second = company.periods[1]
    away = company.time_start + timedelta(7 * rng.randrange(12)) if not role and rng.random() < 0.15 else None
    country = engagement["person"]["country"]
    full = engagement["weekly_hours"] / 5
    booked = 0
    while day <= last:
        skips = (away and away <= day < away + timedelta(5)) or (role == "no_time" and second[0] <= day <= second[1])
        if is_working_day(country, day) and not skips:
            hours = full + Decimal(rng.choice(SPREAD)) if engagement["basis"] == "hourly" else full
            if engagement["basis"] == "daily" and rng.random() < 0.06:
                hours = full / 2
            booked += 1
            _add_time(company, engagement, day, hours, "standard", _status(company, role, day, booked))
            if role.startswith("overtime") and booked % 9 == 4 and day <= second[1]:
                _add_time(company, engagement, day, Decimal(2), "overtime", "approved")
        day += timedelta(1)


def _status(company: Company, role: str, day: date, booked: int) -> str:
    """Approved while it was billed; the last two weeks still wait; a rejected day now and then."""
    rng, second = company.rng, company.periods[1]
    if role in ("billed_again", "billed_next", "expired_used"):
        return "approved"
    if role == "submitted" and second[0] + timedelta(14) <= day <= second[1]:
        return "submitted"
    if role == "rejected":
        return "rejected" if second[0] <= day <= second[1] and booked % 8 == 1 else "approved"
    if day > company.until - timedelta(company.until.weekday() + 7):
        return "submitted"
    if day > second[1]:
        return rng.choice(["approved", "approved", "submitted"])
    return "rejected" if not role and rng.random() < 0.004 else "approved"


def _add_time(company: Company, engagement: dict, day: date, hours: Decimal, category: str, status: str) -> None:
    company.time.append({
        "source_id": f"T-{company.next_serial('time'):06d}", "engagement": engagement["source_id"], "work_date": day,
        "hours": hours.quantize(Decimal("0.01")), "category": category, "status": status,
    })  # fmt: skip


def make_absences(company: Company) -> None:
    """A holiday for about half of the employees, and single sick days."""
    rng = company.rng
    for person in company.employees:
        if person["status"] != "active":
            continue
        hours = (person["weekly_hours"] / 5).quantize(Decimal("0.01"))
        for share, longest in ((0.5, 12), (0.3, 2)):
            if rng.random() < share:
                start = company.time_start + timedelta(rng.randrange(0, 80))
                company.absences.append({
                    "source_id": f"AB-{company.next_serial('absence'):05d}", "contributor": person["source_id"],
                    "start_date": start, "end_date": start + timedelta(rng.randrange(longest)), "hours_per_day": hours,
                })  # fmt: skip


def make_requests(company: Company) -> None:
    rng = company.rng
    teams = [u for u in company.units if u["parent"]]
    for index in range(max(40, company.contributors // 25)):
        unit, title = teams[index % len(teams)], rng.choice(teams[index % len(teams)]["titles"])
        start = company.until + timedelta(rng.randrange(-20, 60))
        headcount, weekly = rng.choice([1, 1, 2, 3]), Decimal(rng.choice([20, 32, 40]))
        weeks = rng.randrange(8, 30)
        company.requests.append({
            "source_id": f"R-{index + 1:04d}", "unit": f"hris:{unit['source_id']}", "title": f"{title} for {unit['name']}",
            "skills": ";".join(TITLES[title][2][:2]), "weekly_hours": weekly, "start_date": start,
            "end_date": start + timedelta(7 * weeks - 1), "headcount": headcount, "currency": unit["currency"],
            "budget": (TITLES[title][0] * weekly * weeks * headcount).quantize(Decimal(1000)).to_integral(),
            "country": unit["country"],
        })  # fmt: skip


def make_allocations(company: Company) -> None:
    """Planned hours of about a third of the employees; a few serve a request."""
    rng = company.rng
    served = [r for r in company.requests if r["unit"] == "hris:U-110"]
    for index, person in enumerate(e for e in company.employees if e["status"] == "active"):
        if rng.random() > 0.35:
            continue
        start = company.until - timedelta(rng.randrange(10, 90))
        row = {
            "source_id": f"AL-{company.next_serial('allocation'):05d}", "contributor": person["source_id"],
            "unit": person["unit"], "start_date": start, "end_date": start + timedelta(rng.randrange(60, 200)),
            "weekly_hours": (person["weekly_hours"] * rng.choice([2, 4, 5]) / 5).quantize(Decimal("0.5")), "request": "",
        }  # fmt: skip
        if person["unit"] == "U-110" and served and index % 2:
            row["request"] = f"procurement:{served.pop()['source_id']}"
        company.allocations.append(row)


def make_exchange_rates(company: Company) -> None:
    """One euro in dollars and pounds: monthly for three years, weekly in the last."""
    rng = company.rng
    day = date(company.until.year - 3, 1, 1)
    dollar, pound = Decimal("1.08"), Decimal("0.86")
    while day <= company.until + timedelta(7):
        dollar += Decimal(rng.randrange(-80, 81)) / 10_000
        pound += Decimal(rng.randrange(-40, 41)) / 10_000
        for quote, rate in (("USD", dollar), ("GBP", pound)):
            company.exchange_rates.append({"date": day, "base": "EUR", "quote": quote, "rate": rate})
        is_recent = day > company.until - timedelta(365)
        day = day + timedelta(7) if is_recent else (day.replace(day=1) + timedelta(32)).replace(day=1)
