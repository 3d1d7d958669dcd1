from django.contrib import admin

from workforce.engagements.models import Engagement, Milestone, PurchaseOrder, Rate, RateCard
from workforce.ledger.admin import DeletableAdmin, RecordedAdmin, RecordedInline


class RateInline(RecordedInline):
    model = Rate


class MilestoneInline(RecordedInline):
    model = Milestone


@admin.register(Engagement)
class EngagementAdmin(RecordedAdmin):
    list_display = ["contributor", "unit", "title", "basis", "start_date", "end_date", "purchase_order"]
    list_filter = ["basis"]
    search_fields = ["contributor__name", "title", "purchase_order"]
    list_select_related = ["contributor", "unit"]
    autocomplete_fields = ["contributor", "unit", "supplier", "owner"]
    inlines = [RateInline, MilestoneInline]


@admin.register(PurchaseOrder)
class PurchaseOrderAdmin(RecordedAdmin):
    list_display = ["number", "supplier", "amount", "currency", "valid_from", "valid_to"]
    list_filter = ["currency"]
    search_fields = ["number", "supplier__name"]
    list_select_related = ["supplier"]
    autocomplete_fields = ["supplier"]


@admin.register(RateCard)
class RateCardAdmin(DeletableAdmin):
    list_display = ["title", "country", "category", "per", "max_amount", "currency", "valid_from", "valid_to"]
    list_filter = ["country", "currency"]
    search_fields = ["title"]
