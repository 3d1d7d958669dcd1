from django.contrib import admin

from orchestration.invoices.models import Decision, Discrepancy, Document, Invoice, InvoiceLine, LineMatch, Tolerance
from workforce.contributors.confidential import mask
from workforce.ledger.admin import DeletableAdmin, ReadOnlyAdmin, ReadOnlyInline


@admin.register(Document)
class DocumentAdmin(ReadOnlyAdmin):
    list_display = ["name", "sha256", "received_at"]
    search_fields = ["name", "sha256"]
    exclude = ["content"]

    def get_queryset(self, request):
        return super().get_queryset(request).defer("content")


class InvoiceLineInline(ReadOnlyInline):
    model = InvoiceLine
    fields = ["line", "engagement_text", "category", "quantity", "per", "unit_price", "net_amount", "description"]


@admin.register(Invoice)
class InvoiceAdmin(ReadOnlyAdmin):
    list_display = ["number", "supplier_text", "issue_date", "payable", "currency", "syntax"]
    list_filter = ["syntax", "currency"]
    search_fields = ["number", "supplier_text"]
    exclude = ["payee_account"]
    readonly_fields = ["masked_payee_account"]
    inlines = [InvoiceLineInline]

    @admin.display(description="Payee account")
    def masked_payee_account(self, obj):
        return mask(obj.payee_account)


@admin.register(InvoiceLine)
class InvoiceLineAdmin(ReadOnlyAdmin):
    list_display = ["invoice", "line", "quantity", "per", "unit_price", "net_amount"]
    search_fields = ["invoice__number", "engagement_text", "contributor_text"]
    list_select_related = ["invoice"]


@admin.register(LineMatch)
class LineMatchAdmin(ReadOnlyAdmin):
    list_display = ["line", "status", "reconciled_at"]
    list_filter = ["status"]
    list_select_related = ["line__invoice"]


@admin.register(Discrepancy)
class DiscrepancyAdmin(ReadOnlyAdmin):
    """Found by reconciliation; decided on the page of the invoice."""

    list_display = ["line", "code", "expected", "actual", "amount", "found_at"]
    list_filter = ["code"]
    search_fields = ["line__invoice__number"]
    list_select_related = ["line__invoice"]


@admin.register(Decision)
class DecisionAdmin(ReadOnlyAdmin):
    list_display = ["line", "code", "verdict", "reason", "at", "by"]
    list_filter = ["verdict", "code"]
    list_select_related = ["line__invoice", "by"]


@admin.register(Tolerance)
class ToleranceAdmin(DeletableAdmin):
    list_display = ["supplier", "unit", "order_number", "unit_price_percent", "unit_price_amount", "quantity"]
    list_select_related = ["supplier", "unit"]
    autocomplete_fields = ["supplier", "unit"]
