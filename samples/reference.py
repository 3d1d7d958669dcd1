"""What is wrong with each invoice line, read line by line and day by day from the definitions: slow and plain.

It is the independent answer that the set-based reconciliation must equal on the sample company.
"""

from collections import Counter, defaultdict
from datetime import date, timedelta
from decimal import Decimal


class Books:
    """The tables, found by key."""

    def __init__(self, tables: dict[str, list[dict]]):
        self.contributors = {row["key"]: row for row in tables["contributors"]}
        self.by_tax_id = {row["tax_id"]: row["key"] for row in tables["contributors"] if row.get("tax_id")}
        self.engagements = {row["key"]: row for row in tables["engagements"]}
        self.by_plain_key = defaultdict(list)
        for key in [*self.contributors, *self.engagements]:
            self.by_plain_key[key.partition(":")[2]].append(key)
        self.orders = {(row["supplier"], row["number"]): row for row in tables["purchase_orders"]}
        self.rates, self.time, self.of_contributor = defaultdict(list), defaultdict(list), defaultdict(list)
        for row in tables["rates"]:
            self.rates[row["engagement"]].append(row)
        for row in tables["time"]:
            self.time[row["engagement"]].append(row)
        for row in tables["engagements"]:
            self.of_contributor[row["contributor"]].append(row)

    def find(self, reference: str, among: dict) -> dict | None:
        """A row by `source:key`, or by a key that only one source has."""
        if reference in among:
            return among[reference]
        keys = [key for key in self.by_plain_key[reference] if key in among]
        return among[keys[0]] if len(keys) == 1 else None

    def supplier_of(self, engagement: dict) -> str:
        """The engagement's, else the contributor's, else the contributor itself."""
        own = self.contributors[engagement["contributor"]].get("supplier")
        return engagement["supplier"] or own or engagement["contributor"]


def find_discrepancies(tables: dict[str, list[dict]]) -> set[tuple[str, str, str, str]]:
    """(supplier as the invoice says it, invoice number, line, code) of everything wrong."""
    books = Books(tables)
    invoices = group_invoices(tables["invoices"], books)
    found = set()
    claimed, spent = defaultdict(Decimal), defaultdict(Decimal)
    for place, invoice in enumerate(invoices):
        whole = find_duplicates(invoice, invoices[:place]) | check_supplier(invoice, books)
        for line in invoice["lines"]:
            codes = whole | line.get("document", set()) | check_sums(line)
            engagement = find_engagement(line, invoice["supplier"], books)
            codes |= check_order(line, invoice, engagement, books, spent)
            if engagement is None:
                codes.add("no_engagement")
            else:
                codes |= check_period(line, engagement, books)
                codes |= check_rate(line, invoice, engagement, books)
                codes |= check_time(line, engagement, books, claimed)
            found |= {(line["seller"], invoice["number"], line["line"], code) for code in codes}
    return found


def group_invoices(rows: list[dict], books: Books) -> list[dict]:
    """Invoices with their lines, in the order of issue date and number, lines by their number."""
    grouped = {}
    for row in rows:
        supplier = row["supplier"]
        supplier = books.by_tax_id[supplier[4:]] if supplier.startswith("tax:") else supplier
        invoice = grouped.setdefault((row["source"], supplier, row["invoice_number"]), {
            "supplier": supplier, "number": row["invoice_number"], "date": row["issue_date"], "currency": row["currency"],
            "account": row["payee_account"], "lines": [],
        })  # fmt: skip
        invoice["lines"].append(row)
    for invoice in grouped.values():
        invoice["lines"].sort(key=lambda line: int(line["line"]))
        invoice["net"] = sum(line["net_amount"] for line in invoice["lines"])
        invoice["is_credit"] = invoice["net"] < 0
    return sorted(grouped.values(), key=lambda i: (i["date"], i["number"]))


def plain_number(number: str) -> str:
    return "".join(c for c in number.upper() if c.isalnum()).lstrip("0")


