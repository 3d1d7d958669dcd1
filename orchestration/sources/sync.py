"""Walk 1: a file's rows become raw records, then objects; what is bad becomes a Rejection, the rest goes on."""

import gc
import re
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from itertools import islice
from pathlib import Path

from django.apps import apps
from django.db import connection, transaction
from django.utils import timezone

from orchestration.sources.apply import Applied, apply_arrivals
from orchestration.sources.arrivals import Arrival, Intake, clean
from orchestration.sources.bulk import change_rows, insert_rows, reserve_ids, update_rows
from orchestration.sources.guard import check_ended
from orchestration.sources.kinds import KINDS, TableKind
from orchestration.sources.mapping import Mapping
from orchestration.sources.models import Rejection, Source, SourceRecord, SyncRun, WaitingReference
from orchestration.sources.rows import read_rows
from orchestration.sources.seal import Sealer
from orchestration.sources.tables import Row, UnreadableTable
from orchestration.sources.waiting import resolve_waiting
from workforce.contributors.confidential import mask

BATCH = 5_000
SEGMENT = 100_000  # changed rows that are held in memory and written together
WORTH_ANALYSING = 100  # changed rows
RARELY = 500_000  # objects made between two looks for garbage: what a run holds is none
TOUCH = "UPDATE sources_sourcerecord SET last_seen_at = %s WHERE id {keys}"


@dataclass
class Report:
    """What a run did, as the command prints it.

    A row is counted in one of created, updated, unchanged and rejected, or waits whole for what it cannot do
    without. A row with one bad cell is rejected whole: what of it was meant is for the person who mends it.
    """

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
    ended: int = 0  # contributors who were active and have left with this run


class _RolledBack(Exception):
    """Ends the transaction of a dry run."""


def import_table(
    *,
    kind: str,
    paths: Iterable,
    source: str,
    mapping: Mapping | None = None,
    dry_run: bool = False,
    allow_ending: bool = False,
    by=None,
    progress: Callable[[int], None] | None = None,
) -> Report:
    """Takes one table of a source from one or several files.

    Raises UnreadableTable when a file cannot be taken at all, and TooManyEnded when the run would end more than a
    tenth of the source's active contributors without `allow_ending`; then nothing of the run is kept. A dry run tells
    how many it would end and stops for nothing.
    """
    check_kind(kind)
    check_source(source)
    mapping = mapping or Mapping()
    paths = [Path(p) for p in paths]
    rows = (row for path in paths for row in read_rows(path, mapping, kind=kind, source=source))
    return take_rows(
        kind=kind, rows=rows, source=source, mapping=mapping, path=", ".join(map(str, paths)), dry_run=dry_run,
        allow_ending=allow_ending, by=by, progress=progress,
    )  # fmt: skip


def check_kind(kind: str) -> None:
    if kind not in KINDS:
        raise UnreadableTable(f"{kind!r} is not a kind of table. Write one of: {', '.join(KINDS)}.")


def check_source(name: str) -> None:
    """Raises UnreadableTable when a source cannot be called so: references write `name:key`."""
    if not re.fullmatch(r"[A-Za-z0-9_-]{1,60}", name):
        raise UnreadableTable(f"{name!r} cannot name a source. Take up to 60 letters, digits, - and _.")


def take_rows(
    *, kind: str, rows: Iterable[Row], source: str, mapping: Mapping, path: str, dry_run=False, allow_ending=False,
    replayed: tuple[Iterable[Row], Iterable[Row]] | None = None, by=None, progress=None,
) -> Report:  # fmt: skip
    """Takes rows wherever they come from, in one transaction.

    A replay adds the stored rows, each unless its key has come already, and then the repeats of keys; it has seen
    nothing of the source, so that no sight moves.
    """
    started = time.monotonic()
    report = Report(kind=kind, source=source)
    try:
        with _rare_collection(), transaction.atomic():
            origin, _ = Source.objects.get_or_create(name=source)
            run = SyncRun.objects.create(
                source=origin, kind=kind, path=path[:500], started_at=timezone.now(), by=by, mapping=asdict(mapping),
                is_replay=replayed is not None,
            )  # fmt: skip
            taking = _Taking(KINDS[kind], run, mapping, report, by, allow_ending or dry_run)
            taking.take(rows, progress)
            if replayed:
                stored, repeats = replayed
                taking.take(stored, progress, forgives_repeats=True)
                taking.take(repeats, progress)
            taking.finish()
            if dry_run:
                raise _RolledBack
    except _RolledBack:
        pass
    report.seconds = round(time.monotonic() - started, 3)
    return report


