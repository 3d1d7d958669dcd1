"""Rows that are stored are read anew, after their mapping has changed."""

from collections.abc import Callable, Iterator

from orchestration.sources.mapping import Mapping
from orchestration.sources.models import Rejection, SourceRecord, SyncRun
from orchestration.sources.seal import open_row
from orchestration.sources.sync import Report, check_kind, check_source, take_rows
from orchestration.sources.tables import Row, UnreadableTable

BATCH = 5_000


def replay_records(
    *,
    source: str,
    kind: str,
    mapping: Mapping | None = None,
    dry_run: bool = False,
    allow_ending: bool = False,
    by=None,
    progress: Callable[[int], None] | None = None,
) -> Report:
    """Applies a mapping (without one, that of the last run) to all stored rows and to those the last run refused.

    A refused row that is good now counts before the stored one of its key, which is older. What could not be kept as
    it came (torn rows, formulas, NUL) is refused again. Raises what import_table raises.
    """
    check_kind(kind)
    check_source(source)
    last = SyncRun.objects.filter(source__name=source, kind=kind).order_by("-pk").first()
    if last is None:
        raise UnreadableTable(f"No {kind} of {source} are stored. Import them first.")
    refused, repeats = _refused_rows(last)
    return take_rows(
        kind=kind, rows=refused, replayed=(_stored_rows(last), repeats), source=source,
        mapping=mapping or Mapping(**last.mapping), path="(stored rows)", dry_run=dry_run, allow_ending=allow_ending,
        by=by, progress=progress,
    )  # fmt: skip


def _stored_rows(last: SyncRun) -> Iterator[Row]:
    """By slices of ids, so that what the replay writes is not read again."""
    records = SourceRecord.objects.filter(source=last.source_id, kind=last.kind).order_by("pk")
    newest = records.values_list("pk", flat=True).last() or 0
    place = 0
    while slice_ := list(records.filter(pk__gt=place, pk__lte=newest).values_list("pk", "row", "raw")[:BATCH]):
        yield from ((row, open_row(raw), None) for _, row, raw in slice_ if raw)
        place = slice_[-1][0]


def _refused_rows(last: SyncRun) -> tuple[list[Row], list[Row]]:
    """Each refused row once: those to be tried, and those that repeated the key of another."""
    rows, repeats = {}, {}
    for one in Rejection.objects.filter(run=last).order_by("row", "pk"):
        is_torn = not one.column or one.code == "bad_text"
        kept = repeats if one.code == "duplicate_row" else rows
        kept.setdefault(one.row, (one.row, open_row(one.raw), (one.code, one.message) if is_torn else None))
    return list(rows.values()), list(repeats.values())