def find_duplicates(invoice: dict, earlier: list[dict]) -> set[str]:
    codes = set()
    for other in earlier:
        if other["supplier"] != invoice["supplier"]:
            continue
        if plain_number(other["number"]) == plain_number(invoice["number"]):
            codes.add("duplicate_invoice")
            continue
        is_alike = other["is_credit"] == invoice["is_credit"] and other["currency"] == invoice["currency"]
        near = abs((invoice["date"] - other["date"]).days) <= 7
        same_total = other["net"] == invoice["net"] and near and periods_meet(invoice, other)
        if is_alike and (same_total or content(other) == content(invoice)):
            codes.add("possible_duplicate")
    return codes


def content(invoice: dict) -> Counter:
    return Counter(
        (line["engagement"] or line["contributor"], line["period_start"], line["period_end"], line["category"],
         line["quantity"], line["unit_price"]) for line in invoice["lines"]
    )  # fmt: skip


def periods_meet(one: dict, other: dict) -> bool:
    """Whether the invoices' periods, first start to last end, overlap; also when neither has one."""
    (a, b), (c, d) = (
        (min((x["period_start"] for x in i["lines"] if x["period_start"]), default=None),
         max((x["period_end"] for x in i["lines"] if x["period_end"]), default=None)) for i in (one, other)
    )  # fmt: skip
    return (a is None and c is None) or (a is not None and c is not None and a <= d and c <= b)


def check_supplier(invoice: dict, books: Books) -> set[str]:
    supplier = books.contributors[invoice["supplier"]]
    codes = {"supplier_blocked"} if supplier["status"] == "suspended" else set()
    known = supplier.get("bank_account", "").replace(" ", "")
    if invoice["account"] and known and invoice["account"].replace(" ", "") != known:
        codes.add("payee_changed")
    return codes


def check_sums(line: dict) -> set[str]:
    codes = set()
    if abs(line["quantity"] * line["unit_price"] - line["net_amount"]) > Decimal("0.02"):
        codes.add("arithmetic")
    if line["tax_rate"] is not None and not 0 <= line["tax_rate"] <= 100:
        codes.add("tax")
    return codes


def find_engagement(line: dict, supplier: str, books: Books) -> dict | None:
    """The one named, if it is this supplier's; else the only one of the contributor with the supplier in the period."""
    named = books.find(line["engagement"], books.engagements) if line["engagement"] else None
    if named and books.supplier_of(named) == supplier:
        return named
    contributor = books.find(line["contributor"], books.contributors) if line["contributor"] else None
    if contributor is None:
        return None
    fitting = [
        e for e in books.of_contributor[contributor["key"]]
        if books.supplier_of(e) == supplier and e["start_date"] <= line["period_end"]
        and (e["end_date"] or date.max) >= line["period_start"]
    ]  # fmt: skip
    return fitting[0] if len(fitting) == 1 else None


def find_order(line: dict, invoice: dict, engagement: dict | None, books: Books) -> tuple[str, dict | None]:
    number = line["purchase_order"] or (engagement["purchase_order"] if engagement else "")
    return number, books.orders.get((invoice["supplier"], number))


def check_order(line: dict, invoice: dict, engagement: dict | None, books: Books, spent: dict) -> set[str]:
    number, order = find_order(line, invoice, engagement, books)
    if not number:
        return set()
    if order is None:
        return {"order_missing"}
    codes = set()
    if line["period_start"] < (order["valid_from"] or date.min) or line["period_end"] > (order["valid_to"] or date.max):
        codes.add("order_expired")
    if order["currency"] != invoice["currency"]:
        codes.add("currency_mismatch")
    else:
        spent[invoice["supplier"], number] += line["net_amount"]
        if line["quantity"] > 0 and spent[invoice["supplier"], number] > order["amount"]:
            codes.add("order_exceeded")
    return codes


def days_of(start: date, end: date) -> list[date]:
    return [start + timedelta(n) for n in range((end - start).days + 1)]


def check_period(line: dict, engagement: dict, books: Books) -> set[str]:
    codes = set()
    inside = (engagement["start_date"], engagement["end_date"] or date.max)
    if not (inside[0] <= line["period_start"] and line["period_end"] <= inside[1]):
        codes.add("outside_engagement")
    if books.contributors[engagement["contributor"]]["status"] == "onboarding":
        codes.add("contributor_not_cleared")  # its onboarding has begun with the engagement and is not done
    return codes


