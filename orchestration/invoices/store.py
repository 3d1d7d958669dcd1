"""E-invoice files become Documents, Invoices and their lines. The same file twice is one document."""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from pathlib import Path

from django.db import transaction
from django.utils import timezone

from orchestration.invoices.differences import measure_sums, measure_tax
from orchestration.invoices.models import Document, Invoice, InvoiceLine
from orchestration.invoices.numbers import normalise_number, order_lines
from orchestration.invoices.reading.document import Document as Read
from orchestration.invoices.reading.document import Line, number
from orchestration.invoices.reading.read import read_document
from orchestration.invoices.reading.rules import CREDIT_NOTES
from orchestration.invoices.receive import receive_invoices
from workforce.contributors.confidential import key_hash

BATCH = 500  # files held in memory at once
LARGEST_FILE = 50 * 1024 * 1024  # bytes
UNITS = {"HUR": "hour", "DAY": "day", "MON": "month", "ANN": "year", "MIN": "minute", "WEE": "week"}
PIECES = ("C62", "EA", "XPP", "LS", "H87", "NAR", "E48", "ZZ")  # UN/ECE Rec. 20: one, each, piece, lump sum, ...
CATEGORIES = ("standard", "overtime", "double_time", "travel")
CENT = Decimal("0.01")


@dataclass
class Report:
    files: int = 0
    invoices: int = 0
    lines: int = 0
    duplicates: int = 0
    rejected: int = 0
    rejections: list[dict] = field(default_factory=list)


class NotUsable(ValueError):
    """What an invoice lacks to be stored: `code` and a sentence."""

    def __init__(self, code: str, message: str):
        super().__init__(message)
        self.code = code


def import_invoices(*, paths: Iterable[Path], by=None, progress=None) -> Report:
    """Reads and stores each file; one that cannot be taken is named in the report and stored nowhere."""
    report, batch = Report(), []
    for path in paths:
        batch.append(path)
        if len(batch) == BATCH:
            _store_batch(batch, report, by, progress)
            batch = []
    _store_batch(batch, report, by, progress)
    return report


def _store_batch(paths: list[Path], report: Report, by, progress) -> None:
    contents = {}
    for path in paths:
        report.files += 1
        if progress:
            progress(1)
        try:
            if path.stat().st_size > LARGEST_FILE:
                _reject(report, path, "too_large", "The file is larger than 50 MB. Send one invoice in a file.")
                continue
            data = path.read_bytes()
        except OSError as error:
            _reject(report, path, "unreadable", f"The file cannot be opened: {error.strerror}.")
            continue
        sha = hashlib.sha256(data).hexdigest()
        if sha in contents:
            report.duplicates += 1
        else:
            contents[sha] = (path, data)
    with transaction.atomic():
        known = set(Document.objects.filter(sha256__in=list(contents)).values_list("sha256", flat=True))
        report.duplicates += len(known)
        _store_new({sha: file for sha, file in contents.items() if sha not in known}, report, by)


def _store_new(contents: dict, report: Report, by) -> None:
    now = timezone.now()
    documents, invoices, lines = [], [], []
    for sha, (path, data) in contents.items():
        read = read_document(data, path.name)
        if not read.ok:
            _reject(report, path, read.problems[0].code, read.problems[0].message)
            continue
        try:
            invoice, its_lines = build_invoice(read, received_at=now)
        except NotUsable as error:
            _reject(report, path, error.code, str(error))
            continue
        document = Document(sha256=sha, name=path.name[:300], content=data, received_at=now)
        invoice.document = document
        documents.append(document)
        invoices.append(invoice)
        lines += its_lines
    Document.objects.bulk_create(documents)
    receive_invoices(invoices, lines, by=by)
    report.invoices += len(invoices)
    report.lines += len(lines)


def _reject(report: Report, path: Path, code: str, message: str) -> None:
    report.rejected += 1
    report.rejections.append({"path": str(path), "code": code, "message": message})


