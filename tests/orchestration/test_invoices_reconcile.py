"""Each code by a small set of books, and what must not depend on order, repetition or scope."""

import itertools
from datetime import date
from decimal import Decimal

import pytest

from orchestration.invoices.explain import EXPLANATIONS, explain
from orchestration.invoices.models import Code, Discrepancy, Invoice, InvoiceLine, LineMatch, Tolerance
from orchestration.invoices.reconcile import reconcile
from orchestration.onboarding.models import Item, Plan, Template
from tests.cast import make_contributor, make_engagement, make_rate
from tests.orchestration.reconcile_cast import NOW, Books, found
from workforce.contributors.confidential import key_hash
from workforce.contributors.models import Kind
from workforce.holds.models import Hold

pytestmark = pytest.mark.django_db
DAY, WEEK = (1, 1), (7, 11)


@pytest.fixture
def books() -> Books:
    return Books()


def clean(b):
    b.time(1)
    b.invoice("A1")


def clean_day_unit(b):
    b.time(1)
    b.invoice("A1", {"quantity": "1", "per": "day", "price": "640"})


def clean_within_tolerance(b):
    b.time(1)
    b.invoice("A1", {"price": "80.80"})


def duplicate(b):
    b.time(1, "24")
    b.invoice("A-001")
    b.invoice("a 001", {"quantity": "7"}, issue_date=date(2026, 10, 30))


def same_lines(b):
    b.time(1, "24")
    b.invoice("A1", issue_date=date(2026, 9, 2))
    b.invoice("A2", issue_date=date(2026, 10, 30))


def same_total_near(b):
    b.time(1), b.time(2)
    b.invoice("A1", {"days": (1, 2), "quantity": "16"})
    b.invoice("A2", {"days": (2, 2), "quantity": "8", "price": "160"}, issue_date=date(2026, 10, 7))


def same_total_far(b):
    b.time(1), b.time(2)
    b.invoice("A1", {"quantity": "4"}, issue_date=date(2026, 9, 1))
    b.invoice("A2", {"quantity": "4", "days": (1, 2)}, issue_date=date(2026, 9, 9))


def unknown_engagement(b):
    b.invoice("A1", {"engagement_text": "E9"})


def found_by_contributor(b):
    b.time(1)
    b.invoice("A1", {"engagement_text": "E9", "contributor_text": "vms:C1"})


def of_another_supplier(b):
    b.time(1)
    b.name("contributors", "S2", make_contributor(Kind.VENDOR, "Other"))
    b.invoice("A1", supplier_text="S2")


def after_the_end(b):
    b.engagement.end_date = date(2026, 9, 10)
    b.engagement.save()
    b.time(11)
    b.invoice("A1", {"days": (10, 11)})


def no_rate_on_one_day(b):
    b.rate.valid_to = date(2026, 9, 1)
    b.rate.save()
    b.time(1, "4"), b.time(2, "4")
    b.invoice("A1", {"days": (1, 2)})


def rate_ends_before_idle_days(b):
    b.rate.valid_to = date(2026, 9, 1)
    b.rate.save()
    b.time(1)
    b.invoice("A1", {"days": (1, 2)})


def too_dear(b):
    b.time(1)
    b.invoice("A1", {"price": "80.81"})


def weighted_rate(b):
    b.rate.valid_to = date(2026, 9, 1)
    b.rate.save()
    make_rate(b.engagement, "100", valid_from=date(2026, 9, 2))
    b.time(1, "6"), b.time(2, "2")  # 85.00 an hour over both days
    b.invoice("A1", {"days": (1, 2), "price": "85.86"})


def weighted_rate_kept(b):
    weighted_rate(b)
    InvoiceLine.objects.update(unit_price="85.85", net_amount="686.80")


def no_time(b):
    b.time(1, "8", "rejected")
    b.invoice("A1")


def submitted(b):
    b.time(1, "4"), b.time(1, "4", "submitted")
    b.invoice("A1")


def too_many_hours(b):
    b.time(1, "4"), b.time(1, "3.5", "submitted")
    b.invoice("A1")


def billed_twice(b):
    b.time(1), b.time(2)
    b.invoice("A1", {"days": (1, 2), "quantity": "12"})
    b.invoice("A2", {"days": (2, 2)})


def billed_again_after_credit(b):
    b.time(1)
    b.invoice("A1", issue_date=date(2026, 9, 2))
    b.invoice("A2", {"quantity": "-8"}, issue_date=date(2026, 9, 3), type_code="381")
    b.invoice("A3", {"quantity": "4"}, {"quantity": "4"}, issue_date=date(2026, 9, 30))


