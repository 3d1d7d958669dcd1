from django.contrib import admin

from workforce.holds.models import Hold
from workforce.ledger.admin import ReadOnlyAdmin


@admin.register(Hold)
class HoldAdmin(ReadOnlyAdmin):
    """Placed and lifted by policies and onboarding; waive the finding or complete the item to lift one."""

    list_display = ["subject_type", "subject_id", "scope", "reason", "cause", "from_date", "to_date", "lifted_at"]
    list_filter = ["scope", "subject_type"]
    search_fields = ["reason", "cause", "=subject_id"]
    ordering = ["-id"]
