"""Invoices as they should be, and what the roles of engagements make wrong with them."""

from collections import defaultdict
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal

from samples.company_facts import Company
from samples.words import COUNTRIES

CENT = Decimal("0.01")


def bill_company(company: Company) -> None:
    """One invoice for each supplier, currency and period."""
    booked = group_time(company)
    parties = find_parties(company)
    groups = defaultdict(list)
    partners_billed = set()
    for engagement in company.engagements:
        if engagement["purpose"] not in ("works", "fixed", "usage") or (
            engagement["purpose"] == "usage" and not engagement["supplier"]
        ):
            continue
        holder = refer(engagement, engagement["supplier"] or engagement["contributor"])
        # A partner with two statements of work bills each of them apart.
        apart = engagement["source_id"] if engagement["purpose"] == "fixed" and holder in partners_billed else ""
        partners_billed.add(holder)
        groups[holder, engagement["currency"], engagement["source"] == "agents", apart].append(engagement)
    for (holder, currency, _, apart), engagements in groups.items():
        party = parties[holder]
        delay = 3 + party["serial"] % 5 + (3 if apart else 0)
        for start, end in company.periods:
            if party["row"]["status"] == "suspended" and start != company.periods[0][0]:
                continue  # suspended after its first invoice
            invoice = start_invoice(company, party, currency, end + timedelta(delay))
            for engagement in engagements:
                if engagement["start_date"] <= end and (engagement["end_date"] or end) >= start:
                    invoice["lines"] += bill_engagement(company, engagement, booked, start, end)
            if invoice["lines"]:
                number_invoice(company, invoice)
                _choose_order_texts(company, invoice)


def group_time(company: Company) -> dict[str, list[dict]]:
    booked = defaultdict(list)
    for row in company.time:
        booked[row["engagement"]].append(row)
    return booked


def refer(engagement: dict, reference: str) -> str:
    """A reference of the engagement's row as `source:source_id`."""
    return reference if ":" in reference else f"{engagement['source']}:{reference}"


def find_parties(company: Company) -> dict[str, dict]:
    """Who bills, by `source:source_id`: suppliers, and contractors without one."""
    parties = {}
    for serial, row in enumerate(company.suppliers, start=1001):
        parties[f"erp:{row['source_id']}"] = {"row": row, "reference": row["source_id"], "serial": serial}
    for serial, row in enumerate(company.contractors, start=5001):
        parties[f"vms:{row['source_id']}"] = {"row": row, "reference": f"vms:{row['source_id']}", "serial": serial}
    return parties


def start_invoice(company: Company, party: dict, currency: str, issue_date: date) -> dict:
    row = party["row"]
    via = row.get("via", "table")
    has_account = row["bank_account"] and (via != "table" or company.rng.random() < 0.7)
    return {
        "party": party, "supplier": party["reference"], "number": "", "issue_date": issue_date, "currency": currency,
        "payee_account": row["bank_account"] if has_account else "", "via": via, "type": "380", "lines": [],
        "codes": {"supplier_blocked"} if row["status"] == "suspended" else set(), "broken": "", "preceding": "",
    }  # fmt: skip


def number_invoice(company: Company, invoice: dict) -> None:
    """The next number of the supplier, in its own style; lines are numbered from 1."""
    serial = invoice["party"]["serial"]
    sequence = company.next_serial(f"invoice of {serial}")
    invoice["number"] = (
        f"RE-{company.until.year}-{serial}{sequence:02d}", f"INV/{serial}/{sequence:03d}",
        f"0{serial}-{sequence:03d}", f"F{serial}.{sequence:03d}",
    )[serial % 4]  # fmt: skip
    for number, line in enumerate(invoice["lines"], start=1):
        line["line"] = str(number)
    company.invoices.append(invoice)


def bill_engagement(company: Company, engagement: dict, booked: dict, start: date, end: date) -> list[dict]:
    """The standard line, and one for overtime where there is some."""
    if engagement["purpose"] == "fixed":
        return [
            make_line(
                company, engagement, start, end, Decimal(1), "each", company_rate(company, engagement), "standard"
            )
        ]
    if engagement["purpose"] == "usage":
        quantity = Decimal(company.rng.randrange(300, 4000))
        return [
            make_line(company, engagement, start, end, quantity, "each", company_rate(company, engagement), "standard")
        ]
    lines = []
    for category in ("standard", "overtime"):
        rows = [
            r for r in booked[engagement["source_id"]] if start <= r["work_date"] <= end and r["category"] == category
        ]
        billed = [r for r in rows if r["status"] != "rejected" or engagement["role"] == "rejected"]
        hours = sum((r["hours"] for r in billed), Decimal(0))
        if not rows and category == "standard":
            hours = 19 * engagement["weekly_hours"] / 5
        if hours:
            lines.append(_bill_hours(company, engagement, rows, hours, category, start, end))
            lines[-1]["codes"] |= role_codes(company, engagement, category, start, end)
    return lines


def _bill_hours(company, engagement, rows, hours, category, start, end) -> dict:
    is_daily = engagement["basis"] == "daily"
    quantity = hours / (engagement["weekly_hours"] / 5) if is_daily else hours
    price = agreed_price(company, engagement, rows, category)
    return make_line(company, engagement, start, end, quantity.quantize(Decimal("0.0001")).normalize(),
                     "day" if is_daily else "hour", price, category)  # fmt: skip


