from django.contrib import admin

from analytics.capacity.models import Cell, Coverage, Share
from workforce.ledger.admin import ReadOnlyAdmin


@admin.register(Cell)
class CellAdmin(ReadOnlyAdmin):
    list_display = ["unit", "month", "kind", "skill", "capacity_hours", "demand_hours", "worked_hours", "cost"]
    list_filter = ["kind", "month"]
    list_select_related = ["unit", "skill"]


@admin.register(Coverage)
class CoverageAdmin(ReadOnlyAdmin):
    """How far the cube has been counted."""


@admin.register(Share)
class ShareAdmin(ReadOnlyAdmin):
    """The monthly parts that the cube is summed from."""
