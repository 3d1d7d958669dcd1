"""Good rows become objects, in sets: references looked up, objects created or changed, an Event for each."""

import json
from collections import defaultdict
from dataclasses import dataclass, field

from django.apps import apps
from django.db import DataError, IntegrityError, models, transaction
from django.utils import timezone
from django.utils.module_loading import import_string

from orchestration.sources.arrivals import Arrival, refuse_end
from orchestration.sources.bulk import among, change_rows, insert_rows, reserve_ids, update_rows
from orchestration.sources.golden import set_apart, settle_golden
from orchestration.sources.guard import ENDING, has_ended
from orchestration.sources.kinds import Column, TableKind
from orchestration.sources.models import Source
from orchestration.sources.references import fill_named, resolve_references
from orchestration.sources.seal import Sealer, to_json
from workforce.contributors.confidential import key_hash, mask
from workforce.contributors.models import AgentProfile, Kind, Skill, SupplierProfile
from workforce.ledger.actions import Action
from workforce.ledger.models import Event

CONFIDENTIAL = ("national_id", "tax_id", "bank_account")
ACTIONS = {
    "contributor": (Action.CONTRIBUTOR_CREATED, Action.CONTRIBUTOR_UPDATED),
    "engagement": (Action.ENGAGEMENT_CREATED, Action.ENGAGEMENT_UPDATED),
}


@dataclass
class Applied:
    """`refused` are (arrival, column, value, code, message)."""

    created: int = 0
    updated: int = 0
    held_back: int = 0  # rows that wait whole for a required reference
    ended: int = 0  # contributors who were active and have left with this
    refused: list[tuple] = field(default_factory=list)

    def add(self, other: "Applied") -> "Applied":
        self.created, self.updated = self.created + other.created, self.updated + other.updated
        self.held_back, self.ended = self.held_back + other.held_back, self.ended + other.ended
        self.refused += other.refused
        return self


def apply_arrivals(kind: TableKind, source: Source, arrivals: list[Arrival], *, sealer: Sealer, by=None) -> Applied:
    """Creates or changes what the rows describe; each arrival's `object_id` is filled in.

    A row that the database does not take is found by halving and refused; the others go on.
    """
    if not arrivals:
        return Applied()
    for a in arrivals:
        a.begin()
    try:
        with transaction.atomic():
            return _apply(kind, source, arrivals, sealer, by)
    except (IntegrityError, DataError) as error:
        halves = _halve(kind, arrivals)
        if not halves:
            return _refuse_by_database(kind, arrivals, error)
    applied = Applied()
    for half in halves:
        applied.add(apply_arrivals(kind, source, half, sealer=sealer, by=by))
    return applied


def _halve(kind: TableKind, arrivals: list[Arrival]) -> list[list[Arrival]]:
    """Two halves; nothing when it is one row, or the rows of one document, which stand and fall together."""
    if not kind.writer:
        middle = len(arrivals) // 2
        return [arrivals[:middle], arrivals[middle:]] if middle else []
    documents = defaultdict(list)
    for a in arrivals:
        documents[tuple(a.read.get(name) for name in kind.key[:-1])].append(a)
    groups, middle = list(documents.values()), len(documents) // 2
    return [[a for rows in half for a in rows] for half in (groups[:middle], groups[middle:])] if middle else []


def _refuse_by_database(kind: TableKind, arrivals: list[Arrival], error: Exception) -> Applied:
    applied, column = Applied(), kind.key[-1]
    said = " ".join(str(error).split("\n")[0].split())[:200]
    text = f"The row contradicts what the registry may hold ({said}). Mend it and send it again."
    for a in arrivals:
        a.begin()
        a.is_refused = True
        applied.refused.append((a, column, str(a.read.get(column, "")), "not_storable", text))
    return applied


