"""EN 16931 rules that concern sums, tax and what must be there, and the Peppol line rule.

Sources: EN 16931-1:2017 clause 6.4 (BR, BR-CO and VAT category rules) and PEPPOL-EN16931-R120. Slacks are those of
the European Commission's validation artefacts: sums are exact at two decimals, tax may differ by less than 1.00.
"""

from collections import Counter, defaultdict
from collections.abc import Iterator
from decimal import ROUND_HALF_UP, Decimal

from orchestration.invoices.reading.document import Document, Line, Problem, number

CENT = Decimal("0.01")
LINE_SLACK = {"HUF": Decimal("0.5")}  # by currency; forints have no cents in use
DEFAULT_LINE_SLACK = Decimal("0.02")
TAX_SLACK = Decimal(1)
# The letters of VAT categories and the names their rules go by.
CATEGORY_RULES = {
    "S": "S", "Z": "Z", "E": "E", "AE": "AE", "K": "IC", "G": "G", "O": "O", "L": "AF", "M": "AG",
}  # fmt: skip
ZERO_RATED = ("Z", "E", "AE", "K", "G")
NEEDS_REASON = ("E", "AE", "K", "G", "O")
ONE_BREAKDOWN = (*ZERO_RATED, "O")  # categories that are broken down once, whatever the lines
WITHOUT_LINES = ("minimum", "basicwl")
CREDIT_NOTES = ("81", "83", "261", "262", "296", "308", "381", "396", "420", "458", "532")  # UNTDID 1001


def check_rules(document: Document) -> list[Problem]:
    """Every broken rule, with the figures."""
    return [
        *check_presence(document),
        *check_parties(document),
        *check_dates(document),
        *check_totals(document),
        *check_lines(document),
        *check_tax(document),
    ]


def round_cents(value: Decimal) -> Decimal:
    return value.quantize(CENT, ROUND_HALF_UP)


def _sum(values) -> Decimal:
    return sum((number(v) or Decimal(0) for v in values), Decimal(0))


def has_lines(document: Document) -> bool:
    """Whether the document's profile carries lines at all (MINIMUM and BASIC WL do not)."""
    specification = document.specification.lower().replace(" ", "")
    return bool(document.lines) or not specification.endswith(WITHOUT_LINES)


def check_presence(d: Document) -> Iterator[Problem]:
    """BR-01 to BR-16 and BR-21 to BR-26: what every invoice and every line must state."""
    full = has_lines(d)
    for code, value, words in (
        ("BR-01", d.specification, "a specification identifier (BT-24)"),
        ("BR-02", d.number, "an invoice number (BT-1)"),
        ("BR-03", d.issue_date, "an issue date (BT-2)"),
        ("BR-04", d.type_code, "a type code (BT-3)"),
        ("BR-05", d.currency, "a currency (BT-5)"),
        ("BR-06", d.seller.name, "the seller's name (BT-27)"),
        ("BR-07", d.buyer.name, "the buyer's name (BT-44)"),
        ("BR-12", d.line_total if full else "-", "the sum of line net amounts (BT-106)"),
        ("BR-13", d.tax_exclusive, "the total without VAT (BT-109)"),
        ("BR-14", d.tax_inclusive, "the total with VAT (BT-112)"),
        ("BR-15", d.payable, "the amount due (BT-115)"),
        ("BR-16", d.lines if full else "-", "at least one line (BG-25)"),
    ):
        if not value:
            yield Problem(code, f"An invoice must state {words}.")
    for index, line in enumerate(d.lines, start=1):
        for code, value, words in (
            ("BR-21", line.id, "an identifier (BT-126)"),
            ("BR-22", line.quantity or line.is_subtotal, "a quantity (BT-129)"),
            ("BR-23", line.unit or not line.quantity, "a unit of measure (BT-130)"),
            ("BR-24", line.net, "a net amount (BT-131)"),
            ("BR-25", line.name, "the item's name (BT-153)"),
            ("BR-26", line.price or line.is_subtotal, "the item's net price (BT-146)"),
            ("BR-CO-04", line.tax_category or line.is_subtotal, "a VAT category (BT-151)"),
        ):
            if not value:
                yield Problem(code, f"Line {line.id or index} must state {words}.")
        price = number(line.price)
        if price is not None and price < 0:
            yield Problem("BR-27", f"Line {line.id or index}: the net price {line.price} must not be negative.")
        gross = number(line.gross_price)
        if gross is not None and gross < 0:
            yield Problem("BR-28", f"Line {line.id or index}: the gross price {line.gross_price} must not be negative.")


