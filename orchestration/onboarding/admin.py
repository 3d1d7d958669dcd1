from django.contrib import admin

from orchestration.onboarding.models import Item, Plan, Template, TemplateItem
from workforce.ledger.admin import ReadOnlyAdmin, ReadOnlyInline, RecordedAdmin, RecordedInline


class TemplateItemInline(RecordedInline):
    model = TemplateItem
    can_be_deleted = True


@admin.register(Template)
class TemplateAdmin(RecordedAdmin):
    list_display = ["name", "kind"]
    inlines = [TemplateItemInline]


class ItemInline(ReadOnlyInline):
    model = Item


@admin.register(Plan)
class PlanAdmin(ReadOnlyAdmin):
    list_display = ["engagement", "template", "created_at"]
    search_fields = ["engagement__contributor__name"]
    list_select_related = ["engagement__contributor", "engagement__unit", "template"]
    inlines = [ItemInline]


@admin.register(Item)
class ItemAdmin(ReadOnlyAdmin):
    """Completed and reopened in the inbox, where its Hold is lifted and placed."""

    list_display = ["title", "plan", "role", "due_date", "blocks", "done_at", "done_by"]
    list_filter = ["role", "blocks"]
    search_fields = ["title", "plan__engagement__contributor__name"]
    list_select_related = ["plan__engagement__contributor", "done_by"]
