"""Raw records become objects, in sets: references looked up, objects created or changed, an Event for each."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field

from django.apps import apps
from django.db import connection, models
from django.utils.module_loading import import_string

from orchestration.sources.kinds import KINDS, TableKind
from orchestration.sources.mapping import Mapping
from orchestration.sources.models import SourceRecord, WaitingReference
from orchestration.sources.values import read_row
from workforce.contributors.confidential import decrypt, key_hash, mask
from workforce.contributors.models import AgentProfile, Contributor, Kind, Skill, SupplierProfile
from workforce.contributors.skills import find_skills
from workforce.ledger.actions import Action
from workforce.ledger.models import Event
from workforce.ledger.record import build_event
from workforce.organisation.calendars import calendar_for
from workforce.organisation.models import CostCentre, Location

BATCH = 2_000
CONFIDENTIAL = ("national_id", "tax_id", "bank_account")
ACTIONS = {
    "contributor": (Action.CONTRIBUTOR_CREATED, Action.CONTRIBUTOR_UPDATED),
    "engagement": (Action.ENGAGEMENT_CREATED, Action.ENGAGEMENT_UPDATED),
}


@dataclass
class Applied:
    """`refused` rows are (row number, raw, column, value, code, message)."""

    created: int = 0
    updated: int = 0
    held_back: int = 0  # rows that wait whole for a required reference
    refused: list[tuple] = field(default_factory=list)


@dataclass(eq=False)
class Pending:
    """A record on its way: its values by column and its object, once there is one."""

    record: SourceRecord
    values: dict
    instance: models.Model | None = None
    before: dict = field(default_factory=dict)
    after: dict = field(default_factory=dict)
    is_refused: bool = False


def open_raw(record: SourceRecord) -> dict:
    """The raw row with its confidential cells in plain text."""
    return {
        name: decrypt(text[4:]) if isinstance(text, str) and text.startswith("enc:") else text
        for name, text in record.raw.items()
    }


def apply_records(kind: TableKind, records: list[SourceRecord], *, by=None) -> Applied:
    """Creates or changes what the records describe; each record's `object_id` is filled in."""
    applied = Applied()
    if not records:
        return applied
    if records[0].pk is None or any(r.object_id is None for r in records):
        _refresh_identity(kind, records)
    pending = [_read(kind, record) for record in records]
    if kind.writer:
        import_string(kind.writer)(pending, applied, by=by)
    else:
        pending = _resolve_references(kind, pending, applied)
        _fill_named(kind, pending)
        _load_instances(kind, pending)
        _write(kind, pending, applied, by)
    for p in pending:
        if p.is_refused:
            p.record.raw_hash = ""  # so that the row is judged again, and refused again, when it comes again
    _store_objects([p.record for p in pending])
    return applied


def _store_objects(records: list[SourceRecord]) -> None:
    """Notes in each record which object it became, a set at a time."""
    with connection.cursor() as cursor:
        for start in range(0, len(records), BATCH):
            slice_ = records[start : start + BATCH]
            marks = ",".join(["(%s,%s,%s)"] * len(slice_))
            cursor.execute(
                f"""
                WITH v(id, object_id, raw_hash) AS (VALUES {marks})
                UPDATE sources_sourcerecord SET object_id = CAST(v.object_id AS BIGINT), raw_hash = v.raw_hash
                FROM v WHERE sources_sourcerecord.id = v.id
                """,
                [value for r in slice_ for value in (r.pk, r.object_id, r.raw_hash)],
            )


def _refresh_identity(kind: TableKind, records: list[SourceRecord]) -> None:
    """Takes ids and objects of records written by an upsert from the database."""
    known = {}
    keys = [r.key for r in records]
    for start in range(0, len(keys), BATCH):
        rows = SourceRecord.objects.filter(
            source=records[0].source_id, kind=kind.name, key__in=keys[start : start + BATCH]
        ).values_list("key", "pk", "object_id")
        known.update({key: (pk, object_id) for key, pk, object_id in rows})
    for record in records:
        if record.pk is None or record.object_id is None:
            record.pk, record.object_id = known[record.key]


def _read(kind: TableKind, record: SourceRecord) -> Pending:
    # A row that was just read is not decrypted and read again.
    values = record.__dict__.pop("values_read", None)
    return Pending(record, name_values(kind, record) if values is None else values)


