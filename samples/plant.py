"""What is wrong with the invoices on purpose. Each change notes the codes it means to cause."""

from copy import copy
from datetime import timedelta
from decimal import ROUND_HALF_UP, Decimal

from samples.billing import (
    CENT,
    bill_engagement,
    find_parties,
    group_time,
    number_invoice,
    rates_of,
    refer,
    start_invoice,
)
from samples.company_facts import Company
from samples.identifiers import build_account

UNTOUCHED = ("", "raised", "above_card", "tenure", "tenure_two", "tenure_broken")


def plant_errors(company: Company) -> None:
    """Whole invoices first, while there are enough untouched ones, then single lines."""
    price_alike(company)
    add_later_periods(company)
    credit_and_bill_again(company)
    repeat_invoices(company)
    break_sums_and_taxes(company)
    change_payees(company)
    change_currencies(company)
    mistype_orders(company)
    raise_prices(company)
    raise_quantities(company)
    lose_engagements(company)
    credit_parts(company)


def take_lines(company: Company, via: str, count: int, test=lambda line: True) -> list[tuple[dict, dict]]:
    """Clean lines not changed yet, each of another invoice."""
    found = []
    for invoice in _shuffled(company, via):
        lines = [line for line in invoice["lines"] if _is_plain(line) and line["per"] != "each" and test(line)]
        if len(found) < count and lines and not invoice["codes"]:
            found.append((invoice, company.rng.choice(lines)))
    return _enough(found, count, via)


def take_invoices(company: Company, via: str, count: int, test=lambda invoice: True) -> list[dict]:
    """Whole invoices not changed yet, the short ones first."""
    found = sorted(_shuffled(company, via), key=lambda i: len(i["lines"]))
    found = [i for i in found if not i["codes"] and test(i) and not any(line.get("is_used") for line in i["lines"])]
    for invoice in found[:count]:
        invoice["is_used"] = True
        for line in invoice["lines"]:
            line["is_used"] = True
    return _enough(found[:count], count, via)


def _shuffled(company: Company, via: str) -> list[dict]:
    found = [i for i in company.invoices if i["via"] == via and i["type"] == "380" and not i.get("is_used")]
    company.rng.shuffle(found)
    return found


def _is_plain(line: dict) -> bool:
    return (
        not line["codes"]
        and line["of"]["role"] in UNTOUCHED
        and not line.get("is_used")
        and line["category"] == "standard"
    )


def _enough(found: list, count: int, via: str) -> list:
    if len(found) < count:
        raise ValueError(f"Only {len(found)} of {count} {via} invoices could be chosen. Ask for more contributors.")
    for item in found:
        if isinstance(item, tuple):
            item[1]["is_used"] = True
    return found


def is_copyable(company: Company):
    """First-period invoices of hours that are all in order, on orders with room."""

    def test(invoice: dict) -> bool:
        return all(
            not line["codes"] and not line["of"]["role"].startswith(("order_", "overtime")) and line["per"] != "each"
            and line["period_start"] == company.periods[0][0] for line in invoice["lines"]
        )  # fmt: skip

    return test


def reprice(line: dict) -> None:
    line["net_amount"] = (line["quantity"] * line["unit_price"]).quantize(CENT, ROUND_HALF_UP)


def add_later_periods(company: Company) -> None:
    """Some bill October's first half as well; some of them with a week that was billed before."""
    booked, parties = group_time(company), find_parties(company)
    end = company.periods[1][1] + timedelta(14)
    for engagement in [e for e in company.engagements if e["role"] in ("billed_again", "billed_next")]:
        is_again = engagement["role"] == "billed_again"
        start = company.periods[1][1] + timedelta(-6 if is_again else 1)
        party = parties[refer(engagement, engagement["supplier"] or engagement["contributor"])]
        invoice = start_invoice(company, party, engagement["currency"], end + timedelta(4))
        invoice["lines"] = bill_engagement(company, engagement, booked, start, end)
        number_invoice(company, invoice)
        if is_again:
            invoice["lines"][0]["codes"].add("double_billed_time")


