"""Walk 1: a file's rows become raw records, then objects; what is bad becomes a Rejection, the rest goes on."""

import hashlib
import hmac
import json
import re
import time
from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass, field
from pathlib import Path

from django.apps import apps
from django.conf import settings
from django.db import connection, transaction
from django.utils import timezone

from orchestration.sources.apply import apply_records, name_target, resolve_waiting
from orchestration.sources.kinds import KINDS, TableKind
from orchestration.sources.mapping import Mapping
from orchestration.sources.models import Rejection, Source, SourceRecord, SyncRun, WaitingReference
from orchestration.sources.rows import read_rows
from orchestration.sources.tables import UnreadableTable
from orchestration.sources.values import read_row
from workforce.contributors.confidential import encrypt, mask

BATCH = 5_000
WORTH_ANALYSING = 100  # changed rows


@dataclass
class Report:
    """What a run did, as the command prints it."""

    kind: str
    source: str
    seen: int = 0
    created: int = 0
    updated: int = 0
    unchanged: int = 0
    gone: int = 0
    rejected: int = 0
    waiting: int = 0
    seconds: float = 0.0
    rejections: list[dict] = field(default_factory=list)
    unknown_columns: list[str] = field(default_factory=list)
    unresolved: list[dict] = field(default_factory=list)  # references that still wait


class _RolledBack(Exception):
    """Ends the transaction of a dry run."""


def import_table(
    *,
    kind: str,
    paths: Iterable,
    source: str,
    mapping: Mapping | None = None,
    dry_run: bool = False,
    by=None,
    progress: Callable[[int], None] | None = None,
) -> Report:
    """Takes one table of a source from one or several files.

    Raises UnreadableTable when a file cannot be taken at all; then nothing of the run is kept.
    """
    if kind not in KINDS:
        raise UnreadableTable(f"{kind!r} is not a kind of table. Write one of: {', '.join(KINDS)}.")
    check_source(source)
    started = time.monotonic()
    report = Report(kind=kind, source=source)
    try:
        with transaction.atomic():
            _take(KINDS[kind], [Path(p) for p in paths], report, mapping or Mapping(), by, progress)
            if dry_run:
                raise _RolledBack
    except _RolledBack:
        pass
    report.seconds = round(time.monotonic() - started, 3)
    return report


def check_source(name: str) -> None:
    """Raises UnreadableTable when a source cannot be called so: references write `name:key`."""
    if not re.fullmatch(r"[A-Za-z0-9_-]{1,60}", name):
        raise UnreadableTable(f"{name!r} cannot name a source. Take up to 60 letters, digits, - and _.")


def _take(kind: TableKind, paths: list[Path], report: Report, mapping: Mapping, by, progress) -> None:
    source, _ = Source.objects.get_or_create(name=report.source)
    run = SyncRun.objects.create(
        source=source,
        kind=kind.name,
        path=", ".join(str(p) for p in paths)[:500],
        started_at=timezone.now(),
        by=by,
        mapping=asdict(mapping),
    )
    before = dict(SourceRecord.objects.filter(source=source, kind=kind.name).values_list("key", "raw_hash"))
    mapping_text = json.dumps(asdict(mapping), sort_keys=True)
    seen: set[str] = set()
    refused: set[str] = set()  # rows that came but could not be taken are not gone
    changed: list[SourceRecord] = []
    rejections: list[Rejection] = []
    for path in paths:
        for number, raw, wrong in read_rows(path, mapping, kind=kind.name, source=source.name):
            report.seen += 1
            if progress and report.seen % 500 == 0:
                progress(500)
            _note_unknown(kind, raw, mapping, report)
            if wrong:
                report.rejected += 1
                rejections.append(_reject(run, kind, mapping, number, raw, "", "", *wrong))
                continue
            values, errors = read_row(kind, raw, mapping)
            key = _key(kind, mapping.translate(raw), values, source.name)
            if not errors and key in seen:
                text = "An earlier row of this file has the same key. Keep one of them."
                errors = [(kind.key[-1], key, "duplicate_row", text)]
            if errors:
                refused.add(key)
                report.rejected += 1
                rejections += [_reject(run, kind, mapping, number, raw, *error) for error in errors]
                continue
            seen.add(key)
            raw_hash = _hash(raw, mapping_text)
            if before.get(key) == raw_hash:
                report.unchanged += 1
                continue
            changed.append(_record(kind, source, run, mapping, key, number, raw, raw_hash))
            changed[-1].values_read = values
    _store_records(changed, before)
    _touch(source, kind, before.keys() & seen, before.keys() - seen, run)
    applied = apply_records(kind, changed, by=by)
    rejections += [_reject(run, kind, mapping, *refused) for refused in applied.refused]
    resolve_waiting(by=by)
    if len(changed) >= WORTH_ANALYSING:
        _refresh_statistics(kind)
    Rejection.objects.bulk_create(rejections, batch_size=BATCH)
    _finish(kind, source, run, report, applied, rejections, gone=len(before.keys() - seen - refused), changed=changed)


