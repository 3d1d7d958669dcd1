"""Raw records that are kept already become objects: for calls that come row by row."""

from orchestration.sources.apply import Applied, apply_arrivals
from orchestration.sources.arrivals import Arrival
from orchestration.sources.kinds import TableKind
from orchestration.sources.mapping import Mapping
from orchestration.sources.models import SourceRecord
from orchestration.sources.seal import Sealer
from orchestration.sources.waiting import name_values, note_objects


def apply_records(kind: TableKind, records: list[SourceRecord], *, by=None) -> Applied:
    """Creates or changes what stored records of one source describe; each record's `object_id` is filled in."""
    if not records:
        return Applied()
    arrivals = [Arrival(r.row, r.raw, r.key, r.raw_hash, name_values(kind, r), r.pk, r.object_id) for r in records]
    applied = apply_arrivals(kind, records[0].source, arrivals, sealer=Sealer(kind, Mapping()), by=by)
    note_objects(arrivals)
    for record, arrival in zip(records, arrivals, strict=True):
        record.object_id = arrival.object_id
        record.raw_hash = "" if arrival.is_refused else arrival.raw_hash
    return applied
