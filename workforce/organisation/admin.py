from django.contrib import admin

from workforce.ledger.admin import DeletableAdmin, RecordedAdmin
from workforce.organisation.models import (
    Calendar,
    CalendarDay,
    CostCentre,
    ExchangeRate,
    LegalEntity,
    Location,
    Organisation,
    Unit,
)


@admin.register(Organisation)
class OrganisationAdmin(RecordedAdmin):
    list_display = ["name", "reporting_currency"]

    def has_add_permission(self, request, obj=None):
        """There is one."""
        return super().has_add_permission(request, obj) and not Organisation.objects.exists()


@admin.register(LegalEntity)
class LegalEntityAdmin(DeletableAdmin):
    list_display = ["name", "country", "currency"]
    search_fields = ["name"]


@admin.register(CostCentre)
class CostCentreAdmin(DeletableAdmin):
    list_display = ["code", "name"]
    search_fields = ["code", "name"]


@admin.register(Unit)
class UnitAdmin(RecordedAdmin):
    list_display = ["name", "parent", "cost_centre", "country", "currency", "manager"]
    list_filter = ["country"]
    search_fields = ["name"]
    list_select_related = ["parent", "cost_centre", "manager"]
    autocomplete_fields = ["parent", "cost_centre", "manager"]


@admin.register(Calendar)
class CalendarAdmin(DeletableAdmin):
    list_display = ["country"]
    search_fields = ["country"]


@admin.register(CalendarDay)
class CalendarDayAdmin(DeletableAdmin):
    list_display = ["date", "calendar", "is_working", "holiday"]
    list_filter = ["calendar", "is_working"]
    list_select_related = ["calendar"]
    search_fields = ["holiday"]
    date_hierarchy = "date"


@admin.register(Location)
class LocationAdmin(DeletableAdmin):
    list_display = ["name", "country", "calendar"]
    search_fields = ["name"]
    list_select_related = ["calendar"]
    autocomplete_fields = ["calendar"]


@admin.register(ExchangeRate)
class ExchangeRateAdmin(DeletableAdmin):
    list_display = ["date", "base", "quote", "rate"]
    list_filter = ["base", "quote"]
    date_hierarchy = "date"