def _refresh_statistics(kind: TableKind) -> None:
    """Tells PostgreSQL's planner about the new rows now: what runs next must not plan for empty tables."""
    if connection.vendor == "postgresql":
        tables = [apps.get_model(kind.model)._meta.db_table, SourceRecord._meta.db_table]
        with connection.cursor() as cursor:
            cursor.execute(f"ANALYZE {', '.join(tables)}")


def _touch(source: Source, kind: TableKind, kept: set[str], missing: set[str], run: SyncRun) -> None:
    """Marks the known rows that came again; names whichever set is smaller, in slices that every database takes."""
    records = SourceRecord.objects.filter(source=source, kind=kind.name)
    if len(missing) < BATCH:
        records.exclude(key__in=missing).update(last_seen_at=run.started_at)
        return
    ordered = sorted(kept)
    for start in range(0, len(ordered), BATCH):
        records.filter(key__in=ordered[start : start + BATCH]).update(last_seen_at=run.started_at)


def _key(kind: TableKind, row: dict, values: dict, source: str) -> str:
    """The row's identity: its key columns as read, so that ` a` and `a` are one."""
    parts = []
    for name in kind.key:
        column = kind.by_name[name]
        value = str(values.get(name) or row.get(name, "").strip() or column.default)
        if column.type == "reference":
            other, reference = name_target(value, source)
            value = reference if other == source else value
        parts.append(value)
    return "|".join(parts)[:200]


def _note_unknown(kind: TableKind, raw: dict, mapping: Mapping, report: Report) -> None:
    if report.seen == 1:
        names = (mapping.columns.get(name, name) for name in raw)
        report.unknown_columns = sorted({name for name in names if name not in kind.by_name})


def _hash(raw: dict, mapping_text: str) -> str:
    """A keyed hash of the plain row and its mapping: equal rows under an equal mapping stop here."""
    text = json.dumps(sorted(raw.items()), ensure_ascii=False) + mapping_text
    return hmac.new(settings.FIELD_KEY.encode(), text.encode("utf-8", "surrogatepass"), hashlib.sha256).hexdigest()


def seal_raw(kind: TableKind, raw: dict, mapping: Mapping) -> dict:
    """The raw row as it is kept: confidential cells encrypted."""
    secret = {column.name for column in kind.columns if column.is_confidential}
    return {
        name: "enc:" + encrypt(text) if text and mapping.columns.get(name, name) in secret else text
        for name, text in raw.items()
    }


def _record(kind, source, run, mapping, key, number, raw, raw_hash) -> SourceRecord:
    return SourceRecord(
        source=source,
        kind=kind.name,
        key=key,
        raw=seal_raw(kind, raw, mapping),
        raw_hash=raw_hash,
        first_seen_at=run.started_at,
        last_seen_at=run.started_at,
        run=run,
        row=number,
    )


def _store_records(records: list[SourceRecord], before: dict) -> None:
    """Writes the raw rows in sets; a known row keeps its first sight and its object."""
    SourceRecord.objects.bulk_create(
        records,
        batch_size=BATCH,
        update_conflicts=True,
        unique_fields=["source", "kind", "key"],
        update_fields=["raw", "raw_hash", "last_seen_at", "run", "row"],
    )


def _reject(run, kind, mapping, number, raw, column, value, code, message) -> Rejection:
    if column in kind.by_name and kind.by_name[column].is_confidential:
        value = mask(value)
    clean = {name: text.replace("\x00", "\\0") for name, text in seal_raw(kind, raw, mapping).items()}
    return Rejection(
        run=run, row=number, column=column, value=str(value)[:500].replace("\x00", "\\0"), code=code, message=message,
        raw=clean,
    )  # fmt: skip


def _finish(kind, source, run, report: Report, applied, rejections, *, gone: int, changed: list) -> None:
    waiting = WaitingReference.objects.filter(record__source=source, record__kind=kind.name)
    report.created, report.updated = applied.created, applied.updated
    report.unchanged += len(changed) - applied.created - applied.updated - len(applied.refused) - applied.held_back
    report.gone, report.waiting = gone, waiting.values("record").distinct().count()
    report.rejected += len({(row, column) for row, _, column, *_ in applied.refused})
    report.rejections = [
        {"row": r.row, "column": r.column, "value": r.value, "code": r.code, "message": r.message} for r in rejections
    ]
    report.unresolved = [
        {"row": w.record.row, "column": w.column, "names": f"{w.target_source}:{w.target_key}"}
        for w in waiting.select_related("record")[:200]
    ]
    for name in ("seen", "created", "updated", "unchanged", "gone", "rejected", "waiting", "unknown_columns"):
        setattr(run, name, getattr(report, name))
    run.finished_at = timezone.now()
    run.save()
