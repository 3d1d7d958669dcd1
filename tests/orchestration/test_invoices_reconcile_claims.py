"""Hours claimed twice, against a plain simulation that hands out each hundredth of an hour by itself."""

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from orchestration.invoices.models import Discrepancy, Invoice, InvoiceLine
from orchestration.invoices.reconcile import reconcile
from tests.orchestration.reconcile_cast import Books, found
from workforce.timesheets.models import TimeEntry

pytestmark = pytest.mark.django_db
DAYS = st.integers(1, 6)
ENTRIES = st.lists(
    st.tuples(DAYS, st.integers(1, 10), st.sampled_from(["approved", "submitted", "rejected"])), max_size=10
)
LINES = st.lists(
    st.tuples(DAYS, DAYS, st.integers(-10, 20).filter(bool), st.integers(1, 3)), min_size=1, max_size=6
)  # first day, last day, hours, day of issue


def simulate(entries, lines) -> set[tuple[str, str]]:
    """(invoice number, code) by FORMATS' sentences, a line at a time."""
    approved = dict.fromkeys(range(1, 7), 0)
    submitted = dict.fromkeys(range(1, 7), 0)
    for day, hours, status in entries:
        if status == "approved":
            approved[day] += hours
        if status == "submitted":
            submitted[day] += hours
    free, codes = dict(approved), set()
    for _, number, first, last, quantity in sorted(
        (issued, f"N{i:02}X", *sorted((a, b)), q) for i, (a, b, q, issued) in enumerate(lines)
    ):
        days = range(first, last + 1)
        if quantity < 0:
            for _ in range(-quantity):
                day = next((d for d in days if free[d] < approved[d]), None)
                if day:
                    free[day] += 1
            continue
        sure, hoped = sum(approved[d] for d in days), sum(submitted[d] for d in days)
        if sure + hoped == 0:
            codes.add((number, "time_missing"))
        elif quantity > sure + hoped:
            codes.add((number, "hours_above_approved"))
        elif quantity > sure:
            codes.add((number, "time_not_approved"))
        got = 0
        while got < quantity and (day := next((d for d in days if free[d] > 0), None)):
            free[day] -= 1
            got += 1
        if got < min(quantity, sure):
            codes.add((number, "double_billed_time"))
    return codes


TIME_CODES = {"time_missing", "hours_above_approved", "time_not_approved", "double_billed_time"}


@given(entries=ENTRIES, lines=LINES)
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_time_codes_agree_with_a_plain_simulation(transactional_books, entries, lines):
    books = transactional_books
    Discrepancy.objects.all().delete()
    Invoice.objects.all().delete()
    TimeEntry.objects.all().delete()
    for day, hours, status in entries:
        books.time(day, str(hours), status)
    for i, (a, b, quantity, issued) in reversed(list(enumerate(lines))):
        line = {"days": sorted((a, b)), "quantity": str(quantity), "price": "80"}
        books.invoice(f"N{i:02}X", line, issue_date=date(2026, 10, issued))
    reconcile()
    assert {(n, code) for n, _, code in found() if code in TIME_CODES} == simulate(entries, lines)


@pytest.fixture
def transactional_books(transactional_db) -> Books:
    return Books()


PRICES = st.integers(50, 120)


@given(
    rates=st.lists(st.tuples(DAYS, st.none() | DAYS, PRICES), min_size=1, max_size=4, unique_by=lambda r: r[0]),
    entries=ENTRIES, span=st.tuples(DAYS, DAYS), price=PRICES,
)  # fmt: skip
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_rate_codes_agree_with_a_plain_simulation(transactional_books, rates, entries, span, price):
    books = transactional_books
    first, last = sorted(span)
    Discrepancy.objects.all().delete()
    Invoice.objects.all().delete()
    TimeEntry.objects.all().delete()
    books.engagement.rates.all().delete()
    for start, end, amount in rates:
        end = None if end is None else max(start, end)
        books.engagement.rates.create(
            per="hour", amount=amount, currency="EUR", valid_from=date(2026, 9, start),
            valid_to=end and date(2026, 9, end),
        )  # fmt: skip
    for day, hours, status in entries:
        books.time(day, str(hours), status)
    books.invoice("A1", {"days": (first, last), "quantity": "1", "price": str(price)})
    reconcile()
    codes = {code for _, _, code in found()} & {"no_rate", "rate_above_contract"}
    assert codes == _rate_codes(rates, entries, range(first, last + 1), price)
    assert InvoiceLine.objects.count() == 1


def _rate_codes(rates, entries, days, price) -> set[str]:
    weights = {d: sum(h for day, h, status in entries if day == d and status != "rejected") for d in days}
    billed = {d: w for d, w in weights.items() if w}
    if not billed:
        billed = {d: 1 for d in days if date(2026, 9, d).weekday() < 5} or dict.fromkeys(days, 1)
    total = Decimal(0)
    for day, weight in billed.items():
        valid = [r for r in rates if r[0] <= day and (r[1] is None or max(r[0], r[1]) >= day)]
        if not valid:
            return {"no_rate"}
        total += weight * max(valid)[2]
    rate = total / sum(billed.values())
    return {"rate_above_contract"} if price > rate + min(rate / 100, Decimal(1)) else set()