def _apply(kind: TableKind, source: Source, arrivals: list[Arrival], sealer: Sealer, by) -> Applied:
    applied = Applied()
    if kind.writer:
        import_string(kind.writer)(arrivals, applied, source=source, by=by)
        return applied
    model = apps.get_model(kind.model)
    current = Current(kind, model, arrivals)
    own = _reserve_own(kind, model, arrivals)
    ready, applied.held_back = resolve_references(kind, source, arrivals, own)
    fill_named(kind, ready)
    ready, later = _match_natural(kind, model, ready, current)
    ready, composed = set_apart(ready, applied) if kind.name == "contributors" else (ready, [])
    new = [a for a in ready if a.object_id not in current.rows]
    _create(kind, model, new, sealer)
    changed = _change(kind, model, [a for a in ready if not a.is_created], current, applied, sealer)
    changed += _set_skills(kind, model, ready, current, changed)
    _make_profiles(kind, new + changed)
    _write_events(kind, source, new + changed, current, by)
    if kind.name == "contributors":
        settle_golden([a.object_id for a in composed] + _find_merged(changed, current), by=by)
    held_back = set(map(id, arrivals)) - set(map(id, ready)) - set(map(id, later))
    for a in arrivals:
        if id(a) in held_back:
            a.object_id = a.known_object_id
    applied.created, applied.updated = len(new), len(changed) + len(composed)
    return applied.add(_apply(kind, source, _begin_again(later), sealer, by)) if later else applied


def _find_merged(changed: list[Arrival], current: "Current") -> list[int]:
    """Those of the changed that are merged into another, whose golden record they are part of."""
    place = current.places["merged_into_id"]
    return [a.object_id for a in changed if current.rows[a.object_id][place]]


def _begin_again(arrivals: list[Arrival]) -> list[Arrival]:
    for a in arrivals:
        a.begin()
    return arrivals


def attribute(column: Column) -> str:
    return column.attribute + "_id" if column.type in ("reference", "location", "cost_centre") else column.attribute


class Current:
    """The objects already there, as far as these rows may change them: `rows` by id, `places` by attribute."""

    def __init__(self, kind: TableKind, model, arrivals: list[Arrival]):
        self.model = model
        named = set().union(*(a.values for a in arrivals))
        names = {attribute(c) for c in plain_columns(kind) if c.name in named} | set(filter(None, kind.period))
        if kind.name == "contributors":
            names |= {"name", "merged_into_id", *ENDING}
        self.names = sorted(names)
        self.places = {name: place for place, name in enumerate(self.names)}
        self.rows: dict[int, tuple] = {}
        self.load([a.object_id for a in arrivals if a.object_id])
        for a in arrivals:
            if a.object_id not in self.rows:
                a.object_id = None  # never written, or deleted since

    def load(self, ids: list[int]) -> None:
        if ids:
            found = self.model._base_manager.filter(pk__in=among(ids)).order_by()
            self.rows.update({row[0]: row[1:] for row in found.values_list("pk", *self.names)})

    def facts(self, pk: int) -> dict:
        return dict(zip(self.names, self.rows[pk], strict=True))


def plain_columns(kind: TableKind) -> list[Column]:
    """The columns that fill an attribute of the object's own row."""
    return [c for c in kind.columns if c.name != "source_id" and c.type != "skills"]


def _reserve_own(kind: TableKind, model, arrivals: list[Arrival]) -> dict[str, int]:
    """Ids for new rows of a table that refers to itself, so that rows may name one another in any order."""
    if all(column.target != kind.name for column in kind.columns):
        return {}
    new = [a for a in arrivals if a.object_id is None]
    for a, pk in zip(new, reserve_ids(model, len(new)), strict=True):
        a.object_id = pk
    return {a.key: a.object_id for a in arrivals}


def _match_natural(kind: TableKind, model, arrivals: list[Arrival], current: Current) -> tuple[list, list]:
    """Finds objects that other rows made by the model's natural key; rows that repeat a new one come later."""
    new = [a for a in arrivals if a.object_id is None]
    if not (kind.natural and new):
        return arrivals, []
    columns = {attribute(c): c for c in plain_columns(kind)}
    naturals = {id(a): tuple(a.values.get(columns[n].name) or columns[n].default for n in kind.natural) for a in new}
    first = kind.natural[0]
    wanted = sorted({natural[0] for natural in naturals.values()})
    there = model._base_manager.filter(**{f"{first}__in": among(wanted)}).order_by()
    ids = {tuple(natural): pk for pk, *natural in there.values_list("pk", *kind.natural)}
    current.load([pk for natural, pk in ids.items() if natural in set(naturals.values())])
    taken, later = set(), {}
    for a in new:
        natural = naturals[id(a)]
        a.object_id = ids.get(natural)
        if a.object_id is None and natural in taken:
            later[id(a)] = a
        taken.add(natural)
    return [a for a in arrivals if id(a) not in later], list(later.values())