def credit_and_bill_again(company: Company) -> None:
    """A line is credited whole and billed again a little cheaper: neither hours nor order are used twice."""
    for engagement in [e for e in company.engagements if e["role"] == "order_credited"]:
        invoice, line = next((i, x) for i in company.invoices for x in i["lines"] if x["of"] is engagement)
        _credit(company, invoice, line, line["quantity"], invoice["issue_date"] + timedelta(9))
        again = start_invoice(company, invoice["party"], invoice["currency"], invoice["issue_date"] + timedelta(11))
        cheaper = copy(line) | {"unit_price": line["unit_price"] - 1, "codes": set()}
        reprice(cheaper)
        again["lines"] = [cheaper]
        number_invoice(company, again)


def _credit(company: Company, invoice: dict, line: dict, quantity: Decimal, issue_date) -> None:
    credit = start_invoice(company, invoice["party"], invoice["currency"], issue_date)
    credit |= {"type": "381", "preceding": invoice["number"]}
    back = copy(line) | {"quantity": -quantity, "codes": set(), "is_used": True}
    reprice(back)
    credit["lines"] = [back]
    number_invoice(company, credit)


def credit_parts(company: Company) -> None:
    """A day or so is given back, by table and by both kinds of e-invoice."""
    for via, count in (("table", 3), ("ubl", 1), ("cii", 1)):
        for invoice, line in take_lines(company, via, count):
            _credit(company, invoice, line, Decimal(1), invoice["issue_date"] + timedelta(20))


def raise_prices(company: Company) -> None:
    """Above the rate; or the new rate for days before it was valid."""
    for via, count in (("table", 4), ("ubl", 2), ("cii", 1)):
        for _, line in take_lines(company, via, count, lambda x: x["of"]["role"] != "raised"):
            line["unit_price"] = (line["unit_price"] * Decimal("1.05")).quantize(CENT)
            line["codes"].add("rate_above_contract")
            reprice(line)
    second = company.periods[1][0]

    def is_raised(line):
        return line["of"]["role"] == "raised" and line["period_start"] == second

    for via, count in (("table", 2), ("cii", 1)):
        for _, line in take_lines(company, via, count, is_raised):
            line["unit_price"] = rates_of(company, line["of"], "standard")[-1]["amount"]
            line["codes"].add("rate_above_contract")
            reprice(line)


def raise_quantities(company: Company) -> None:
    """More than was recorded; on two lines the price is too high as well."""
    for via, count in (("table", 4), ("ubl", 1), ("cii", 1)):
        for index, (_, line) in enumerate(take_lines(company, via, count)):
            line["quantity"] += 1 if line["per"] == "day" else 6
            line["codes"].add("hours_above_approved")
            if index >= 2:
                line["unit_price"] = (line["unit_price"] * Decimal("1.08")).quantize(CENT)
                line["codes"].add("rate_above_contract")
            reprice(line)


def break_sums_and_taxes(company: Company) -> None:
    for _, line in take_lines(company, "table", 3):
        line["net_amount"] += Decimal("90")
        line["codes"].add("arithmetic")
    for via, ways in (("ubl", ["payable", "tax_amount", "tax_category"]), ("cii", ["payable", "tax_amount"])):
        for invoice, way in zip(take_invoices(company, via, len(ways)), ways, strict=True):
            invoice["broken"] = way
            invoice["codes"].add("arithmetic" if way == "payable" else "tax")


def change_payees(company: Company) -> None:
    for via, count in (("table", 3), ("ubl", 1), ("cii", 1)):
        for invoice in take_invoices(company, via, count, lambda i: bool(i["party"]["row"]["bank_account"])):
            country = invoice["party"]["row"]["country"] or "DE"
            invoice["payee_account"] = build_account(country, 880_000 + company.next_serial("payee"), company.rng)
            invoice["codes"].add("payee_changed")


