"""By how much an e-invoice misses EN 16931's sums: the reader says which rules break, reconciliation needs the money."""

from collections import defaultdict
from decimal import ROUND_HALF_UP, Decimal

from orchestration.invoices.reading.document import Document, number

CENT = Decimal("0.01")
ZERO = Decimal(0)
WITHOUT_TAX = ("Z", "E", "AE", "K", "G", "O")


def measure_sums(d: Document) -> Decimal:
    """The largest difference in BR-CO-10 to BR-CO-16; 0 where both sides are not stated."""
    allowances = sum((number(a.amount) or ZERO for a in d.allowances if not a.is_charge), ZERO)
    charges = sum((number(a.amount) or ZERO for a in d.allowances if a.is_charge), ZERO)
    lines = sum((number(x.net) or ZERO for x in d.lines if not x.is_subtotal), ZERO)
    taxes = sum((number(t.amount) or ZERO for t in d.taxes), ZERO)
    exclusive, inclusive, tax = number(d.tax_exclusive), number(d.tax_inclusive), number(d.tax_total)
    stated = number(d.line_total)
    sums = [
        (lines if d.lines else None, stated),
        (allowances, number(d.allowance_total)),
        (charges, number(d.charge_total)),
        (
            None if stated is None else stated - (number(d.allowance_total) or 0) + (number(d.charge_total) or 0),
            exclusive,
        ),
        (taxes if d.taxes else None, tax),
        (None if exclusive is None else exclusive + (tax or 0), inclusive),
        (
            None if inclusive is None else inclusive - (number(d.prepaid) or 0) + (number(d.rounding) or 0),
            number(d.payable),
        ),
    ]
    return _largest(abs(a - b) for a, b in sums if a is not None and b is not None)


def measure_tax(d: Document) -> Decimal:
    """The largest of: a breakdown's tax against base x rate, its base against what it sums, an allowance's wrong rate."""
    used: dict[tuple, Decimal] = defaultdict(Decimal)
    for line in (x for x in d.lines if not x.is_subtotal):
        used[_group(line.tax_category, line.tax_rate)] += number(line.net) or ZERO
    for a in d.allowances:
        used[_group(a.tax_category, a.tax_rate)] += (number(a.amount) or ZERO) * (1 if a.is_charge else -1)
    differences = [
        abs(number(a.amount) or ZERO) for a in d.allowances if contradicts(a.tax_category, number(a.tax_rate))
    ]
    for tax in d.taxes:
        base, amount = number(tax.base), number(tax.amount)
        if base is None or amount is None:
            continue
        rate = ZERO if tax.category in WITHOUT_TAX else number(tax.rate) or ZERO
        due = (base * rate / 100).quantize(CENT, ROUND_HALF_UP)
        differences.append(abs(abs(due) - abs(amount)))
        if d.lines:
            differences.append(abs(abs(used[_group(tax.category, tax.rate)]) - abs(base)))
    return _largest(differences)


def contradicts(category: str, rate: Decimal | None) -> bool:
    """Whether a rate cannot stand with its category: none where tax is due, some where none is."""
    if category == "S":
        return rate is None or rate <= 0
    return category in WITHOUT_TAX and bool(rate)


def _group(category: str, rate: str) -> tuple:
    return category, None if category in WITHOUT_TAX else number(rate)


def _largest(differences) -> Decimal:
    return min(max(differences, default=ZERO), Decimal(10) ** 13).quantize(CENT, ROUND_HALF_UP)
