"""References whose target had not arrived when their row came."""

from collections import defaultdict

from django.apps import apps
from django.db import connection

from orchestration.sources.apply import apply_arrivals
from orchestration.sources.arrivals import Arrival
from orchestration.sources.bulk import update_rows
from orchestration.sources.kinds import KINDS, TableKind
from orchestration.sources.mapping import Mapping
from orchestration.sources.models import SourceRecord, WaitingReference
from orchestration.sources.seal import Sealer, open_row
from orchestration.sources.values import read_row

BATCH = 10_000
ARRIVED = """
SELECT DISTINCT w.record_id FROM sources_waitingreference w
JOIN sources_source s ON s.name = w.target_source
JOIN sources_sourcerecord t ON t.source_id = s.id AND t.kind = w.target_kind AND t.key = w.target_key
JOIN {table} o ON o.id = t.object_id
WHERE w.target_kind = %s
"""


def name_values(kind: TableKind, record: SourceRecord) -> dict:
    """The record's values by column, references as text."""
    return read_row(kind, open_row(record.raw), Mapping(**record.run.mapping))[0]


def resolve_waiting(*, by=None) -> int:
    """Fills references whose target has arrived, until nothing more moves; returns how many rows moved."""
    moved = 0
    while ids := _find_arrived():
        waiting = WaitingReference.objects.count()
        for start in range(0, len(ids), BATCH):
            moved += _resolve(ids[start : start + BATCH], by)
        if WaitingReference.objects.count() >= waiting:
            break  # what came cannot be taken
    return moved


def _find_arrived() -> list[int]:
    """Records that wait for something that is there now."""
    kinds = WaitingReference.objects.order_by().values_list("target_kind", flat=True).distinct()
    found = set()
    with connection.cursor() as cursor:
        for kind in list(kinds):
            table = apps.get_model(KINDS[kind].model)._meta.db_table
            cursor.execute(ARRIVED.replace("{table}", table), [kind])
            found.update(row[0] for row in cursor.fetchall())
    return sorted(found)


def _resolve(ids: list[int], by) -> int:
    groups = defaultdict(list)
    for record in SourceRecord.objects.filter(pk__in=ids).select_related("source", "run").order_by("pk"):
        groups[record.kind, record.source_id].append(record)
    texts = defaultdict(dict)
    for w in WaitingReference.objects.filter(record__in=ids):
        texts[w.record_id][w.column] = f"{w.target_source}:{w.target_key}"
    moved = 0
    for (name, _), records in groups.items():
        kind = KINDS[name]
        arrivals = [_arrive(kind, record, texts[record.pk]) for record in records]
        sealer = Sealer(kind, Mapping())
        applied = apply_arrivals(kind, records[0].source, arrivals, sealer=sealer, by=by)
        note_objects([a for a in arrivals if a.is_refused or a.object_id != a.known_object_id])
        moved += applied.created + applied.updated
    return moved


def _arrive(kind: TableKind, record: SourceRecord, waiting: dict[str, str]) -> Arrival:
    """Of a row that is written already only what it waits for: since then a person may have changed the rest."""
    values = waiting if record.object_id else {**name_values(kind, record), **waiting}
    return Arrival(record.row, {}, record.key, record.raw_hash, values, record.pk, record.object_id)


def note_objects(arrivals: list[Arrival]) -> None:
    """Which object each row became; a refused one is judged again when it comes again."""
    if arrivals:
        update_rows(SourceRecord, ["object_id", "raw_hash"], arrivals, _noted)


def _noted(part: list[Arrival]) -> list[list]:
    hashes = ["" if a.is_refused else a.raw_hash for a in part]
    return [[a.record_id for a in part], [3] * len(part), [a.object_id for a in part], hashes]
