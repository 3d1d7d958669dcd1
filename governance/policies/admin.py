from django.contrib import admin
from django.core.exceptions import ValidationError
from django.forms import ModelForm

from governance.policies.models import Finding, Policy, Waiver
from workforce.contributors.query import QueryError, compile_query
from workforce.ledger.admin import ReadOnlyAdmin, RecordedAdmin


class PolicyForm(ModelForm):
    """Refuses a scope or condition that is not in the query language."""

    def clean_scope(self):
        return check_query(self.cleaned_data["scope"])

    def clean_condition(self):
        return check_query(self.cleaned_data["condition"])


def check_query(text: str) -> str:
    try:
        compile_query(text)
    except QueryError as error:
        raise ValidationError(str(error)) from error
    return text


@admin.register(Policy)
class PolicyAdmin(RecordedAdmin):
    form = PolicyForm
    list_display = ["title", "effect", "severity", "owner_role", "is_active"]
    list_filter = ["effect", "severity", "is_active"]
    search_fields = ["name", "title"]


@admin.register(Finding)
class FindingAdmin(ReadOnlyAdmin):
    """Opened and closed by evaluation; to let one stand, waive it on the findings page."""

    list_display = ["policy", "contributor", "found_on", "due_date", "closed_at"]
    list_filter = ["policy"]
    search_fields = ["contributor__name"]
    list_select_related = ["policy", "contributor"]


@admin.register(Waiver)
class WaiverAdmin(ReadOnlyAdmin):
    list_display = ["policy", "contributor", "until", "at", "by"]
    search_fields = ["contributor__name", "reason"]
    list_select_related = ["policy", "contributor", "by"]
