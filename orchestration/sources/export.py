"""Exporting canonical tables as they would be imported, and the registry's own lists."""

from collections import defaultdict
from collections.abc import Callable, Iterator
from datetime import date
from itertools import islice
from pathlib import Path

from django.apps import apps
from django.db.models import Q

from orchestration.sources import lists
from orchestration.sources.files import CannotExport, write_rows
from orchestration.sources.golden import read_facts
from orchestration.sources.kinds import KINDS, Column, TableKind
from orchestration.sources.models import OwnFacts, SourceRecord, WaitingReference
from orchestration.sources.waiting import name_values
from workforce.contributors.models import Contributor, Skill
from workforce.contributors.query import QueryError, apply_query
from workforce.ledger.as_of import registry_as_of
from workforce.organisation.models import CostCentre, Location

CHUNK = 2_000
# Where a table's rows lead to the contributor that a query names.
THROUGH = {
    "contributors": "pk", "engagements": "contributor", "absences": "contributor", "allocations": "contributor",
    "rates": "engagement__contributor", "time": "engagement__contributor", "purchase_orders": "supplier",
    "identities": "contributor", "findings": "contributor",
}  # fmt: skip
# The first and last day of what has days; a table without them cannot be read as of a day.
SPANS = {
    "contributors": ("start_date", "end_date"), "engagements": ("start_date", "end_date"),
    "rates": ("valid_from", "valid_to"), "rate_cards": ("valid_from", "valid_to"),
    "purchase_orders": ("valid_from", "valid_to"), "absences": ("start_date", "end_date"),
    "allocations": ("start_date", "end_date"), "requests": ("start_date", "end_date"),
    "findings": ("opened_at__date", "closed_at__date"),
}  # fmt: skip


def export_table(
    *, kind: str, path, form: str = "csv", query: str = "", as_of: date | None = None, source: str = "",
    progress: Callable[[int], None] | None = None,
) -> int:  # fmt: skip
    """Writes a table to a file and returns the number of rows; CannotExport says why not.

    With `as_of`, contributors, their skills and engagements are written as they were known at the end of that day.
    """
    with registry_as_of(as_of):
        columns, numbers, rows = open_table(kind=kind, query=query, as_of=as_of, source=source)
        rows = _counted(rows, progress)
        return write_rows(path=Path(path), form=form, columns=columns, rows=rows, numbers=numbers)


def open_table(
    *, kind: str, query: str = "", as_of: date | None = None, source: str = "", among=None, without=()
) -> tuple[list[str], set[str], Iterator[list]]:
    """The columns of a table, which of them are numbers, and its rows, read as they are asked for.

    `among` are the canonical contributors whose rows are wanted, their merged records' included; columns of `without`
    are left out, which an import takes as nothing said.
    """
    chosen = _choose(kind, query, as_of)
    if among is not None:
        chosen &= Q(pk__in=among.order_by().values("pk")) | Q(merged_into__in=among.order_by().values("pk"))
    if kind == "payables":
        raise CannotExport("Payables are not kept yet. Export `discrepancies` and `invoices` instead.")
    if kind in KINDS and kind != "invoices":
        columns, rows = _canonical(KINDS[kind], chosen, source, as_of)
        if without:
            columns, rows = _leave_out(columns, rows, without)
        numbers = {c.name for c in KINDS[kind].columns if c.type in ("decimal", "integer")}
    elif kind in lists.LISTS:
        columns, numbers, rows = lists.LISTS[kind](chosen, source)
    else:
        known = ", ".join([*KINDS, *(name for name in lists.LISTS if name not in KINDS)])
        raise CannotExport(f"{kind!r} is not a table that can be exported. Write one of: {known}.")
    return columns, numbers, rows


def _leave_out(columns: list[str], rows, without) -> tuple[list[str], Iterator[list]]:
    kept = [place for place, name in enumerate(columns) if name not in without]
    return [columns[place] for place in kept], ([row[place] for place in kept] for row in rows)


def _counted(rows, progress) -> Iterator[list]:
    for row in rows:
        if progress:
            progress(1)
        yield row


def _choose(kind: str, query: str, as_of: date | None) -> Q:
    """The condition on the table's own model that a query and a day mean."""
    chosen = Q()
    if query:
        if kind not in THROUGH:
            raise CannotExport(f"A query names contributors; {kind} has none. Leave --q out.")
        try:
            found = apply_query(Contributor.objects.all(), query, today=as_of)
        except QueryError as error:
            raise CannotExport(f"The query cannot be used. {error}") from None
        chosen &= Q(**{f"{THROUGH[kind]}__in": found.values("pk")})
    if as_of:
        if kind not in SPANS:
            raise CannotExport(f"{kind} cannot be read as of a day. Leave --as-of out.")
        first, last = SPANS[kind]
        begun = Q(**{f"{first}__lte": as_of}) | Q(**{f"{first.removesuffix('__date')}__isnull": True})
        # A finding closed on the day was no longer open at its end; all other last days are included.
        lasts = Q(**{f"{last}__gt" if kind == "findings" else f"{last}__gte": as_of})
        chosen &= begun & (lasts | Q(**{f"{last.removesuffix('__date')}__isnull": True}))
    return chosen


