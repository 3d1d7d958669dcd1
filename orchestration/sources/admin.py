from django.contrib import admin

from orchestration.sources.models import (
    Match,
    Merge,
    Rejection,
    Source,
    SourceRecord,
    SyncRun,
    WaitingReference,
)
from workforce.ledger.admin import ReadOnlyAdmin, RecordedAdmin


@admin.register(Source)
class SourceAdmin(RecordedAdmin):
    list_display = ["name", "title"]
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
    list_display = ["first", "second", "reasons"]
    search_fields = ["first__name", "second__name"]
    list_select_related = ["first", "second"]