def other_currency(b):
    b.time(1)
    b.invoice("A1", {"price": "200"}, currency="USD")


def order_unknown(b):
    b.time(1)
    b.invoice("A1", {"order_text": "PO-9"})


def order_with_source(b):
    b.time(1)
    b.invoice("A1", {"order_text": "vms:PO-1"})


def order_over(b):
    b.order.valid_to = date(2026, 8, 31)
    b.order.save()
    b.time(1)
    b.invoice("A1")


def order_used_up(b):
    b.order.amount = Decimal("1280")
    b.order.save()
    for day in (1, 2, 3):
        b.time(day)
    b.invoice("A1", {"days": (1, 1)}, {"days": (2, 2)}, {"days": (3, 3)})


def order_given_back(b):
    order_used_up(b)
    b.invoice("A0", {"days": (1, 1), "quantity": "-8"}, type_code="381")


def wrong_product(b):
    b.time(1)
    b.invoice("A1", {"net": "640.03"})


def wrong_totals(b):
    b.time(1)
    b.invoice("A1", sums_difference="0.06")


def wrong_tax(b):
    b.time(1)
    b.invoice("A1", {"tax_category": "Z", "tax_rate": "19"})


def other_account(b):
    b.time(1)
    b.invoice("A1", payee_account_hash=key_hash("DE89370400440532013000"))


def same_account(b):
    b.time(1)
    b.invoice("A1", payee_account_hash=key_hash("de02 1203 0000 0000 2020 51"))


def suspended(b):
    b.supplier.status = "suspended"
    b.supplier.save()
    clean(b)


def held(b):
    Hold.objects.create(
        subject_type="contributor", subject_id=b.supplier.pk, scope="pay", reason="Sanctions", cause="x",
        from_date=date(2026, 9, 1), placed_at=NOW,
    )  # fmt: skip
    clean(b)


def _onboard(b, **values):
    template = Template.objects.create(name="T", kind="contractor")
    plan = Plan.objects.create(engagement=b.engagement, template=template, created_at=NOW)
    Item.objects.create(
        plan=plan, control="nda", title="NDA", role="hr", due_date=date(2026, 9, 1), blocks="pay",
        open_from=date(2026, 1, 1), **values,
    )  # fmt: skip
    clean(b)


def not_cleared(b):
    _onboard(b)


def cleared_later(b):
    _onboard(b, done_on=date(2026, 9, 2))


def cleared_before(b):
    _onboard(b, done_on=date(2026, 9, 1))


CASES = {
    clean: [], clean_day_unit: [], clean_within_tolerance: [], same_total_far: [], found_by_contributor: [],
    rate_ends_before_idle_days: [], weighted_rate_kept: [], order_with_source: [], same_account: [], cleared_before: [],
    billed_again_after_credit: [],
    duplicate: ["a 001/1 duplicate_invoice"],
    same_lines: ["A2/1 possible_duplicate"],
    same_total_near: ["A2/1 double_billed_time", "A2/1 possible_duplicate", "A2/1 rate_above_contract"],
    unknown_engagement: ["A1/1 no_engagement"],
    of_another_supplier: ["A1/1 no_engagement"],
    after_the_end: ["A1/1 outside_engagement"],
    no_rate_on_one_day: ["A1/1 no_rate"],
    too_dear: ["A1/1 rate_above_contract"],
    weighted_rate: ["A1/1 rate_above_contract"],
    no_time: ["A1/1 time_missing"],
    submitted: ["A1/1 time_not_approved"],
    too_many_hours: ["A1/1 hours_above_approved"],
    billed_twice: ["A2/1 double_billed_time"],
    other_currency: ["A1/1 currency_mismatch"],
    order_unknown: ["A1/1 order_missing"],
    order_over: ["A1/1 order_expired"],
    order_used_up: ["A1/3 order_exceeded"],
    order_given_back: [],
    wrong_product: ["A1/1 arithmetic"],
    wrong_totals: ["A1/1 arithmetic"],
    wrong_tax: ["A1/1 tax"],
    other_account: ["A1/1 payee_changed"],
    suspended: ["A1/1 supplier_blocked"],
    held: ["A1/1 supplier_blocked"],
    not_cleared: ["A1/1 contributor_not_cleared"],
    cleared_later: ["A1/1 contributor_not_cleared"],
}  # fmt: skip


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.__name__)
def test_books_give_exactly_these_codes(books, case):
    case(books)
    report = reconcile()
    assert sorted(f"{number}/{line} {code}" for number, line, code in found()) == CASES[case]
    discrepant = {(number, line) for number, line, _ in found()}
    assert (report.lines, report.discrepant) == (InvoiceLine.objects.count(), len(discrepant))
    assert LineMatch.objects.filter(status="discrepant").count() == len(discrepant)