def _canonical(kind: TableKind, chosen: Q, source: str, as_of: date | None) -> tuple[list[str], Iterator[list]]:
    records = SourceRecord.objects.filter(kind=kind.name)
    sources = (
        [source] if source else list(records.values_list("source__name", flat=True).distinct().order_by("source__name"))
    )
    records = records.filter(source__name__in=sources).select_related("source", "run").order_by("source__name", "key")
    names = [column.name for column in kind.columns]
    # Keys are unique in one source only, so rows of several say which.
    several = len(sources) > 1
    return (["source", *names] if several else names), _canonical_rows(kind, records, chosen, several, as_of)


def _canonical_rows(kind: TableKind, records, chosen: Q, several: bool, as_of) -> Iterator[list]:
    found = records.iterator(chunk_size=CHUNK)
    while chunk := list(islice(found, CHUNK)):
        objects = _load_objects(kind, [r.object_id for r in chunk if r.object_id], chosen, as_of)
        keys = _reference_keys(kind, objects.values())
        waiting = _waiting_texts(chunk)
        for record in chunk:
            source = record.source.name
            if record.object_id in objects:
                row = {
                    c.name: _cell(c, objects[record.object_id].get(c.name), source, keys) for c in kind.columns
                } | waiting.get(record.pk, {})
            elif record.object_id is None and not chosen:
                row = _waiting_row(kind, record)
            else:
                continue
            if "source_id" in kind.by_name:
                row["source_id"] = record.key
            cells = [row.get(c.name) for c in kind.columns]
            yield [source, *cells] if several else cells


def _load_objects(kind: TableKind, ids: list[int], chosen: Q, as_of: date | None) -> dict[int, dict]:
    """Values by column name, by object id."""
    model = apps.get_model(kind.model)
    paths = {}
    for column in kind.columns:
        if column.type == "location":
            paths[column.name] = f"{column.attribute}__name"
        elif column.type == "cost_centre":
            paths[column.name] = f"{column.attribute}__code"
        elif column.name != "source_id" and column.type not in ("skills", "aliases"):
            paths[column.name] = column.attribute
    rows = model.objects.filter(chosen, pk__in=ids).values_list("pk", *paths.values())
    objects = {row[0]: dict(zip(paths, row[1:], strict=True)) for row in rows}
    for column in kind.columns:
        if column.type in ("skills", "aliases"):
            _join_names(model, column.name, objects)
    if kind.name == "contributors" and not as_of:
        objects.update(_tell_own_facts(objects))
    return objects


def _tell_own_facts(objects: dict[int, dict]) -> dict[int, dict]:
    """For rows that show a golden record what their own sources say: a source's export imports into it unchanged."""
    own = {one.pk: read_facts(one.facts) for one in OwnFacts.objects.filter(pk__in=list(objects))}
    if not own:
        return {}
    names = {
        name: dict(model.objects.filter(pk__in={facts[name] for facts in own.values()}).values_list("pk", attribute))
        for name, model, attribute in (("location", Location, "name"), ("cost_centre", CostCentre, "code"))
    }
    skills = dict(Skill.objects.filter(pk__in={s for f in own.values() for s in f["skills"]}).values_list("pk", "name"))
    return {
        pk: facts
        | {name: names[name].get(facts[name]) for name in names}
        | {"skills": ";".join(sorted(skills[s] for s in facts["skills"]))}
        for pk, facts in own.items()
    }


def _join_names(model, column: str, objects: dict[int, dict]) -> None:
    """Puts the names of an object's skills or aliases into one cell."""
    names = defaultdict(list)
    found = model.objects.filter(pk__in=list(objects), **{f"{column}__isnull": False})
    for pk, name in found.order_by().values_list("pk", f"{column}__name"):
        names[pk].append(name)
    for pk, several in names.items():
        objects[pk][column] = ";".join(sorted(several))


def _reference_keys(kind: TableKind, objects) -> dict[tuple[str, int], dict[str, str]]:
    """(target kind, object id) -> key by source."""
    wanted = defaultdict(set)
    for column in kind.columns:
        if column.type == "reference":
            wanted[column.target] |= {o[column.name] for o in objects if o[column.name]}
    keys = defaultdict(dict)
    for target, ids in wanted.items():
        for object_id, source, key in SourceRecord.objects.filter(kind=target, object_id__in=ids).values_list(
            "object_id", "source__name", "key"
        ):
            keys[target, object_id][source] = key
    return keys


def _cell(column: Column, value, source: str, keys):
    if column.type != "reference" or value is None:
        return value
    by_source = keys.get((column.target, value), {})
    if source in by_source:
        key = by_source[source]
        return f"{source}:{key}" if ":" in key else key
    return next((f"{other}:{key}" for other, key in sorted(by_source.items())), None)


def _waiting_texts(chunk: list[SourceRecord]) -> dict[int, dict[str, str]]:
    """What still waits, as it would be written."""
    texts = defaultdict(dict)
    source_of = {record.pk: record.source.name for record in chunk}
    for w in WaitingReference.objects.filter(record__in=[r.pk for r in chunk]):
        own = w.target_source == source_of[w.record_id] and ":" not in w.target_key
        texts[w.record_id][w.column] = w.target_key if own else f"{w.target_source}:{w.target_key}"
    return texts


def _waiting_row(kind: TableKind, record: SourceRecord) -> dict:
    """A row that waits whole, as it came."""
    values = name_values(kind, record)
    if isinstance(values.get("skills"), list):
        values["skills"] = ";".join(values["skills"])
    return values