def check_parties(d: Document) -> Iterator[Problem]:
    """BR-08 to BR-11 and BR-CO-26: where seller and buyer are, and how the seller can be identified."""
    if has_lines(d):  # MINIMUM and BASIC WL carry less
        for party, words, missing, incomplete in ((d.seller, "seller", "08", "09"), (d.buyer, "buyer", "10", "11")):
            if not party.has_address:
                yield Problem(f"BR-{missing}", f"An invoice must state the {words}'s postal address.")
            elif not party.country:
                yield Problem(f"BR-{incomplete}", f"The {words}'s postal address must state a country.")
    if not (d.seller.ids or d.seller.registration or d.seller.vat_id):
        yield Problem(
            "BR-CO-26", "The seller must have an identifier (BT-29), a registration (BT-30) or a VAT number (BT-31)."
        )


def check_dates(d: Document) -> Iterator[Problem]:
    """BR-29 and BR-30 (a period ends after it starts) and BR-CO-25 (when the amount is due)."""
    if d.period_start and d.period_end and d.period_end < d.period_start:
        yield Problem("BR-29", f"The invoicing period ends on {d.period_end}, before it starts on {d.period_start}.")
    for line in d.lines:
        if line.period_start and line.period_end and line.period_end < line.period_start:
            words = f"ends on {line.period_end}, before it starts on {line.period_start}"
            yield Problem("BR-30", f"Line {line.id}: the period {words}.")
    if d.type_code in CREDIT_NOTES or "pint" in d.specification or not has_lines(d):
        return
    if (number(d.payable) or 0) > 0 and not (d.due_date or d.terms):
        yield Problem(
            "BR-CO-25", f"{d.payable} is due, but neither a due date (BT-9) nor payment terms (BT-20) are stated."
        )


def check_totals(d: Document) -> Iterator[Problem]:
    """BR-CO-10 to BR-CO-16: the document's sums."""
    lines, allowances, charges = number(d.line_total), number(d.allowance_total), number(d.charge_total)
    exclusive, tax, inclusive = number(d.tax_exclusive), number(d.tax_total), number(d.tax_inclusive)
    if lines is not None and d.lines:
        yield from _compare(
            "BR-CO-10", "The sum of the lines", _sum(x.net for x in d.lines if not x.is_subtotal), lines, "BT-106"
        )
    stated = [a for a in d.allowances if not a.is_charge]
    if allowances is not None or stated:
        total = _sum(a.amount for a in stated)
        yield from _compare("BR-CO-11", "The sum of allowances", total, allowances or Decimal(0), "BT-107")
    added = [a for a in d.allowances if a.is_charge]
    if charges is not None or added:
        total = _sum(a.amount for a in added)
        yield from _compare("BR-CO-12", "The sum of charges", total, charges or Decimal(0), "BT-108")
    if lines is not None and exclusive is not None:
        total = lines - (allowances or 0) + (charges or 0)
        yield from _compare("BR-CO-13", "Lines less allowances plus charges", total, exclusive, "BT-109")
    if tax is not None and d.taxes:
        yield from _compare("BR-CO-14", "The sum of VAT amounts", _sum(t.amount for t in d.taxes), tax, "BT-110")
    stated_tax = [amount for amount, currency in d.tax_totals if currency == d.currency]
    if len(stated_tax) > 1:
        yield Problem(
            "BR-CO-15", f"VAT totals in {d.currency} must be one, not {len(stated_tax)} ({', '.join(stated_tax)})."
        )
    elif inclusive is not None and exclusive is not None:
        tax = number(stated_tax[0]) if stated_tax else None
        yield from _compare("BR-CO-15", "Total without VAT plus VAT", exclusive + (tax or 0), inclusive, "BT-112")
    if inclusive is not None and number(d.payable) is not None:
        total = inclusive - (number(d.prepaid) or 0) + (number(d.rounding) or 0)
        yield from _compare("BR-CO-16", "Total with VAT less prepaid plus rounding", total, number(d.payable), "BT-115")


def _compare(code: str, words: str, computed: Decimal, stated: Decimal, term: str) -> Iterator[Problem]:
    if round_cents(computed) != round_cents(stated):
        yield Problem(code, f"{words} is {round_cents(computed)}, but the invoice states {stated} ({term}).")


def expected_net(line: Line) -> Decimal | None:
    """Quantity x price / base quantity + charges - allowances, or None where the line does not state them."""
    quantity, price = number(line.quantity), number(line.price)
    if quantity is None or price is None:
        return None
    base = number(line.base_quantity) or Decimal(1)
    charges = _sum(a.amount for a in line.allowances if a.is_charge)
    allowances = _sum(a.amount for a in line.allowances if not a.is_charge)
    return quantity * price / base + charges - allowances


def check_lines(d: Document) -> Iterator[Problem]:
    """PEPPOL-EN16931-R120."""
    slack = LINE_SLACK.get(d.currency, DEFAULT_LINE_SLACK)
    for line in d.lines:
        expected, net = expected_net(line), number(line.net)
        if expected is not None and net is not None and abs(expected - net) > slack:
            yield Problem(
                "PEPPOL-EN16931-R120",
                f"Line {line.id}: {line.quantity} x {line.price} is {round_cents(expected)}, but the line states {net}.",
            )


