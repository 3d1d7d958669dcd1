"""Suppliers, engagements and invoices for the tests of reconciliation, as short calls."""

from datetime import UTC, date, datetime
from decimal import Decimal

from orchestration.invoices.models import Discrepancy, Invoice, InvoiceLine
from orchestration.invoices.numbers import normalise_number
from orchestration.sources.models import Source, SourceRecord, SyncRun
from tests.cast import make_contributor, make_engagement, make_rate, make_time
from workforce.contributors.models import Kind
from workforce.engagements.models import PurchaseOrder
from workforce.organisation.models import Unit

NOW = datetime(2026, 10, 5, 9, 0, tzinfo=UTC)


class Books:
    """One supplier S1 with contractor C1 on engagement E1 from source `vms`: 80.00 EUR an hour, 40 hours a week."""

    def __init__(self):
        self.source = Source.objects.create(name="vms")
        self.run = SyncRun.objects.create(source=self.source, kind="x", path="x", started_at=NOW)
        self.unit = Unit.objects.create(name="Quay", country="DE", currency="EUR")
        self.supplier = make_contributor(Kind.VENDOR, "Tide", bank_account="DE02120300000000202051", tax_id="DE111")
        self.contractor = make_contributor(Kind.CONTRACTOR, "Cyd Moor", supplier=self.supplier)
        self.engagement = make_engagement(
            self.contractor, self.unit, supplier=self.supplier, purchase_order="PO-1", end_date=date(2026, 9, 30)
        )
        self.rate = make_rate(self.engagement, "80.00")
        self.order = PurchaseOrder.objects.create(
            number="PO-1", supplier=self.supplier, currency="EUR", amount=Decimal("10000"),
            valid_from=date(2026, 1, 1), valid_to=date(2026, 12, 31),
        )  # fmt: skip
        self.name("contributors", "S1", self.supplier)
        self.name("contributors", "C1", self.contractor)
        self.name("engagements", "E1", self.engagement)

    def name(self, kind: str, key: str, subject) -> None:
        SourceRecord.objects.create(
            source=self.source, kind=kind, key=key, raw={}, raw_hash="", first_seen_at=NOW, last_seen_at=NOW,
            run=self.run, row=2, object_id=subject.pk,
        )  # fmt: skip

    def time(self, day: int, hours: str = "8", status: str = "approved", **values) -> None:
        make_time(values.get("engagement", self.engagement), date(2026, 9, day), hours, status)

    def invoice(self, number: str, *lines: dict, **values) -> Invoice:
        """Lines default to 8 hours at 80.00 on 1 September under E1."""
        values = {
            "supplier_text": "S1", "source": self.source, "currency": "EUR", "issue_date": date(2026, 9, 30),
            "received_at": NOW, **values,
        }  # fmt: skip
        built = [self._line(position, **line) for position, line in enumerate(lines or ({},), start=1)]
        invoice = Invoice.objects.create(
            number=number, normalised_number=normalise_number(number),
            tax_exclusive=sum(x.net_amount for x in built), **values,
        )  # fmt: skip
        for line in built:
            line.invoice = invoice
            line.save()
        return invoice

    def _line(self, position: int, *, days=(1, 1), quantity="8", price="80.00", net=None, **values) -> InvoiceLine:
        start, end = (date(2026, 9, d) if d else None for d in days)
        return InvoiceLine(**{
            "line": str(position), "position": position, "engagement_text": "E1", "period_start": start, "period_end": end,
            "quantity": Decimal(quantity), "per": "hour", "unit_price": Decimal(price),
            "net_amount": Decimal(net) if net else (Decimal(quantity) * Decimal(price)).quantize(Decimal("0.01")),
            **values,
        })  # fmt: skip


def found() -> set[tuple[str, str, str]]:
    """(invoice number, line, code) of every discrepancy."""
    return set(Discrepancy.objects.values_list("line__invoice__number", "line__line", "code"))
