"""Invoices enter the books, whatever they came by: stored in sets, with one Event each."""

from orchestration.invoices.models import Invoice, InvoiceLine
from workforce.ledger.actions import Action
from workforce.ledger.models import Event
from workforce.ledger.record import build_event

BATCH = 2_000


def receive_invoices(invoices: list[Invoice], lines: list[InvoiceLine], *, by=None) -> None:
    """Writes unsaved invoices and their lines; call it inside a transaction."""
    Invoice.objects.bulk_create(invoices, batch_size=BATCH)
    InvoiceLine.objects.bulk_create(lines, batch_size=BATCH)
    Event.objects.bulk_create(
        [build_event(action=Action.INVOICE_RECEIVED, subject=i, by=by, after=_summary(i)) for i in invoices],
        batch_size=BATCH,
    )


def _summary(invoice: Invoice) -> dict:
    return {
        "number": invoice.number,
        "supplier": invoice.supplier_text,
        "issue_date": invoice.issue_date.isoformat(),
        "net": str(invoice.tax_exclusive),
        "currency": invoice.currency,
    }