def name_values(kind: TableKind, record: SourceRecord) -> dict:
    """The record's values by column, references as text."""
    return read_row(kind, open_raw(record), Mapping(**record.run.mapping))[0]


def name_target(reference: str, source: str) -> tuple[str, str]:
    """(source, key) of a reference: the same source unless it says `other_source:key`."""
    other, colon, key = reference.partition(":")
    return (other, key) if colon and other and key else (source, reference)


def find_targets(wanted: Iterable[tuple[str, str, str]]) -> dict[tuple[str, str, str], int]:
    """Object ids by (kind, source, key), for those that have arrived."""
    by_kind = defaultdict(lambda: defaultdict(set))
    for target_kind, source, key in wanted:
        by_kind[target_kind][source].add(key)
    found = {}
    for target_kind, sources in by_kind.items():
        for source, keys in sources.items():
            ordered = sorted(keys)
            for start in range(0, len(ordered), BATCH):
                rows = SourceRecord.objects.filter(
                    kind=target_kind,
                    source__name=source,
                    key__in=ordered[start : start + BATCH],
                    object_id__isnull=False,
                ).values_list("key", "object_id")
                found.update({(target_kind, source, key): object_id for key, object_id in rows})
    return found


def _resolve_references(kind: TableKind, pending: list[Pending], applied: Applied) -> list[Pending]:
    """Puts ids in place of references; rows whose required reference is unknown wait whole."""
    columns = [column for column in kind.columns if column.type == "reference"]
    if not columns:
        return pending
    wanted = {}
    for p in pending:
        source = p.record.source.name
        for column in columns:
            if p.values.get(column.name):
                wanted[p.record.pk, column.name] = (column.target, *name_target(p.values[column.name], source))
    found = find_targets(wanted.values())
    waiting, ready = [], []
    for p in pending:
        lacks_required = False
        for column in columns:
            target = wanted.get((p.record.pk, column.name))
            if target is None:
                continue
            if target in found:
                p.values[column.name] = found[target]
                continue
            del p.values[column.name]
            lacks_required |= column.required
            waiting.append(
                WaitingReference(
                    record=p.record, column=column.name, target_kind=target[0], target_source=target[1],
                    target_key=target[2],
                )
            )  # fmt: skip
        if lacks_required:
            applied.held_back += 1
        else:
            ready.append(p)
    pks = [p.record.pk for p in pending]
    for start in range(0, len(pks), BATCH):
        WaitingReference.objects.filter(record__in=pks[start : start + BATCH]).delete()
    WaitingReference.objects.bulk_create(waiting, batch_size=BATCH)
    return ready


def _fill_named(kind: TableKind, pending: list[Pending]) -> None:
    """Locations, cost centres and skills exist as soon as a row names them."""
    for column in kind.columns:
        named = [p for p in pending if p.values.get(column.name)]
        if not named:
            continue
        if column.type == "cost_centre":
            codes = {p.values[column.name] for p in named}
            CostCentre.objects.bulk_create([CostCentre(code=c) for c in sorted(codes)], ignore_conflicts=True)
            ids = dict(CostCentre.objects.values_list("code", "pk"))
            for p in named:
                p.values[column.name] = ids[p.values[column.name]]
        elif column.type == "location":
            places = {(p.values[column.name], p.values.get("country") or "") for p in named}
            calendars = {country: calendar_for(country) for _, country in places if country}
            Location.objects.bulk_create(
                [Location(name=n, country=c, calendar=calendars.get(c)) for n, c in sorted(places)],
                ignore_conflicts=True,
            )
            ids = {(n, c): pk for n, c, pk in Location.objects.values_list("name", "country", "pk")}
            for p in named:
                p.values[column.name] = ids[p.values[column.name], p.values.get("country") or ""]
        elif column.type == "skills":
            ids = find_skills({name for p in named for name in p.values[column.name]})
            for p in named:
                p.values[column.name] = sorted({ids[name.lower()] for name in p.values[column.name]})


