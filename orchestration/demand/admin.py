from django.contrib import admin

from orchestration.demand.models import Request
from workforce.ledger.admin import RecordedAdmin


@admin.register(Request)
class RequestAdmin(RecordedAdmin):
    list_display = ["title", "unit", "weekly_hours", "headcount", "start_date", "end_date", "status"]
    list_filter = ["status", "country"]
    search_fields = ["title"]
    list_select_related = ["unit"]
    autocomplete_fields = ["unit", "skills"]
