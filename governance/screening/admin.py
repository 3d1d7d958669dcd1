from django.contrib import admin

from governance.screening.models import (
    Appeal,
    HitDecision,
    ScreeningHit,
    WatchlistEntry,
    WatchlistRefusal,
    WatchlistVersion,
)
from workforce.ledger.admin import DeletableAdmin, ReadOnlyAdmin


@admin.register(WatchlistEntry)
class WatchlistEntryAdmin(DeletableAdmin):
    list_display = ["name", "kind", "birth_date", "country", "list", "closed_at"]
    list_filter = ["kind", "list"]
    search_fields = ["name", "aliases"]


@admin.register(WatchlistVersion)
class WatchlistVersionAdmin(ReadOnlyAdmin):
    list_display = ["list", "taken_at", "by", "entries", "added", "changed", "closed", "refused"]
    list_filter = ["list"]
    search_fields = ["list", "sha256"]
    list_select_related = ["by"]


@admin.register(WatchlistRefusal)
class WatchlistRefusalAdmin(ReadOnlyAdmin):
    list_display = ["version", "path", "row", "message"]
    search_fields = ["message"]
    list_select_related = ["version"]


@admin.register(ScreeningHit)
class ScreeningHitAdmin(ReadOnlyAdmin):
    """Opened and closed by screening; to decide on one, open it on the screening page."""

    list_display = ["contributor", "signal", "points", "score", "verdict", "found_at", "closed_at"]
    list_filter = ["signal", "verdict"]
    search_fields = ["contributor__name"]
    list_select_related = ["contributor"]


@admin.register(HitDecision)
class HitDecisionAdmin(ReadOnlyAdmin):
    list_display = ["hit", "verdict", "at", "by"]
    search_fields = ["hit__contributor__name", "reason"]
    list_select_related = ["hit__contributor", "by"]


@admin.register(Appeal)
class AppealAdmin(ReadOnlyAdmin):
    list_display = ["hit", "at", "by"]
    search_fields = ["hit__contributor__name", "statement"]
    list_select_related = ["hit__contributor", "by"]