@contextmanager
def _rare_collection() -> Iterator[None]:
    """Python looks for garbage seldom while hundreds of thousands of rows are held that are none."""
    usual = gc.get_threshold()
    gc.set_threshold(max(usual[0], RARELY) if usual[0] else 0, *usual[1:])  # 0: somebody has turned it off
    try:
        yield
    finally:
        gc.set_threshold(*usual)


class _Taking:
    """One run on its way: what it has seen, refused and written so far."""

    def __init__(self, kind: TableKind, run: SyncRun, mapping: Mapping, report: Report, by, allow_ending: bool):
        self.kind, self.run, self.mapping, self.report, self.by = kind, run, mapping, report, by
        self.allow_ending = allow_ending
        self.intake = Intake(kind, run.source, mapping)
        self.sealer = Sealer(kind, mapping)
        self.applied = Applied()
        self.changed = 0
        self.rejections: list[Rejection] = []

    def take(self, rows: Iterable[Row], progress: Callable[[int], None] | None, *, forgives_repeats=False) -> None:
        rows, segment = iter(rows), []
        while batch := list(islice(rows, BATCH)):
            if not self.report.seen:
                self._note_unknown(batch[0][1])
            segment += self.intake.judge(batch, self._reject_row, forgives_repeats=forgives_repeats)
            self.report.seen = self.intake.came
            if progress:
                progress(len(batch))
            if len(segment) >= SEGMENT and not self.kind.writer:  # a writer sees the rows of a document together
                self._write(segment)
                segment = []
        self._write(segment)

    def _note_unknown(self, raw: dict) -> None:
        names = (self.mapping.columns.get(name, name) for name in raw)
        self.report.unknown_columns = sorted({clean(name) for name in names if name not in self.kind.by_name})

    def _reject_row(self, number: int, raw: dict, errors: list) -> None:
        self.report.rejected += 1
        self.rejections += [self._reject(number, raw, *error) for error in errors]

    def _reject(self, number: int, raw: dict, column, value, code, message) -> Rejection:
        if column in self.kind.by_name and self.kind.by_name[column].is_confidential:
            value = mask(value)
        kept = {clean(name): clean(text) for name, text in self.sealer.seal_row(raw).items()}
        return Rejection(
            run=self.run, row=number, column=column[:100], value=clean(str(value)[:500]), code=code,
            message=clean(message), raw=kept,
        )  # fmt: skip

    def _write(self, segment: list[Arrival]) -> None:
        _number_records(self.kind, [a for a in segment if a.is_first_sight])
        applied = apply_arrivals(self.kind, self.run.source, segment, sealer=self.sealer, by=self.by)
        for a, *refusal in applied.refused:
            self.rejections.append(self._reject(a.number, a.raw, *refusal))
            a.raw_hash = ""  # so that the row is judged again, and refused again, when it comes again
        self.report.rejected += len({a.number for a, *_ in applied.refused})
        self._store_records([a for a in segment if not (a.is_refused and a.is_first_sight)])
        self.applied.add(applied)
        self.changed += len(segment)
        if not self.allow_ending:
            check_ended(self.run.source, self.run.started_at, self.applied.ended)
        self.sealer.forget()

    def _store_records(self, arrivals: list[Arrival]) -> None:
        """Writes the raw rows; a known one keeps its first sight."""
        new = [a for a in arrivals if a.is_first_sight]
        known = [a for a in arrivals if not a.is_first_sight]
        run, at = self.run, self.run.started_at
        facts = ["raw", "raw_hash", "row", "object_id"]
        if new:
            same = {
                "source_id": run.source_id,
                "kind": run.kind,
                "first_seen_at": at,
                "last_seen_at": at,
                "run_id": run.pk,
            }

            def first_sights(part: list[Arrival]) -> list[list]:
                constants = ([value] * len(part) for value in same.values())
                return [[a.key for a in part], *constants, *self._facts(part)]

            numbered = [a for a in new if a.record_id]
            insert_rows(SourceRecord, ["key", *same, *facts], [a for a in new if not a.record_id], first_sights)
            insert_rows(
                SourceRecord, ["id", "key", *same, *facts], numbered,
                lambda part: [[a.record_id for a in part], *first_sights(part)],
            )  # fmt: skip
        if known:
            same = {"run_id": run.pk} if run.is_replay else {"run_id": run.pk, "last_seen_at": at}
            every = (1 << (len(same) + len(facts))) - 1

            def further_sights(part: list[Arrival]) -> list[list]:
                constants = ([value] * len(part) for value in (every, *same.values()))
                return [[a.record_id for a in part], *constants, *self._facts(part)]

            update_rows(SourceRecord, [*same, *facts], known, further_sights)

    def _facts(self, arrivals: list[Arrival]) -> list[list]:
        return [
            [self.sealer.seal_json(a.raw) for a in arrivals],
            [a.raw_hash for a in arrivals],
            [a.number for a in arrivals],
            [a.object_id for a in arrivals],
        ]

    def finish(self) -> None:
        run, report, applied = self.run, self.report, self.applied
        if not run.is_replay:
            change_rows(TOUCH, self.intake.unchanged, connection.ops.adapt_datetimefield_value(run.started_at))
        resolve_waiting(by=self.by)
        if self.changed >= WORTH_ANALYSING:
            _refresh_statistics(self.kind, self.changed)
        Rejection.objects.bulk_create(self.rejections, batch_size=2_000)
        records = SourceRecord.objects.filter(source=run.source, kind=run.kind)
        waiting = WaitingReference.objects.filter(record__in=records)
        report.created, report.updated, report.ended = applied.created, applied.updated, applied.ended
        taken = applied.created + applied.updated + applied.held_back + len(applied.refused)
        report.unchanged = len(self.intake.unchanged) + self.changed - taken
        if not run.is_replay:
            not_seen = records.filter(last_seen_at__lt=run.started_at).count()
            report.gone = not_seen - len(self.intake.refused_known - self.intake.seen)
        report.waiting = waiting.values("record").distinct().count()
        report.rejections = [
            {"row": r.row, "column": r.column, "value": r.value, "code": r.code, "message": r.message}
            for r in self.rejections
        ]
        report.unresolved = [
            {"row": w.record.row, "column": w.column, "names": f"{w.target_source}:{w.target_key}"}
            for w in waiting.select_related("record")[:200]
        ]
        for name in ("seen", "created", "updated", "unchanged", "gone", "rejected", "waiting", "unknown_columns"):
            setattr(run, name, getattr(report, name))
        run.finished_at = timezone.now()
        run.save()


def _number_records(kind: TableKind, new: list[Arrival]) -> None:
    """Ids for the raw rows that name others, which may have to wait for them."""
    names = [column.name for column in kind.columns if column.type == "reference"]
    naming = [a for a in new if any(a.read.get(name) for name in names)]
    for a, pk in zip(naming, reserve_ids(SourceRecord, len(naming)), strict=True):
        a.record_id = pk


def _refresh_statistics(kind: TableKind, changed: int) -> None:
    """Tells PostgreSQL's planner about a table that has grown much; what runs next must not plan for an empty one."""
    if connection.vendor != "postgresql":
        return
    with connection.cursor() as cursor:
        for table in (apps.get_model(kind.model)._meta.db_table, SourceRecord._meta.db_table):
            cursor.execute("SELECT reltuples FROM pg_class WHERE oid = %s::regclass", [table])
            if changed > cursor.fetchone()[0] / 2:
                cursor.execute(f"ANALYZE {table}")
