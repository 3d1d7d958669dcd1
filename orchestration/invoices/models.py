"""Invoices as they came, what each line was matched with, and what is wrong."""

from django.conf import settings
from django.db import models

from orchestration.sources.models import Source
from workforce.contributors.confidential import EncryptedTextField
from workforce.contributors.models import Contributor
from workforce.engagements.models import Category, Engagement


class Document(models.Model):
    """A received file, byte for byte; the same file twice is one document."""

    sha256 = models.CharField(max_length=64, unique=True)
    name = models.CharField(max_length=300)
    content = models.BinaryField()
    received_at = models.DateTimeField()

    def __str__(self):
        return self.name


class InvoiceQuerySet(models.QuerySet):
    def visible_to(self, user):
        if not user.may("invoice.view"):
            return self.none()
        scope = user.unit_scope()
        return self if scope is None else self.filter(lines__engagement__unit__in=scope).distinct()


class Invoice(models.Model):
    """An invoice or credit note (BT-3 `type_code`: 380, 381, ...), never rewritten.

    `supplier_text` and the references on lines are what the invoice says; `supplier` is who that is.
    Amounts are in `currency`; those of a credit note (381) are stored negative. `payee_account_hash`
    is the keyed hash of the account to be paid, empty when none is given; `supplier_tax_hash` that of the
    seller's VAT or tax number. The differences are the largest by which the document's sums, and its tax,
    miss what EN 16931 computes.
    """

    supplier = models.ForeignKey(Contributor, models.PROTECT, null=True, blank=True, related_name="invoices")
    supplier_text = models.CharField(max_length=300)
    supplier_tax_hash = models.CharField(max_length=64, blank=True, editable=False)
    number = models.CharField(max_length=200)
    normalised_number = models.CharField(max_length=200)
    type_code = models.CharField(max_length=4, default="380")
    issue_date = models.DateField()
    due_date = models.DateField(null=True, blank=True)
    currency = models.CharField(max_length=3)
    payee_account = EncryptedTextField(blank=True)
    payee_account_hash = models.CharField(max_length=64, blank=True, editable=False)
    tax_exclusive = models.DecimalField(max_digits=16, decimal_places=2, null=True)
    tax_total = models.DecimalField(max_digits=16, decimal_places=2, null=True)
    payable = models.DecimalField(max_digits=16, decimal_places=2, null=True)
    sums_difference = models.DecimalField(max_digits=16, decimal_places=2, default=0)
    tax_difference = models.DecimalField(max_digits=16, decimal_places=2, default=0)
    syntax = models.CharField(max_length=10, default="table")
    source = models.ForeignKey(Source, models.PROTECT, null=True, blank=True, related_name="invoices")
    document = models.ForeignKey(Document, models.PROTECT, null=True, blank=True, related_name="invoices")
    problems = models.JSONField(default=list)  # rule breaks of the document: [{"code", "message"}]
    received_at = models.DateTimeField()

    objects = InvoiceQuerySet.as_manager()

    class Meta:
        ordering = ["-issue_date", "number", "id"]
        indexes = [models.Index(fields=["supplier", "normalised_number"], name="invoice_number_of_supplier")]

    def __str__(self):
        return self.number


class InvoiceLine(models.Model):
    """One line; quantities and amounts of a credit note are negative. `per` is hour, day, month, year or each."""

    invoice = models.ForeignKey(Invoice, models.CASCADE, related_name="lines")
    line = models.CharField(max_length=60)
    position = models.PositiveIntegerField()  # orders lines within the invoice: numbers by value, then text
    engagement_text = models.CharField(max_length=200, blank=True)
    contributor_text = models.CharField(max_length=200, blank=True)
    order_text = models.CharField(max_length=200, blank=True)
    engagement = models.ForeignKey(Engagement, models.SET_NULL, null=True, blank=True, related_name="invoice_lines")
    contributor = models.ForeignKey(Contributor, models.SET_NULL, null=True, blank=True, related_name="invoice_lines")
    period_start = models.DateField(null=True, blank=True)
    period_end = models.DateField(null=True, blank=True)
    category = models.CharField(max_length=12, choices=Category.choices, default=Category.STANDARD)
    quantity = models.DecimalField(max_digits=16, decimal_places=4)
    per = models.CharField(max_length=10)
    unit_price = models.DecimalField(max_digits=16, decimal_places=6)
    base_quantity = models.DecimalField(max_digits=12, decimal_places=4, default=1)
    allowances = models.DecimalField(max_digits=16, decimal_places=2, default=0)  # charges minus allowances
    net_amount = models.DecimalField(max_digits=16, decimal_places=2)
    tax_rate = models.DecimalField(max_digits=6, decimal_places=2, null=True, blank=True)
    tax_category = models.CharField(max_length=4, blank=True)
    description = models.TextField(blank=True)

    class Meta:
        ordering = ["invoice", "position"]
        constraints = [models.UniqueConstraint(fields=["invoice", "position"], name="invoice_line_position_once")]
        indexes = [models.Index(fields=["engagement", "period_start"], name="invoice_line_engagement")]

    def __str__(self):
        return f"{self.invoice} line {self.line}"