def check_tax(d: Document) -> Iterator[Problem]:
    """BR-CO-17, BR-CO-18 and, by VAT category, the rules 01, 05 to 10."""
    if "pint" in d.specification:  # Peppol International: other taxes, other categories
        return
    if not d.taxes and has_lines(d):
        yield Problem("BR-CO-18", "An invoice must have at least one VAT breakdown (BG-23).")
    for tax in d.taxes:
        base, rate, amount = number(tax.base), number(tax.rate), number(tax.amount)
        rule = CATEGORY_RULES.get(tax.category)
        if base is not None and amount is not None:
            computed = round_cents(base * (rate or 0) / 100)
            if abs(abs(amount) - abs(computed)) >= TAX_SLACK or (not rate and amount):
                words = f"{base} at {rate or 0} % gives {computed}, but the breakdown states {amount}."
                yield Problem("BR-CO-17", f"VAT: {words}")
                if rule and tax.category not in ONE_BREAKDOWN:
                    yield Problem(f"BR-{rule}-09", f"VAT category {tax.category}: {words}")
        if tax.category in ONE_BREAKDOWN and amount:
            yield Problem(
                f"BR-{rule}-09", f"VAT category {tax.category}: its tax must be 0, but the breakdown states {amount}."
            )
        if rule and tax.category in NEEDS_REASON and not (tax.reason or tax.reason_code):
            yield Problem(f"BR-{rule}-10", f"VAT category {tax.category} must state why no VAT is due (BT-120 or 121).")
        if rule and tax.category in ("S", "Z", "L", "M") and (tax.reason or tax.reason_code):
            yield Problem(f"BR-{rule}-10", f"VAT category {tax.category} must not state an exemption reason.")
    yield from _check_rates(d)
    yield from _check_bases(d)


def _check_rates(d: Document) -> Iterator[Problem]:
    """Rules 05 (lines), 06 (allowances) and 07 (charges): a rate that contradicts its category."""
    places = [("05", f"Line {x.id}", x.tax_category, x.tax_rate) for x in d.lines if not x.is_subtotal]
    places += [
        ("07" if a.is_charge else "06", "A charge" if a.is_charge else "An allowance", a.tax_category, a.tax_rate)
        for a in d.allowances
    ]
    for rule, words, category, written in places:
        rate = number(written)
        name = CATEGORY_RULES.get(category)
        if category == "S" and (rate is None or rate <= 0):
            yield Problem(
                f"BR-S-{rule}", f"{words}: category S (standard rate) needs a rate above 0, not {written or 'none'}."
            )
        elif category in ZERO_RATED and rate != 0:
            yield Problem(
                f"BR-{name}-{rule}", f"{words}: category {category} needs the rate 0, not {written or 'none'}."
            )
        elif category == "O" and rate is not None and written:
            yield Problem(f"BR-O-{rule}", f"{words}: category O (outside VAT) must not state a rate, here {written}.")
        elif category in ("L", "M") and (rate is None or rate < 0):
            yield Problem(f"BR-{name}-{rule}", f"{words}: category {category} needs a rate of 0 or more.")


def _check_bases(d: Document) -> Iterator[Problem]:
    """Rules 01 (each category used is broken down) and 08 (its base is the sum of what uses it)."""
    used: dict[tuple[str, Decimal | None], Decimal] = defaultdict(Decimal)
    for line in (x for x in d.lines if not x.is_subtotal):
        used[_group(line.tax_category, line.tax_rate)] += number(line.net) or 0
    for a in d.allowances:
        amount = number(a.amount) or Decimal(0)
        used[_group(a.tax_category, a.tax_rate)] += amount if a.is_charge else -amount
    broken_down = Counter(t.category for t in d.taxes)
    for category in sorted({category for category, _ in used} | set(broken_down)):
        rule = CATEGORY_RULES.get(category)
        if rule and not broken_down[category]:
            yield Problem(f"BR-{rule}-01", f"VAT category {category} is used, but the VAT breakdown does not have it.")
        elif category in ONE_BREAKDOWN and broken_down[category] > 1:
            words = f"VAT category {category} must stand once in the VAT breakdown, not {broken_down[category]} times."
            yield Problem(f"BR-{rule}-01", words)
    if not d.lines:
        return
    for tax in d.taxes:
        group, base = _group(tax.category, tax.rate), number(tax.base)
        if tax.category not in CATEGORY_RULES or base is None:
            continue
        computed = used.get(group, Decimal(0))
        slack = TAX_SLACK if tax.category in ("S", "L", "M") else CENT
        if abs(computed - base) >= slack and round_cents(computed) != round_cents(base):
            yield Problem(
                f"BR-{CATEGORY_RULES[tax.category]}-08",
                f"VAT category {tax.category}: lines, charges and allowances come to {round_cents(computed)}, but the "
                f"breakdown states {base} (BT-116).",
            )


def _group(category: str, rate: str) -> tuple[str, Decimal | None]:
    """Standard and island rates are broken down by rate, the others by category alone."""
    return category, number(rate) if category in ("S", "L", "M") else None