def _load_instances(kind: TableKind, pending: list[Pending]) -> None:
    """The objects already there: by the record's own, else by the model's natural key."""
    model = apps.get_model(kind.model)
    ids = [p.record.object_id for p in pending if p.record.object_id]
    instances = {}
    for start in range(0, len(ids), BATCH):
        instances.update(model.objects.in_bulk(ids[start : start + BATCH]))
    for p in pending:
        p.instance = instances.get(p.record.object_id)
    new = [p for p in pending if p.instance is None]
    if not (kind.natural and new):
        return
    first = kind.natural[0]
    wanted = {p.values[first.removesuffix("_id")] for p in new}
    there = {
        tuple(getattr(o, name) for name in kind.natural): o for o in model.objects.filter(**{f"{first}__in": wanted})
    }
    for p in new:
        draft = _draft(model, kind, p.values)
        p.instance = there.get(tuple(getattr(draft, name) for name in kind.natural))


def _attribute(kind: TableKind, column) -> str:
    return column.attribute + "_id" if column.type in ("reference", "location", "cost_centre") else column.attribute


def _draft(model, kind: TableKind, values: dict) -> models.Model:
    """A new unsaved object with the values given."""
    instance = model()
    for column in kind.columns:
        value = values.get(column.name) or column.default if column.default else values.get(column.name)
        if value is not None and column.name != "source_id" and column.type != "skills":
            setattr(instance, _attribute(kind, column), value)
    return instance


def _change(kind: TableKind, p: Pending) -> None:
    """Sets what differs on the object and notes before and after."""
    instance = p.instance
    for column in kind.columns:
        if column.name not in p.values or column.name == "source_id" or column.type == "skills":
            continue
        name = _attribute(kind, column)
        model_field = instance._meta.get_field(column.attribute)
        new = p.values[column.name]
        if new is None and not model_field.null:
            new = model_field.get_default() if model_field.has_default() else ""
        old = getattr(instance, name)
        if old != new:
            p.before[column.name], p.after[column.name] = _show(column, old), _show(column, new)
            setattr(instance, name, new)


def _show(column, value):
    """A value as the ledger keeps it: JSON, confidential ones masked."""
    if value is None or isinstance(value, int):
        return value
    return mask(str(value)) if column.is_confidential else str(value)


def _write(kind: TableKind, pending: list[Pending], applied: Applied, by) -> None:
    model = apps.get_model(kind.model)
    new, changed, seen_natural = [], [], {}
    for p in pending:
        if p.instance is None:
            p.instance = _draft(model, kind, p.values)
            natural = tuple(getattr(p.instance, n) for n in kind.natural)
            if kind.natural and natural in seen_natural:
                p.instance = seen_natural[natural].instance
                _change(kind, p)
                continue
            seen_natural[natural] = p
            p.after = {c.name: _show(c, p.values[c.name]) for c in kind.columns if p.values.get(c.name) is not None}
            new.append(p)
        else:
            _change(kind, p)
            if refusal := _refuse(kind, p):
                applied.refused.append(refusal)
                p.is_refused = True
            elif p.after:
                changed.append(p)
    _set_hashes(kind, new + changed)
    model.objects.bulk_create([p.instance for p in new], batch_size=BATCH)
    fields = sorted({kind.by_name[name].attribute for p in changed for name in p.after if name != "skills"})
    _store_changes(model, [p.instance for p in changed], fields)
    reskilled = _set_skills(kind, pending)
    _make_profiles(kind, new + changed)
    for p in pending:
        if not p.is_refused:
            p.record.object_id = p.instance.pk
    touched = {id(p) for p in new + changed}
    changed += [p for p in reskilled if id(p) not in touched]
    _write_events(new, changed, by)
    applied.created, applied.updated = len(new), len(changed)


def _refuse(kind: TableKind, p: Pending):
    """A change that would make the stored object end before it starts."""
    start, end = (getattr(p.instance, name, None) if name else None for name in kind.period)
    if start and end and end < start:
        message = f"With what is known already it would end on {end}, before it starts on {start}."
        return (p.record.row, open_raw(p.record), kind.period[1], str(end), "ends_before_start", message)
    return None


def _set_hashes(kind: TableKind, pending: list[Pending]) -> None:
    if kind.name == "contributors":
        for p in pending:
            for name in CONFIDENTIAL:
                setattr(p.instance, f"{name}_hash", key_hash(getattr(p.instance, name)))


