from django.contrib import admin

from workforce.ledger.admin import RecordedAdmin
from workforce.timesheets.models import Absence, Allocation, TimeEntry, WorkUnit


@admin.register(TimeEntry)
class TimeEntryAdmin(RecordedAdmin):
    list_display = ["work_date", "engagement", "hours", "category", "status"]
    list_filter = ["status", "category"]
    search_fields = ["engagement__contributor__name"]
    list_select_related = ["engagement__contributor", "engagement__unit"]
    autocomplete_fields = ["engagement"]
    date_hierarchy = "work_date"


@admin.register(Absence)
class AbsenceAdmin(RecordedAdmin):
    list_display = ["contributor", "start_date", "end_date", "hours_per_day"]
    search_fields = ["contributor__name"]
    list_select_related = ["contributor"]
    autocomplete_fields = ["contributor"]


@admin.register(Allocation)
class AllocationAdmin(RecordedAdmin):
    list_display = ["contributor", "unit", "start_date", "end_date", "weekly_hours", "request"]
    search_fields = ["contributor__name", "request"]
    list_select_related = ["contributor", "unit"]
    autocomplete_fields = ["contributor", "unit"]


@admin.register(WorkUnit)
class WorkUnitAdmin(RecordedAdmin):
    list_display = ["work_date", "engagement", "reference", "quantity", "standard_minutes", "tokens"]
    search_fields = ["reference", "engagement__contributor__name"]
    list_select_related = ["engagement__contributor", "engagement__unit"]
    autocomplete_fields = ["engagement"]
    date_hierarchy = "work_date"