def _create(kind: TableKind, model, new: list[Arrival], sealer: Sealer) -> None:
    if not new:
        return
    unnumbered = [a for a in new if a.object_id is None]
    for a, pk in zip(unnumbered, reserve_ids(model, len(unnumbered)), strict=True):
        a.object_id = pk
    present = set().union(*(a.values for a in new))
    converted = [c for c in kind.columns if c.name in present and (c.is_confidential or c.type in ("date", "decimal"))]
    for a in new:
        a.is_created = True
        a.after = {name: value for name, value in a.values.items() if value is not None}
        for column in converted:
            if column.name in a.after:
                a.after[column.name] = _show(column, a.after[column.name])
    by_attribute = {attribute(c): c for c in plain_columns(kind)}
    fields = [f for f in model._meta.concrete_fields if not (f.generated or f.has_db_default())]

    def columns_of(part: list[Arrival]) -> list[list]:
        return [_field_values(kind, f, by_attribute.get(f.attname), part, present, sealer) for f in fields]

    insert_rows(model, [f.attname for f in fields], _in_order_of_name(kind, new), columns_of)


def _in_order_of_name(kind: TableKind, arrivals: list[Arrival]) -> list[Arrival]:
    """Most indexes of contributors begin with a name: so each of their pages is written once, not again and again."""
    return sorted(arrivals, key=lambda a: a.read.get("name") or "") if kind.name == "contributors" else arrivals


def _field_values(kind, model_field, column: Column | None, part: list[Arrival], present: set[str], sealer) -> list:
    """What new objects have in one field."""
    if model_field.primary_key:
        return [a.object_id for a in part]
    of = model_field.attname.removesuffix("_hash")
    if column is None and of in CONFIDENTIAL and kind.name == "contributors":
        return _hashes(of, part) if of in present else [""] * len(part)
    empty = (column and column.default) or empty_value(model_field)
    if column is None or column.name not in present:
        return [json.dumps(empty) if isinstance(model_field, models.JSONField) else empty] * len(part)
    values = [empty if (value := a.values.get(column.name)) is None else value for a in part]
    return [value and sealer.seal(value) for value in values] if column.is_confidential else values


def _hashes(name: str, arrivals: list[Arrival]) -> list[str]:
    return [key_hash(a.values.get(name) or "") for a in arrivals]


def empty_value(model_field):
    """What a cleared cell, or one that a new row leaves empty, means."""
    if model_field.null and not model_field.has_default():
        return None
    return model_field.get_default() if model_field.has_default() else ""


def _change(kind, model, arrivals: list[Arrival], current: Current, applied: Applied, sealer: Sealer) -> list[Arrival]:
    """Writes what differs, notes before and after, refuses what would contradict what is there; returns the changed."""
    plan = [
        (c, c.name, current.places[attribute(c)], model._meta.get_field(c.attribute))
        for c in plain_columns(kind)
        if attribute(c) in current.places
    ]
    changed = []
    for a in arrivals:
        row, values = current.rows[a.object_id], a.values
        for column, name, place, model_field in plan:
            if name not in values:
                continue
            new, old = values[name], row[place]
            if new is None and not model_field.null:
                new = values[name] = empty_value(model_field)
            if old != new:
                a.before[name], a.after[name] = _show(column, old), _show(column, new)
        if not a.after:
            continue
        if refusal := _refuse(kind, a, current):
            applied.refused.append(refusal)
            a.is_refused = True
            continue
        changed.append(a)
        if kind.name == "contributors" and ("status" in a.after or "end_date" in a.after):
            applied.ended += has_ended(current.facts(a.object_id), a.values)
    _store_changes(kind, model, changed, sealer)
    return changed


def _show(column: Column, value):
    """A value as the ledger keeps it: JSON, confidential ones masked."""
    if value is None or isinstance(value, int):
        return value
    return mask(str(value)) if column.is_confidential else str(value)


def _refuse(kind: TableKind, a: Arrival, current: Current):
    """A change that would make the stored object end before it starts."""
    if not any(name in a.after for name in kind.period):
        return None
    row = current.rows[a.object_id]
    start, end = (a.values[name] if name in a.values else row[current.places[name]] for name in kind.period)
    if start and end and end < start:
        return refuse_end(a, kind.period[1], start, end)
    return None