def build_invoice(read: Read, *, received_at) -> tuple[Invoice, list[InvoiceLine]]:
    """The unsaved Invoice and lines of a document; raises NotUsable when it lacks what every invoice has."""
    supplier = read.seller.name or read.seller.trading_name
    tax_number = read.seller.vat_id or read.seller.tax_registration
    currency = read.currency.strip().upper()
    for value, code, words in (
        (read.number, "BR-02", "an invoice number (BT-1)"),
        (supplier, "BR-06", "the seller's name (BT-27)"),
        (read.lines, "BR-16", "at least one line (BG-25)"),
    ):
        if not value:
            raise NotUsable(code, f"The invoice does not state {words}. Ask the supplier to correct it.")
    if len(currency) != 3 or not currency.isalpha():
        raise NotUsable("BR-05", f"The currency {read.currency!r} is not an ISO 4217 code (BT-5).")
    sign = -1 if read.type_code in CREDIT_NOTES else 1
    account = read.accounts[0] if read.accounts else ""
    invoice = Invoice(
        supplier_text=supplier[:300],
        supplier_tax_hash=key_hash(tax_number),
        number=_fitting(read.number, 200, "The invoice number (BT-1)"),
        normalised_number=normalise_number(read.number),
        type_code="381" if sign < 0 else (read.type_code or "380")[:4],
        issue_date=_day(read.issue_date, "The issue date (BT-2)", is_required=True),
        due_date=_day(read.due_date, "The due date (BT-9)"),
        currency=currency,
        payee_account=account,
        payee_account_hash=key_hash(account),
        tax_exclusive=_money(read.tax_exclusive, sign),
        tax_total=_money(read.tax_total, sign),
        payable=_money(read.payable, sign),
        sums_difference=measure_sums(read),
        tax_difference=measure_tax(read),
        syntax=read.syntax,
        problems=[{"code": p.code, "message": p.message} for p in read.problems],
        received_at=received_at,
    )
    billed = [line for line in read.lines if not line.is_subtotal]
    positions = order_lines([line.id for line in billed])
    return invoice, [_build_line(invoice, read, x, p, sign) for x, p in zip(billed, positions, strict=True)]


def _build_line(invoice: Invoice, read: Read, line: Line, position: int, sign: int) -> InvoiceLine:
    start, end = (line.period_start, line.period_end) if line.period_start or line.period_end else (
        read.period_start, read.period_end,
    )  # fmt: skip
    attributes = {name.strip().lower(): value.strip() for name, value in line.attributes.items()}
    category = attributes.get("category", "").lower().replace(" ", "_")
    net = number(line.net)
    quantity = number(line.quantity)
    price = number(line.price)
    if net is None or quantity is None or price is None:
        raise NotUsable("BR-24", f"Line {line.id or position} lacks a readable quantity, price or net amount.")
    price, base = _scale(price, number(line.base_quantity) or Decimal(1))
    added = sum(((number(a.amount) or 0) * (1 if a.is_charge else -1) for a in line.allowances), Decimal(0))
    return InvoiceLine(
        invoice=invoice,
        line=(line.id or str(position))[:60],
        position=position,
        engagement_text=(line.order_line or line.object_id).strip()[:200],
        contributor_text=(attributes.get("contributor") or attributes.get("worker") or "")[:200],
        order_text=read.order.strip()[:200],
        period_start=_day(start, f"The period of line {line.id} (BT-134)"),
        period_end=_day(end, f"The period of line {line.id} (BT-135)"),
        category=category if category in CATEGORIES else "standard",
        quantity=_within((quantity * sign).quantize(Decimal("0.0001")), 12, line),
        per=UNITS.get(line.unit, "each" if line.unit in PIECES else line.unit[:10] or "each"),
        unit_price=_within(price, 10, line),
        base_quantity=_within(base, 8, line),
        allowances=_within(added * sign, 14, line),
        net_amount=_within(net * sign, 14, line),
        tax_rate=number(line.tax_rate) and _within(number(line.tax_rate), 4, line),
        tax_category=line.tax_category[:4],
        description=" ".join(filter(None, (line.name, line.description))),
    )


def _scale(price: Decimal, base: Decimal) -> tuple[Decimal, Decimal]:
    """A price of a fraction of a cent as the price of thousands, so that six decimals hold it: 0.0612323 is 61.2323 per 1000."""
    while abs(base) < 1000 and (price != round(price, 6) or base != round(base, 4)):
        price, base = price * 10, base * 10
    return round(price, 6), round(base, 4) or Decimal(1)


def _day(text: str, what: str, *, is_required: bool = False) -> date | None:
    if not text and not is_required:
        return None
    try:
        return date.fromisoformat(text[:10])
    except ValueError:
        raise NotUsable(
            "bad_date", f"{what} is {text!r}, which is not a day. Ask the supplier to correct it."
        ) from None


def _fitting(text: str, length: int, what: str) -> str:
    if len(text) > length:
        raise NotUsable("too_long", f"{what} has {len(text)} characters; {length} are the most.")
    return text


def _within(value: Decimal, digits: int, line: Line) -> Decimal:
    """Refuses amounts beyond what any invoice states, which no column could hold."""
    if abs(value) >= Decimal(10) ** digits:
        raise NotUsable("too_large", f"Line {line.id}: {value} is beyond any amount that can be stored.")
    return value


def _money(text: str, sign: int) -> Decimal | None:
    amount = number(text)
    if amount is not None and abs(amount) >= Decimal(10) ** 14:
        raise NotUsable("too_large", f"The total {text} is beyond any amount that can be stored.")
    return None if amount is None else (amount * sign).quantize(CENT)