def company_rate(company: Company, engagement: dict) -> Decimal:
    return rates_of(company, engagement, "standard")[0]["amount"]


def rates_of(company: Company, engagement: dict, category: str) -> list[dict]:
    if "rates" not in engagement:
        if not hasattr(company, "rates_by_engagement"):
            company.rates_by_engagement = defaultdict(list)
            for rate in company.rates:
                company.rates_by_engagement[rate["engagement"]].append(rate)
        engagement["rates"] = company.rates_by_engagement[engagement["source_id"]]
    return [r for r in engagement["rates"] if r["category"] == category]


def agreed_price(company: Company, engagement: dict, rows: list[dict], category: str) -> Decimal:
    """The mean of the rates over the hours that stand; overtime nobody agreed on costs a quarter more."""
    rates = rates_of(company, engagement, category)
    if not rates:
        amount = rates_of(company, engagement, "standard")[-1]["amount"] * Decimal("1.25")
        return amount.quantize(CENT)
    standing = [r for r in rows if r["status"] != "rejected"]
    if len(rates) == 1 or not standing:
        return rates[0]["amount"]
    paid = sum(
        (
            row["hours"] * next(r["amount"] for r in reversed(rates) if r["valid_from"] <= row["work_date"])
            for row in standing
        ),
        Decimal(0),
    )
    return (paid / sum(row["hours"] for row in standing)).quantize(Decimal("0.0001"), ROUND_HALF_UP)


def make_line(company, engagement, start, end, quantity, per, price, category) -> dict:
    person = engagement.get("person")
    name = f"{person['given_name']} {person['family_name']}" if person else engagement["title"]
    country = next(c for c, facts in COUNTRIES.items() if facts[0] == engagement["currency"])
    line = {
        "line": "", "engagement": refer(engagement, engagement["source_id"]), "period_start": start, "period_end": end,
        "contributor": refer(engagement, engagement["contributor"]), "purchase_order": "", "category": category,
        "quantity": quantity, "per": per, "unit_price": price, "tax_rate": Decimal(COUNTRIES[country][3]),
        "net_amount": (quantity * price).quantize(CENT, ROUND_HALF_UP), "codes": set(), "of": engagement,
        "description": f"{engagement['title']}, {name}" + (", overtime" if category == "overtime" else ""),
    }  # fmt: skip
    return line


def role_codes(company: Company, engagement: dict, category: str, start: date, end: date) -> set[str]:
    """What the role of the engagement makes wrong in the period."""
    period = 0 if start == company.periods[0][0] else 1 if start == company.periods[1][0] else 2
    role = engagement["role"]
    if category == "overtime":
        return {"no_rate"} if role == "overtime_unrated" else set()
    found = {
        ("ends_early", 1): {"outside_engagement"}, ("starts_late", 0): {"outside_engagement"},
        ("expired_used", 1): {"outside_engagement"}, ("late_rate", 0): {"no_rate"}, ("no_time", 1): {"time_missing"},
        ("submitted", 1): {"time_not_approved"}, ("rejected", 1): {"hours_above_approved"},
        ("order_expired", 1): {"order_expired"}, ("order_small", 1): {"order_exceeded"},
    }.get((role, period), set())  # fmt: skip
    always = {
        "onboarding": "contributor_not_cleared",
        "order_unknown": "order_missing",
        "order_currency": "currency_mismatch",
    }
    return found | ({always[role]} if role in always else set())


def _choose_order_texts(company: Company, invoice: dict) -> None:
    """Some suppliers write the order, on each line or, in an e-invoice, for the whole; the engagement knows it anyway."""
    orders = {line["of"]["purchase_order"] for line in invoice["lines"]}
    if invoice["via"] != "table":
        if len(orders) == 1 and company.rng.random() < 0.7:
            for line in invoice["lines"]:
                line["purchase_order"] = line["of"]["purchase_order"]
        return
    for line in invoice["lines"]:
        if company.rng.random() < 0.6:
            line["purchase_order"] = line["of"]["purchase_order"]
        if (
            not line["codes"]
            and line["of"]["role"] == ""
            and line["of"]["source"] == "vms"
            and company.rng.random() < 0.08
        ):
            line["engagement"] = ""  # found by supplier, contributor and period


def set_order_amounts(company: Company) -> None:
    """Each order has room for what was billed on it, but the small ones."""
    by_number = defaultdict(list)
    for invoice in company.invoices:
        for line in invoice["lines"]:
            engaged = line["of"]["purchase_order"] if line["of"] else ""
            by_number[line["purchase_order"] or engaged].append((invoice, line))
    for order in company.orders:
        billed = [(i, line) for i, line in by_number[order["number"]] if i["currency"] == order["currency"]]
        total = sum((line["net_amount"] for _, line in billed if line["net_amount"] > 0), Decimal(0))
        first = [line["net_amount"] for _, line in billed if line["period_start"] == company.periods[0][0]]
        if order["role"] == "order_small":
            order["amount"] = (first[0] * Decimal("1.4")).quantize(CENT)
        elif order["role"] == "order_credited":
            later = [line["net_amount"] for _, line in billed if line["period_start"] == company.periods[1][0]]
            order["amount"] = first[0] + later[0] + 10
        else:
            order["amount"] = ((total * 3).quantize(Decimal(1)) // 1000 + 5) * 1000
