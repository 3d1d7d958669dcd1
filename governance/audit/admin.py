from django.contrib import admin

from governance.audit.models import Deletion, LegalHold, RetentionClass, Seal, Verification
from workforce.ledger.admin import ReadOnlyAdmin, RecordedAdmin


@admin.register(Seal)
class SealAdmin(ReadOnlyAdmin):
    list_display = ["number", "first_id", "last_id", "event_count", "sealed_at", "hash"]
    search_fields = ["hash"]
    ordering = ["-number"]

    def get_queryset(self, request):
        return super().get_queryset(request).defer("leaves")


@admin.register(Verification)
class VerificationAdmin(ReadOnlyAdmin):
    list_display = ["asked_at", "by", "finished_at", "events", "first_bad", "sentence"]
    list_select_related = ["by"]


@admin.register(LegalHold)
class LegalHoldAdmin(ReadOnlyAdmin):
    """Placed and released on the audit page, with a reason."""

    list_display = ["subject_type", "subject_label", "placed_at", "placed_by", "released_at", "released_by"]
    search_fields = ["subject_label", "reason"]
    list_select_related = ["placed_by", "released_by"]


@admin.register(Deletion)
class DeletionAdmin(ReadOnlyAdmin):
    list_display = ["retention_class", "before", "event_count", "at", "by", "reason"]
    list_select_related = ["retention_class", "by"]


@admin.register(RetentionClass)
class RetentionClassAdmin(RecordedAdmin):
    """How long each class is kept; never under its minimum, and the classes themselves are the product's."""

    list_display = ["title", "keep_days", "minimum_days"]
    fields = ["title", "basis", "minimum_days", "keep_days"]
    readonly_fields = ["title", "basis", "minimum_days"]

    def has_add_permission(self, request):
        return False
