"""The canonical `invoices` table, a row a line, becomes Invoices and their lines. A stored invoice is never rewritten."""

from collections import defaultdict
from decimal import ROUND_HALF_UP, Decimal

from django.utils import timezone

from orchestration.invoices.models import Invoice, InvoiceLine
from orchestration.invoices.numbers import normalise_number, order_lines
from orchestration.invoices.receive import BATCH, receive_invoices
from workforce.contributors.confidential import key_hash

CENT = Decimal("0.01")
HEAD = ("issue_date", "currency", "payee_account")


def write_lines(arrivals: list, applied, *, source, by=None) -> None:
    """Stores the lines of invoices that are new; a changed row of a known invoice is refused with advice."""
    groups = defaultdict(list)
    stored = _stored_lines(arrivals)
    for a in arrivals:
        if a.object_id in stored:
            if not _says_the_same(a.values, stored[a.object_id]):
                _refuse(a, applied, "line", "invoice_changed", "This line is stored already and is never rewritten. "
                    "Ask the supplier for a credit note or a corrected invoice.")  # fmt: skip
        else:
            groups[source.pk, a.values["supplier"], a.values["invoice_number"]].append(a)
    known = _known_invoices(groups)
    invoices, lines = [], []
    for identity, rows in groups.items():
        if identity in known:
            for a in rows:
                _refuse(a, applied, "invoice_number", "invoice_changed",
                        "This invoice is stored already; a line cannot be added to it. Send it under a new number.")  # fmt: skip
            continue
        rows = _agreeing(rows, applied)
        invoices.append(_build_invoice(rows, identity[0]))
        lines += _build_lines(invoices[-1], rows)
    receive_invoices(invoices, [line for line, _ in lines], by=by)
    for line, a in lines:
        a.object_id = line.pk
    applied.created += len(lines)


def _stored_lines(arrivals: list) -> dict[int, InvoiceLine]:
    ids = [a.object_id for a in arrivals if a.object_id]
    lines = {}
    for start in range(0, len(ids), BATCH):
        lines |= {
            line.pk: line
            for line in InvoiceLine.objects.select_related("invoice").filter(pk__in=ids[start : start + BATCH])
        }
    return lines


def _says_the_same(values: dict, line: InvoiceLine) -> bool:
    """Whether the row, as far as its cells are filled, says what is stored."""
    invoice = line.invoice
    heads = {"supplier": invoice.supplier_text, "invoice_number": invoice.number} | {
        n: getattr(invoice, n) for n in HEAD
    }
    texts = {"engagement": "engagement_text", "contributor": "contributor_text", "purchase_order": "order_text"}
    for name, value in values.items():
        known = heads[name] if name in heads else getattr(line, texts.get(name, name))
        if value is None:
            value = "standard" if name == "category" else "" if isinstance(known, str) else None
        if value != known:
            return False
    return True


def _refuse(a, applied, column: str, code: str, message: str) -> None:
    a.is_refused = True
    applied.refused.append((a, column, str(a.values.get(column, "")), code, message))


def _known_invoices(groups: dict) -> set:
    numbers = sorted({number for _, _, number in groups})
    known = set()
    for start in range(0, len(numbers), BATCH):
        known |= set(
            Invoice.objects.filter(number__in=numbers[start : start + BATCH]).values_list(
                "source_id", "supplier_text", "number"
            )
        )
    return known & set(groups)


def _agreeing(rows: list, applied) -> list:
    """Rows of one invoice share its head; those that contradict the first are refused."""
    head = [rows[0].values.get(name) for name in HEAD]
    good = []
    for a in rows:
        differs = [name for name, value in zip(HEAD, head, strict=True) if a.values.get(name) != value]
        if differs:
            _refuse(a, applied, differs[0], "contradicts_invoice",
                    f"{differs[0]} differs from the first row of this invoice. One invoice has one.")  # fmt: skip
        else:
            good.append(a)
    return good


def _build_invoice(rows: list, source_id: int) -> Invoice:
    first = rows[0].values
    net = sum((a.values["net_amount"] for a in rows), Decimal(0))
    taxes = [
        (a.values["net_amount"] * a.values["tax_rate"] / 100).quantize(CENT, ROUND_HALF_UP)
        for a in rows
        if a.values.get("tax_rate") is not None
    ]
    account = first.get("payee_account") or ""
    return Invoice(
        supplier_text=first["supplier"],
        number=first["invoice_number"],
        normalised_number=normalise_number(first["invoice_number"]),
        type_code="381" if net < 0 else "380",
        issue_date=first["issue_date"],
        currency=first["currency"],
        payee_account=account,
        payee_account_hash=key_hash(account),
        tax_exclusive=net,
        tax_total=sum(taxes, Decimal(0)),
        payable=net + sum(taxes, Decimal(0)),
        source_id=source_id,
        received_at=timezone.now(),
    )


def _build_lines(invoice: Invoice, rows: list) -> list[tuple]:
    positions = order_lines([a.values["line"] for a in rows])
    return [(_build_line(invoice, a.values, position), a) for a, position in zip(rows, positions, strict=True)]


def _build_line(invoice: Invoice, values: dict, position: int) -> InvoiceLine:
    return InvoiceLine(
        invoice=invoice,
        line=values["line"],
        position=position,
        engagement_text=values.get("engagement") or "",
        contributor_text=values.get("contributor") or "",
        order_text=values.get("purchase_order") or "",
        period_start=values.get("period_start"),
        period_end=values.get("period_end"),
        category=values.get("category") or "standard",
        quantity=values["quantity"],
        per=values["per"],
        unit_price=values["unit_price"],
        net_amount=values["net_amount"],
        tax_rate=values.get("tax_rate"),
        description=values.get("description") or "",
    )
