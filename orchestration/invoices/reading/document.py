"""An e-invoice as read. Names follow EN 16931; amounts are the decimal strings written in the file."""

from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation


@dataclass(frozen=True)
class Problem:
    """A refusal or a broken rule; `blocks` when the file could not be read as an invoice."""

    code: str
    message: str
    blocks: bool = False


@dataclass
class AllowanceCharge:
    """BG-20/21 (document) or BG-27/28 (line)."""

    is_charge: bool
    amount: str = ""
    base: str = ""
    percent: str = ""
    tax_category: str = ""
    tax_rate: str = ""
    reason: str = ""
    reason_code: str = ""


@dataclass
class Tax:
    """BG-23: one VAT breakdown."""

    base: str = ""  # BT-116
    amount: str = ""  # BT-117
    category: str = ""  # BT-118
    rate: str = ""  # BT-119
    reason: str = ""  # BT-120
    reason_code: str = ""  # BT-121


@dataclass
class Party:
    name: str = ""
    trading_name: str = ""
    ids: list[str] = field(default_factory=list)
    registration: str = ""
    vat_id: str = ""
    tax_registration: str = ""
    endpoint: str = ""
    country: str = ""
    has_address: bool = False


@dataclass
class Line:
    """BG-25."""

    id: str = ""  # BT-126
    note: str = ""  # BT-127
    object_id: str = ""  # BT-128
    quantity: str = ""  # BT-129
    unit: str = ""  # BT-130
    net: str = ""  # BT-131
    order_line: str = ""  # BT-132
    accounting_cost: str = ""  # BT-133
    period_start: str = ""  # BT-134
    period_end: str = ""  # BT-135
    price: str = ""  # BT-146
    gross_price: str = ""  # BT-148
    base_quantity: str = ""  # BT-149
    base_unit: str = ""  # BT-150
    tax_category: str = ""  # BT-151
    tax_rate: str = ""  # BT-152
    name: str = ""  # BT-153
    description: str = ""  # BT-154
    seller_item_id: str = ""  # BT-155
    buyer_item_id: str = ""  # BT-156
    attributes: dict[str, str] = field(default_factory=dict)  # BT-160: BT-161
    allowances: list[AllowanceCharge] = field(default_factory=list)
    is_subtotal: bool = False  # EXTENDED profile: groups other lines or informs; no part of the sums


@dataclass
class Document:
    """One e-invoice. `ok` says that the file was read as an invoice; `problems` what breaks a rule."""

    ok: bool = True
    syntax: str = ""  # ubl, cii, facturx
    specification: str = ""  # BT-24
    number: str = ""  # BT-1
    issue_date: str = ""  # BT-2, ISO
    type_code: str = ""  # BT-3
    currency: str = ""  # BT-5
    tax_currency: str = ""  # BT-6
    due_date: str = ""  # BT-9
    buyer_reference: str = ""  # BT-10
    project: str = ""  # BT-11
    contract: str = ""  # BT-12
    order: str = ""  # BT-13
    sales_order: str = ""  # BT-14
    receipt: str = ""  # BT-15
    terms: str = ""  # BT-20
    notes: list[str] = field(default_factory=list)  # BT-22
    preceding: list[str] = field(default_factory=list)  # BT-25
    period_start: str = ""  # BT-73
    period_end: str = ""  # BT-74
    seller: Party = field(default_factory=Party)
    buyer: Party = field(default_factory=Party)
    payee: str = ""  # BT-59
    accounts: list[str] = field(default_factory=list)  # BT-84
    line_total: str = ""  # BT-106
    allowance_total: str = ""  # BT-107
    charge_total: str = ""  # BT-108
    tax_exclusive: str = ""  # BT-109
    tax_total: str = ""  # BT-110
    tax_totals: list[tuple[str, str]] = field(default_factory=list)  # BT-110 and 111: amount, currency
    tax_inclusive: str = ""  # BT-112
    prepaid: str = ""  # BT-113
    rounding: str = ""  # BT-114
    payable: str = ""  # BT-115
    allowances: list[AllowanceCharge] = field(default_factory=list)
    taxes: list[Tax] = field(default_factory=list)
    lines: list[Line] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)


def refuse(code: str, message: str) -> Document:
    """A document that could not be read, and why."""
    return Document(ok=False, problems=[Problem(code, message, blocks=True)])


def one_line(text: str) -> str:
    """A name as people write it, line breaks and indentation of the file removed."""
    return " ".join(text.split())


def number(text: str) -> Decimal | None:
    """The amount written, or None when nothing usable stands there."""
    try:
        value = Decimal(text.strip()) if text else None
    except InvalidOperation:
        return None
    return value if value is not None and value.is_finite() and abs(value) < Decimal(10) ** 15 else None