def test_every_code_has_a_case_and_an_explanation():
    shown = {words.split()[-1] for codes in CASES.values() for words in codes}
    assert shown == set(Code.values) == set(EXPLANATIONS)


def test_figures_are_words_for_people(books):
    too_dear(books)
    reconcile()
    d = Discrepancy.objects.get()
    assert (d.expected, d.actual, d.amount) == ("80.00 EUR per hour", "80.81 EUR per hour", Decimal("6.48"))
    assert explain(d).sentence == "80.81 EUR per hour is billed where 80.00 EUR per hour is agreed."


def test_a_second_run_touches_nothing(books):
    duplicate(books)
    too_many_hours(books)
    reconcile()
    before = list(Discrepancy.objects.values()), list(LineMatch.objects.values())
    assert reconcile().changed == 0
    assert (list(Discrepancy.objects.values()), list(LineMatch.objects.values())) == before


def test_what_is_mended_goes(books):
    no_time(books)
    reconcile()
    books.time(1)
    assert reconcile().changed == 1
    assert found() == set()
    assert LineMatch.objects.get().status == "matched"


@pytest.mark.parametrize("order", list(itertools.permutations(range(4)))[::5])
def test_order_of_arrival_does_not_matter(books, order):
    books.time(1)
    calls = [
        lambda: books.invoice("A1"),
        lambda: books.invoice("a1", {"quantity": "6"}, issue_date=date(2026, 9, 29)),
        lambda: books.invoice("A-1", {"quantity": "8"}, supplier_text="vms:S1"),
        lambda: books.invoice("B1", {"quantity": "-2"}, type_code="381"),
    ]
    for index in order:
        calls[index]()
    reconcile()
    assert sorted(f"{n}/{line} {code}" for n, line, code in found()) == [
        "A-1/1 double_billed_time", "A-1/1 duplicate_invoice", "A1/1 double_billed_time", "A1/1 duplicate_invoice",
    ]  # fmt: skip


def test_one_invoice_reconciled_answers_like_all(books):
    books.time(1, "8")
    books.invoice("A2")
    reconcile()
    earlier = books.invoice("A1", {"quantity": "5"}, issue_date=date(2026, 9, 3))
    reconcile(invoice=earlier.pk)
    partial = found()
    Discrepancy.objects.all().delete()
    reconcile()
    assert partial == found() == {("A2", "1", "double_billed_time")}


def test_a_partial_run_leaves_other_suppliers_alone(books):
    no_time(books)
    other = make_contributor(Kind.VENDOR, "Other")
    books.name("contributors", "S2", other)
    books.invoice("B1", supplier_text="S2", issue_date=date(2026, 1, 1))
    reconcile()
    books.invoice("A9", {"quantity": "3"}, issue_date=date(2026, 10, 2))
    assert reconcile(invoice=Invoice.objects.get(number="B1").pk).lines == 1


def test_a_tolerance_of_the_order_goes_before_that_of_the_supplier(books):
    too_dear(books)
    Tolerance.objects.create(supplier=books.supplier, unit_price_percent="0.5")
    reconcile()
    assert found() == {("A1", "1", "rate_above_contract")}
    Tolerance.objects.create(order_number="PO-1", unit_price_percent="2", unit_price_amount="5")
    reconcile()
    assert found() == set()


def test_merged_suppliers_are_one(books):
    twin = make_contributor(Kind.VENDOR, "Tide Ltd")
    books.name("contributors", "S7", twin)
    books.time(1, "16")
    books.invoice("A1")
    books.invoice("A1", {"quantity": "2"}, supplier_text="S7", issue_date=date(2026, 10, 30))
    twin.merged_into = books.supplier
    twin.save()
    reconcile()
    assert sorted(code for _, _, code in found()) == ["duplicate_invoice"]


def test_an_e_invoice_is_known_by_its_tax_number(books):
    books.time(1)
    books.invoice("A1", supplier_text="Tide, the firm", supplier_tax_hash=key_hash("DE 111"), source=None)
    reconcile()
    assert found() == set()
    assert Invoice.objects.get().supplier == books.supplier


def test_a_freelancer_who_bills_in_person_needs_no_name_on_the_line(books):
    free = make_contributor(Kind.CONTRACTOR, "Free Lancer")
    engagement = make_engagement(free, books.unit)
    make_rate(engagement, "80")
    books.time(1, engagement=engagement)
    books.invoice("F1", {"engagement_text": ""}, supplier_text="Free Lancer")
    reconcile()
    assert found() == set()
    assert InvoiceLine.objects.get().engagement == engagement