def _store_changes(kind: TableKind, model, changed: list[Arrival], sealer: Sealer) -> None:
    """One UPDATE; of each row only the attributes that differ are written."""
    if not changed:
        return
    present = set().union(*(a.after for a in changed))
    written = [c for c in plain_columns(kind) if c.name in present]
    hashed = [c.name for c in written if kind.name == "contributors" and c.name in CONFIDENTIAL]
    names = [*(attribute(c) for c in written), *(f"{name}_hash" for name in hashed)]
    bits = {c.name: 1 << place for place, c in enumerate(written)}
    for place, name in enumerate(hashed, start=len(written)):
        bits[name] |= 1 << place

    def columns_of(part: list[Arrival]) -> list[list]:
        masks = [sum(bits[name] for name in a.after) for a in part]
        columns = [[a.values.get(c.name) for a in part] for c in written]
        for c, values in zip(written, columns, strict=True):
            if c.is_confidential:
                values[:] = [value and sealer.seal(value) for value in values]
        return [[a.object_id for a in part], masks, *columns, *(_hashes(name, part) for name in hashed)]

    update_rows(model, names, changed, columns_of)


def _set_skills(kind, model, arrivals: list[Arrival], current: Current, changed: list[Arrival]) -> list[Arrival]:
    """Replaces the skills of those whose row names skills; returns those whom only that changed."""
    named = [a for a in arrivals if "skills" in a.values and not a.is_refused] if "skills" in kind.by_name else []
    if not named:
        return []
    through = model.skills.through
    owner = next(f.attname for f in through._meta.concrete_fields if f.is_relation and f.related_model is not Skill)
    have = defaultdict(dict)
    known = [a.object_id for a in named if not a.is_created]
    for pk, owner_id, skill in through.objects.filter(**{f"{owner}__in": among(known)}).values_list(
        "pk", owner, "skill_id"
    ):
        have[owner_id][skill] = pk
    names = dict(Skill.objects.values_list("pk", "name"))
    touched, differing, links, drop = set(map(id, changed)), [], [], []
    for a in named:
        want, old = set(a.values["skills"] or ()), have.get(a.object_id, {})
        if want == old.keys():
            continue
        if not a.is_created:
            a.before["skills"] = sorted(names[s] for s in old)
        a.after["skills"] = sorted(names[s] for s in want)
        links += [(a.object_id, skill) for skill in sorted(want - old.keys())]
        drop += [pk for skill, pk in old.items() if skill not in want]
        if not a.is_created and id(a) not in touched:
            differing.append(a)
    if drop:
        change_rows(f'DELETE FROM "{through._meta.db_table}" WHERE id {{keys}}', drop)
    if links:
        insert_rows(through, [owner, "skill_id"], links, lambda part: list(zip(*part, strict=True)))
    return differing


def _make_profiles(kind: TableKind, arrivals: list[Arrival]) -> None:
    if kind.name != "contributors":
        return
    agents = [a.object_id for a in arrivals if a.values.get("kind") == Kind.AI_AGENT]
    firms = [a.object_id for a in arrivals if a.values.get("kind") in (Kind.VENDOR, Kind.PARTNER)]
    AgentProfile.objects.bulk_create([AgentProfile(pk=pk) for pk in agents], batch_size=2_000, ignore_conflicts=True)
    SupplierProfile.objects.bulk_create(
        [SupplierProfile(pk=pk) for pk in firms], batch_size=2_000, ignore_conflicts=True
    )


def _write_events(kind: TableKind, source: Source, written: list[Arrival], current: Current, by) -> None:
    subject = apps.get_model(kind.model)._meta.model_name
    created, updated = ACTIONS.get(subject, (Action.RECORD_CREATED, Action.RECORD_UPDATED))
    same = {"at": timezone.now(), "actor_id": by and by.pk, "on_behalf_of_id": None, "subject_type": subject}
    told = ["action", "subject_id", "subject_label", "before", "after", "reason"]

    def columns_of(part: list[Arrival]) -> list[list]:
        return [
            *([value] * len(part) for value in same.values()),
            [created.value if a.is_created else updated.value for a in part],
            [a.object_id for a in part],
            [_label(kind, source, a, current) for a in part],
            [to_json(a.before) if a.before else "{}" for a in part],
            [to_json(a.after) for a in part],
            [f"Import from {source.name}, row {a.number}" for a in part],
        ]

    insert_rows(Event, [*same, *told], written, columns_of)


def _label(kind: TableKind, source: Source, a: Arrival, current: Current) -> str:
    if kind.name != "contributors":
        return f"{source.name}:{a.key}"[:200]
    return (a.values.get("name") or current.rows[a.object_id][current.places["name"]])[:200]