def hours_by_day(line: dict, engagement: dict, books: Books, statuses: set[str]) -> dict[date, Decimal]:
    hours = defaultdict(Decimal)
    for row in books.time[engagement["key"]]:
        is_inside = line["period_start"] <= row["work_date"] <= line["period_end"]
        if is_inside and row["category"] == line["category"] and row["status"] in statuses:
            hours[row["work_date"]] += row["hours"]
    return hours


def rate_on(day: date, line: dict, engagement: dict, books: Books) -> dict | None:
    valid = [
        r for r in books.rates[engagement["key"]]
        if r["category"] == line["category"] and r["valid_from"] <= day <= (r["valid_to"] or date.max)
    ]  # fmt: skip
    return max(valid, key=lambda r: r["valid_from"], default=None)


def price_per(rate: dict, per: str, engagement: dict) -> Decimal:
    """The rate for the line's unit; a day has a fifth of the weekly hours."""
    if rate["per"] == per:
        return rate["amount"]
    day = engagement["weekly_hours"] / 5
    return rate["amount"] / day if per == "hour" else rate["amount"] * day


def check_rate(line: dict, invoice: dict, engagement: dict, books: Books) -> set[str]:
    days = days_of(line["period_start"], line["period_end"])
    weights = hours_by_day(line, engagement, books, {"approved", "submitted"})
    weights = weights or {d: Decimal(1) for d in days if d.weekday() < 5} or {d: Decimal(1) for d in days}
    rates = {day: rate_on(day, line, engagement, books) for day in weights}
    codes = set()
    if any(rate and rate["currency"] != invoice["currency"] for rate in rates.values()):
        codes.add("currency_mismatch")
    _, order = find_order(line, invoice, engagement, books)
    if order and any(rate and rate["currency"] != order["currency"] for rate in rates.values()):
        codes.add("currency_mismatch")
    if order and order["currency"] != invoice["currency"]:
        codes.add("currency_mismatch")
    if None in rates.values():
        return codes | {"no_rate"}
    if codes or line["quantity"] < 0:
        return codes
    total = sum(price_per(rates[day], line["per"], engagement) * weight for day, weight in weights.items())
    contract = total / sum(weights.values())
    if line["unit_price"] - contract > min(contract / 100, Decimal(1)):
        codes.add("rate_above_contract")
    return codes


def check_time(line: dict, engagement: dict, books: Books, claimed: dict) -> set[str]:
    if engagement["basis"] not in ("hourly", "daily"):
        return set()
    quantity = line["quantity"] * (engagement["weekly_hours"] / 5 if line["per"] == "day" else 1)
    approved = hours_by_day(line, engagement, books, {"approved"})
    submitted = hours_by_day(line, engagement, books, {"submitted"})
    key = (engagement["key"], line["category"])
    if quantity < 0:
        give_back(key, -quantity, approved, claimed)
        return set()
    has_approved, has_submitted = sum(approved.values()), sum(submitted.values())
    codes = set()
    if not has_approved + has_submitted:
        codes.add("time_missing")
    elif quantity > has_approved + has_submitted:
        codes.add("hours_above_approved")
    elif quantity > has_approved:
        codes.add("time_not_approved")
    wanted = min(quantity, Decimal(has_approved))
    if claim(key, wanted, approved, claimed) < wanted:
        codes.add("double_billed_time")
    return codes


def claim(key: tuple, wanted: Decimal, approved: dict, claimed: dict) -> Decimal:
    """Takes approved hours that are still free, from the first day on; how many there were."""
    got = Decimal(0)
    for day in sorted(approved):
        take = min(wanted - got, approved[day] - claimed[*key, day])
        claimed[*key, day] += take
        got += take
    return got


def give_back(key: tuple, hours: Decimal, approved: dict, claimed: dict) -> None:
    for day in sorted(approved):
        back = min(hours, claimed[*key, day])
        claimed[*key, day] -= back
        hours -= back