class LineMatch(models.Model):
    """How a line was judged at the last reconciliation: matched with no discrepancy, discrepant with some."""

    line = models.OneToOneField(InvoiceLine, models.CASCADE, primary_key=True, related_name="match")
    status = models.CharField(max_length=12)  # matched | discrepant
    evidence = models.JSONField(default=dict)  # approved and submitted hours, rate, order, tolerances used
    reconciled_at = models.DateTimeField()


class Code(models.TextChoices):
    """The discrepancy codes; names are promises."""

    DUPLICATE_INVOICE = "duplicate_invoice", "Same invoice again"
    POSSIBLE_DUPLICATE = "possible_duplicate", "Perhaps the same invoice again"
    NO_ENGAGEMENT = "no_engagement", "No engagement"
    OUTSIDE_ENGAGEMENT = "outside_engagement", "Outside the engagement"
    NO_RATE = "no_rate", "No rate agreed"
    RATE_ABOVE_CONTRACT = "rate_above_contract", "Rate above contract"
    TIME_MISSING = "time_missing", "No time recorded"
    TIME_NOT_APPROVED = "time_not_approved", "Time not approved yet"
    HOURS_ABOVE_APPROVED = "hours_above_approved", "More hours than recorded"
    DOUBLE_BILLED_TIME = "double_billed_time", "Hours billed twice"
    CURRENCY_MISMATCH = "currency_mismatch", "Currencies differ"
    ORDER_MISSING = "order_missing", "Order not known"
    ORDER_EXPIRED = "order_expired", "Outside the order's dates"
    ORDER_EXCEEDED = "order_exceeded", "Order used up"
    ARITHMETIC = "arithmetic", "Sums are wrong"
    TAX = "tax", "Tax is wrong"
    PAYEE_CHANGED = "payee_changed", "Different bank account"
    SUPPLIER_BLOCKED = "supplier_blocked", "Supplier blocked"
    CONTRIBUTOR_NOT_CLEARED = "contributor_not_cleared", "Contributor not cleared"


class DiscrepancyQuerySet(models.QuerySet):
    def visible_to(self, user):
        return self.filter(line__invoice__in=Invoice.objects.visible_to(user).values("pk"))


class Discrepancy(models.Model):
    """One thing wrong with one line: figures, sentence, owner function and suggested fix."""

    line = models.ForeignKey(InvoiceLine, models.CASCADE, related_name="discrepancies")
    code = models.CharField(max_length=30, choices=Code.choices)
    expected = models.CharField(max_length=200, blank=True)
    actual = models.CharField(max_length=200, blank=True)
    amount = models.DecimalField(max_digits=16, decimal_places=2, default=0)  # money at stake, invoice currency
    found_at = models.DateTimeField()

    objects = DiscrepancyQuerySet.as_manager()

    class Meta:
        ordering = ["line", "code"]
        verbose_name_plural = "discrepancies"
        constraints = [models.UniqueConstraint(fields=["line", "code"], name="discrepancy_once")]

    def __str__(self):
        return f"{self.get_code_display()}: {self.line}"


class Tolerance(models.Model):
    """A tolerance that replaces the default for a supplier, unit or order (all empty: for everyone)."""

    supplier = models.ForeignKey(Contributor, models.CASCADE, null=True, blank=True, related_name="+")
    unit = models.ForeignKey("organisation.Unit", models.CASCADE, null=True, blank=True, related_name="+")
    order_number = models.CharField(max_length=60, blank=True)
    unit_price_percent = models.DecimalField(max_digits=7, decimal_places=4, default=1)
    unit_price_amount = models.DecimalField(max_digits=10, decimal_places=4, default=1)
    quantity = models.DecimalField(max_digits=10, decimal_places=4, default=0)
    line_amount = models.DecimalField(max_digits=10, decimal_places=4, default="0.02")
    document_amount = models.DecimalField(max_digits=10, decimal_places=4, default="0.05")
    tax_amount = models.DecimalField(max_digits=10, decimal_places=4, default="0.05")


class Decision(models.Model):
    """What a person decided on a discrepancy's line and code; a new row each time, the newest stands."""

    line = models.ForeignKey(InvoiceLine, models.CASCADE, related_name="decisions")
    code = models.CharField(max_length=30, choices=Code.choices)
    verdict = models.CharField(max_length=10, choices=[("accept", "Accept"), ("dispute", "Dispute")])
    reason = models.TextField()
    seen = models.JSONField(default=dict)  # expected, actual, amount at the time
    at = models.DateTimeField()
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
