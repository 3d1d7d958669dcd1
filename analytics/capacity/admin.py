from django.contrib import admin

from analytics.capacity.models import Cell
from workforce.ledger.admin import ReadOnlyAdmin


@admin.register(Cell)
class CellAdmin(ReadOnlyAdmin):
    list_display = ["unit", "month", "kind", "skill", "capacity_hours", "demand_hours", "worked_hours", "cost"]
    list_filter = ["kind", "month"]
    list_select_related = ["unit", "skill"]