def _store_changes(model, instances: list, fields: list[str]) -> None:
    """One upsert by id for each slice: an UPDATE from a set that both databases know."""
    if not (instances and fields):
        return
    names = fields + [f"{n}_hash" for n in CONFIDENTIAL if n in fields]
    model.objects.bulk_create(
        instances, batch_size=BATCH, update_conflicts=True, unique_fields=["id"], update_fields=names
    )


def _set_skills(kind: TableKind, pending: list[Pending]) -> list[Pending]:
    """Replaces the skills of those whose row names skills; returns those for whom that changed something."""
    named = [p for p in pending if "skills" in p.values and kind.by_name.get("skills") and not p.is_refused]
    if not named:
        return []
    through = apps.get_model(kind.model).skills.through
    owner = next(f.attname for f in through._meta.concrete_fields if f.is_relation and f.related_model is not Skill)
    ids = [p.instance.pk for p in named]
    have = defaultdict(set)
    for start in range(0, len(ids), BATCH):
        for owner_id, skill_id in through.objects.filter(**{f"{owner}__in": ids[start : start + BATCH]}).values_list(
            owner, "skill_id"
        ):
            have[owner_id].add(skill_id)
    names = dict(Skill.objects.values_list("pk", "name"))
    differing, links, drop = [], [], []
    for p in named:
        want = set(p.values["skills"] or ())
        old = have[p.instance.pk]
        if want != old:
            p.before.setdefault("skills", sorted(names[s] for s in old))
            p.after["skills"] = sorted(names[s] for s in want)
            differing.append(p)
            links += [through(**{owner: p.instance.pk, "skill_id": s}) for s in want - old]
            drop.append(models.Q(**{owner: p.instance.pk, "skill__in": old - want})) if old - want else None
    for start in range(0, len(drop), 100):
        condition = models.Q()
        for part in drop[start : start + 100]:
            condition |= part
        through.objects.filter(condition).delete()
    through.objects.bulk_create(links, batch_size=BATCH)
    return differing


def _make_profiles(kind: TableKind, pending: list[Pending]) -> None:
    if kind.name != "contributors":
        return
    agents = [AgentProfile(pk=p.instance.pk) for p in pending if p.instance.kind == Kind.AI_AGENT]
    firms = [SupplierProfile(pk=p.instance.pk) for p in pending if p.instance.kind in (Kind.VENDOR, Kind.PARTNER)]
    AgentProfile.objects.bulk_create(agents, ignore_conflicts=True)
    SupplierProfile.objects.bulk_create(firms, ignore_conflicts=True)


def _write_events(new: list[Pending], changed: list[Pending], by) -> None:
    events = []
    for created, group in ((True, new), (False, changed)):
        for p in group:
            tags = ACTIONS.get(p.instance._meta.model_name, (Action.RECORD_CREATED, Action.RECORD_UPDATED))
            label = p.instance.name if isinstance(p.instance, Contributor) else str(p.record)
            event = build_event(
                action=tags[0] if created else tags[1], subject=_Labelled(p.instance, label), by=by,
                before={} if created else p.before, after=p.after,
                reason=f"Import from {p.record.source.name}, row {p.record.row}",
            )  # fmt: skip
            events.append(event)
    Event.objects.bulk_create(events, batch_size=BATCH)


class _Labelled:
    """A subject with a label at hand, so that naming it asks the database nothing."""

    def __init__(self, instance: models.Model, label: str):
        self._meta, self.pk, self._label = instance._meta, instance.pk, label

    def __str__(self):
        return self._label


def resolve_waiting(*, by=None) -> int:
    """Fills references whose target has arrived, until nothing more moves; returns how many rows moved."""
    moved = 0
    while True:
        records = list(
            SourceRecord.objects.filter(
                models.Exists(
                    WaitingReference.objects.filter(record=models.OuterRef("pk")).filter(
                        models.Exists(
                            SourceRecord.objects.filter(
                                kind=models.OuterRef("target_kind"),
                                source__name=models.OuterRef("target_source"),
                                key=models.OuterRef("target_key"),
                                object_id__isnull=False,
                            )
                        )
                    )
                )
            )
            .select_related("source", "run")
            .order_by("pk")
        )
        groups = defaultdict(list)
        for record in records:
            groups[record.kind, record.source_id].append(record)
        for (kind, _), group in groups.items():
            applied = apply_records(KINDS[kind], group, by=by)
            moved += applied.created + applied.updated
        if not records:
            return moved
