from django.contrib import admin

from orchestration.sources.models import (
    Delivery,
    Feed,
    Match,
    MatchDecision,
    Merge,
    Override,
    OwnFacts,
    Precedence,
    Rejection,
    ResolutionRun,
    SavedMapping,
    Source,
    SourceRecord,
    SyncRun,
    WaitingReference,
)
from workforce.ledger.admin import ReadOnlyAdmin, RecordedAdmin


@admin.register(Source)
class SourceAdmin(RecordedAdmin):
    list_display = ["name", "title", "interval_minutes"]
    search_fields = ["name", "title"]


@admin.register(SyncRun)
class SyncRunAdmin(ReadOnlyAdmin):
    list_display = ["id", "source", "kind", "path", "started_at", "finished_at", "seen", "rejected", "waiting"]
    list_filter = ["source", "kind"]
    search_fields = ["path"]
    list_select_related = ["source"]


@admin.register(SourceRecord)
class SourceRecordAdmin(ReadOnlyAdmin):
    list_display = ["source", "kind", "key", "object_id", "first_seen_at", "last_seen_at"]
    list_filter = ["source", "kind"]
    search_fields = ["key"]
    list_select_related = ["source"]
    ordering = ["-id"]


@admin.register(Rejection)
class RejectionAdmin(ReadOnlyAdmin):
    list_display = ["run", "row", "column", "value", "code", "message"]
    list_filter = ["code"]
    search_fields = ["message", "value"]
    list_select_related = ["run"]


@admin.register(WaitingReference)
class WaitingReferenceAdmin(ReadOnlyAdmin):
    list_display = ["record", "column", "target_kind", "target_source", "target_key"]
    list_filter = ["target_kind", "target_source"]
    search_fields = ["target_key"]
    list_select_related = ["record__source"]


@admin.register(Merge)
class MergeAdmin(ReadOnlyAdmin):
    list_display = ["kept", "merged", "at", "by", "undone_at"]
    search_fields = ["kept__name", "merged__name"]
    list_select_related = ["kept", "merged", "by"]


@admin.register(Match)
class MatchAdmin(ReadOnlyAdmin):
    list_display = ["first", "second", "bits", "probability"]
    search_fields = ["first__name", "second__name"]
    list_select_related = ["first", "second"]


@admin.register(MatchDecision)
class MatchDecisionAdmin(ReadOnlyAdmin):
    list_display = ["first", "second", "verdict", "at", "by", "taken_back_at"]
    list_filter = ["verdict"]
    search_fields = ["first__name", "second__name"]
    list_select_related = ["first", "second", "by"]


@admin.register(Override)
class OverrideAdmin(ReadOnlyAdmin):
    fields = ["contributor", "column", "reason", "until", "at", "by", "ended_at", "ended_by"]
    list_display = ["contributor", "column", "until", "by", "ended_at"]
    list_filter = ["column"]
    search_fields = ["contributor__name", "reason"]
    list_select_related = ["contributor", "by"]


@admin.register(Precedence)
class PrecedenceAdmin(ReadOnlyAdmin):
    list_display = ["column", "source", "rank"]
    list_filter = ["column"]
    search_fields = ["source__name"]
    list_select_related = ["source"]


@admin.register(OwnFacts)
class OwnFactsAdmin(ReadOnlyAdmin):
    """What they are is told on the contributor's page, where identities are masked."""

    fields = list_display = ["contributor"]
    search_fields = ["contributor__name"]
    list_select_related = ["contributor"]


@admin.register(Feed)
class FeedAdmin(ReadOnlyAdmin):
    """Set up on the source's own page, which checks the address; what it signs in with is shown to nobody."""

    list_display = ["source", "kind", "address", "is_active", "last_tried_at", "last_succeeded_at", "failure"]
    list_filter = ["source", "kind"]
    search_fields = ["address"]
    list_select_related = ["source"]
    exclude = ["credentials"]


@admin.register(SavedMapping)
class SavedMappingAdmin(ReadOnlyAdmin):
    list_display = ["source", "kind", "saved_at", "by"]
    list_filter = ["source", "kind"]
    search_fields = ["kind"]
    list_select_related = ["source", "by"]


@admin.register(Delivery)
class DeliveryAdmin(ReadOnlyAdmin):
    list_display = ["name", "source_name", "kind", "state", "received_at", "by"]
    list_filter = ["state", "kind"]
    search_fields = ["name", "source_name"]
    list_select_related = ["by"]


@admin.register(ResolutionRun)
class ResolutionRunAdmin(ReadOnlyAdmin):
    list_display = ["id", "asked_at", "by", "started_at", "finished_at", "merged", "to_review", "failure"]
    list_select_related = ["by"]
