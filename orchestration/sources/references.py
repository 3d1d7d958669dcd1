"""What a row names becomes ids: other rows by their keys, places, cost centres and skills by their names."""

from collections import defaultdict
from collections.abc import Iterable

from django.apps import apps

from orchestration.sources.arrivals import Arrival, name_target
from orchestration.sources.bulk import among, change_rows, find_rows
from orchestration.sources.kinds import KINDS, TableKind
from orchestration.sources.models import Source, WaitingReference
from workforce.contributors.skills import find_skills
from workforce.organisation.calendars import calendar_for
from workforce.organisation.models import CostCentre, Location

BATCH = 2_000
ARRIVED = """
SELECT r.key, r.object_id FROM sources_sourcerecord r
JOIN {table} o ON o.id = r.object_id
JOIN sources_source s ON s.id = r.source_id
WHERE s.name = %s AND r.kind = %s AND r.key {keys}
"""
FORGET = "DELETE FROM sources_waitingreference WHERE id {keys}"

Target = tuple[str, str, str]  # kind, source, key


def find_targets(wanted: Iterable[Target]) -> dict[Target, int]:
    """Object ids of those that have arrived and still stand."""
    groups = defaultdict(list)
    for kind, source, key in wanted:
        groups[kind, source].append(key)
    found = {}
    for (kind, source), keys in groups.items():
        table = apps.get_model(KINDS[kind].model)._meta.db_table
        rows = find_rows(ARRIVED.replace("{table}", table), sorted(keys), source, kind)
        found.update({(kind, source, key): object_id for key, object_id in rows})
    return found


def resolve_references(
    kind: TableKind, source: Source, arrivals: list[Arrival], own: dict[str, int]
) -> tuple[list[Arrival], int]:
    """Puts ids in place of references; returns the rows that can be written and how many wait whole for a required one.

    `own` are the ids of these rows themselves by key, where the table refers to itself.
    """
    columns = [column for column in kind.columns if column.type == "reference"]
    if not columns:
        return arrivals, 0
    found = {}  # by column name: reference as written -> id
    for column in columns:
        texts = {a.values.get(column.name) for a in arrivals} - {None, ""}
        targets = {text: (column.target, *name_target(text, source.name)) for text in texts}
        ids = {(kind.name, source.name, key): pk for key, pk in own.items()} if column.target == kind.name else {}
        ids |= find_targets({target for target in targets.values() if target not in ids})
        found[column.name] = {text: ids.get(target) for text, target in targets.items()}
    columns = [column for column in columns if found[column.name]]
    waiting, ready = [], []
    for a in arrivals:
        lacks_required = False
        for column in columns:
            text = a.values.get(column.name)
            if not text:
                continue
            target = found[column.name][text]
            if target is not None:
                a.values[column.name] = target
                continue
            del a.values[column.name]
            lacks_required |= column.required
            waiting.append(_waiting(a, column, source, text))
        if not lacks_required:
            ready.append(a)
    _forget_waiting(arrivals)
    WaitingReference.objects.bulk_create(waiting, batch_size=BATCH)
    return ready, len(arrivals) - len(ready)


def _forget_waiting(arrivals: list[Arrival]) -> None:
    """What a row names or clears anew waits no longer; what an empty cell leaves, waits on."""
    known = {a.record_id: a for a in arrivals if not a.is_first_sight}
    waiting = WaitingReference.objects.filter(record__in=among(list(known))).values_list("pk", "record", "column")
    change_rows(FORGET, [pk for pk, record, column in waiting if column in known[record].read])


def _waiting(a: Arrival, column, source: Source, text: str) -> WaitingReference:
    target_source, key = name_target(text, source.name)
    return WaitingReference(
        record_id=a.record_id,
        column=column.name,
        target_kind=column.target,
        target_source=target_source,
        target_key=key,
    )


def fill_named(kind: TableKind, arrivals: list[Arrival]) -> None:
    """Locations, cost centres and skills exist as soon as a row names them."""
    for column in kind.columns:
        fill = {"cost_centre": _fill_cost_centres, "location": _fill_locations, "skills": _fill_skills}.get(column.type)
        if fill and (named := [a for a in arrivals if a.values.get(column.name)]):
            fill(column.name, named)


def _fill_cost_centres(name: str, arrivals: list[Arrival]) -> None:
    codes = {a.values[name] for a in arrivals}
    missing = codes - set(CostCentre.objects.values_list("code", flat=True))
    CostCentre.objects.bulk_create([CostCentre(code=c) for c in sorted(missing)], ignore_conflicts=True)
    ids = dict(CostCentre.objects.values_list("code", "pk"))
    for a in arrivals:
        a.values[name] = ids[a.values[name]]


def _fill_locations(name: str, arrivals: list[Arrival]) -> None:
    places = {(a.values[name], a.values.get("country") or "") for a in arrivals}
    missing = places - set(Location.objects.values_list("name", "country"))
    calendars = {country: calendar_for(country) for _, country in missing if country}
    Location.objects.bulk_create(
        [Location(name=n, country=c, calendar=calendars.get(c)) for n, c in sorted(missing)], ignore_conflicts=True
    )
    ids = {(n, c): pk for n, c, pk in Location.objects.values_list("name", "country", "pk")}
    for a in arrivals:
        a.values[name] = ids[a.values[name], a.values.get("country") or ""]


def _fill_skills(name: str, arrivals: list[Arrival]) -> None:
    ids = find_skills({skill for a in arrivals for skill in a.values[name]})
    for a in arrivals:
        a.values[name] = sorted({ids[skill.lower()] for skill in a.values[name]})