def change_currencies(company: Company) -> None:
    other = {"no_rate", "order_exceeded", "order_expired", "currency_mismatch", "double_billed_time"}

    def has_rates(invoice):
        return all(not line["codes"] & other and line["per"] != "each" for line in invoice["lines"])

    for via, count in (("table", 3), ("ubl", 1)):
        for invoice in take_invoices(company, via, count, has_rates):
            invoice["currency"] = "USD" if invoice["currency"] != "USD" else "EUR"
            invoice["codes"].add("currency_mismatch")


def lose_engagements(company: Company) -> None:
    """An engagement nobody knows, another supplier's, or none with a person nobody knows."""
    others = {}
    for engagement in company.engagements:
        if engagement["purpose"] == "works" and engagement["supplier"]:
            others.setdefault(engagement["supplier"], engagement)
    ways = [("table", "unknown"), ("table", "other"), ("table", "person"), ("ubl", "unknown"), ("cii", "person")]
    for via, way in ways:
        _, line = take_lines(company, via, 1, lambda x: bool(x["of"]["supplier"]))[0]  # a freelancer's own are plain
        number = company.next_serial("lost")
        line |= {"engagement": f"vms:WO-9{number:04d}", "contributor": ""}
        if way == "other":
            line["engagement"] = f"vms:{next(e for s, e in others.items() if s != line['of']['supplier'])['source_id']}"
        elif way == "person":
            line |= {"engagement": "", "contributor": f"vms:C-9{number:03d}"}
        line["codes"].add("no_engagement")
        line["of"] = line["of"] | {"purchase_order": ""}


def mistype_orders(company: Company) -> None:
    for _, line in take_lines(company, "table", 2):
        line["purchase_order"] = "PO-54" + line["of"]["purchase_order"][5:]
        line["codes"].add("order_missing")
    for via in ("ubl", "cii"):
        for invoice in take_invoices(company, via, 1, lambda i: all(x["of"]["role"] in UNTOUCHED for x in i["lines"])):
            for line in invoice["lines"]:
                line["purchase_order"] = "PO-54" + line["of"]["purchase_order"][5:]
            invoice["codes"].add("order_missing")


def repeat_invoices(company: Company) -> None:
    """Sent again under the same number spelled otherwise, or under another number."""
    for via, count, is_same in (
        ("table", 1, True),
        ("ubl", 1, True),
        ("cii", 1, True),
        ("table", 1, False),
        ("ubl", 1, False),
    ):
        for invoice in take_invoices(company, via, count, is_copyable(company)):
            _repeat(company, invoice, is_same, {"double_billed_time"})
    fixed = take_invoices(company, "table", 2, lambda i: i["lines"][0]["per"] == "each" and not i["lines"][0]["codes"])
    for invoice in fixed:
        _repeat(company, invoice, True, set())


def _repeat(company: Company, invoice: dict, is_same: bool, more: set[str]) -> None:
    code = "duplicate_invoice" if is_same else "possible_duplicate"
    again = invoice | {
        "issue_date": invoice["issue_date"] + timedelta(13), "codes": {code} | more, "is_used": True,
        "lines": [copy(line) for line in invoice["lines"]],
    }  # fmt: skip
    if is_same:
        again["number"] = respell(invoice["number"])
        company.invoices.append(again)
    else:
        number_invoice(company, again)


def respell(number: str) -> str:
    """The same number as another clerk types it."""
    return " ".join("".join(c.lower() if c.isalnum() else " " for c in number).split()).lstrip("0")


def price_alike(company: Company) -> None:
    """Two statements of work at one price, billed three days apart for one period: perhaps the same invoice."""
    by_partner = {}
    for engagement in company.engagements:
        if engagement["basis"] == "fixed":
            by_partner.setdefault(engagement["contributor"], []).append(engagement)
    for engagements in by_partner.values():
        if len(engagements) == 2:
            price = rates_of(company, engagements[0], "standard")[0]["amount"]
            rates_of(company, engagements[1], "standard")[0]["amount"] = price
            for invoice in company.invoices:
                for line in invoice["lines"]:
                    if line["of"] is engagements[1]:
                        line["unit_price"] = price
                        reprice(line)
                        invoice["codes"].add("possible_duplicate")
