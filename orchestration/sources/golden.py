"""The golden record: what the root of a cluster shows, field by field from the source that has precedence.

A contributor that nothing was merged into and nobody overrides is its own golden record and is never touched here.
Otherwise its row shows the golden values, what its own sources say stands in OwnFacts, and the records merged into
it keep their own values in their own rows; so unmerging gives each back exactly what it had.
"""

import json
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cache, reduce
from operator import or_

from django.core.serializers.json import DjangoJSONEncoder
from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from orchestration.sources.arrivals import Arrival, refuse_end
from orchestration.sources.bulk import among, insert_events, insert_rows, update_rows
from orchestration.sources.guard import has_ended
from orchestration.sources.kinds import CONTRIBUTORS, Column
from orchestration.sources.models import Override, OwnFacts, Precedence, SourceRecord
from workforce.contributors.confidential import encrypt, key_hash, mask
from workforce.contributors.models import Contributor, ContributorSkill, Skill, Status
from workforce.ledger.actions import Action
from workforce.ledger.record import build_event

BATCH = 1_000
UNPLACED = 10**6
EVERY = "*"
COLUMNS = {column.name: column for column in CONTRIBUTORS.columns if column.name != "source_id"}
BY_ID = ("reference", "location", "cost_centre")
TOGETHER = (("start_date", "end_date"), ("street", "city", "region", "postcode"))  # an open end is a fact as well
GROUPS = TOGETHER + tuple((name,) for name in COLUMNS if not any(name in names for names in TOGETHER))
AS_JSON = (*BY_ID, "text", "choice", "country")  # types that JSON keeps as they are
OWN_KIND = ("supplier", "manager", "owner")  # references that may not lead back into the cluster


@dataclass
class Member:
    """One record of a cluster: its own facts by column, and the sources that send it."""

    pk: int
    facts: dict
    sources: list[str]
    is_root: bool


@dataclass
class Choice:
    """A golden value and who gave it: a member, an override, or nobody."""

    value: object
    member: Member | None = None
    override: Override | None = None


@dataclass
class Cluster:
    """A root, its members with the root first, and what people hold to be true of it by column."""

    root: int
    members: list[Member]
    overrides: dict[str, Override] = field(default_factory=dict)


def settle_golden(ids: Iterable[int], *, by=None) -> int:
    """Brings the golden records of the contributors' clusters up to date and returns how many rows changed.

    Call it after merging, unmerging, overriding or ordering sources, with any member's id. Doing it again changes nothing.
    """
    wanted, changed = sorted(set(ids)), 0
    with transaction.atomic():
        for start in range(0, len(wanted), BATCH):
            changed += _settle(wanted[start : start + BATCH], by)
    return changed


def settle_every_golden() -> int:
    """All golden records anew, as after a change of precedence."""
    return settle_golden(OwnFacts.objects.values_list("pk", flat=True))


def _settle(ids: list[int], by) -> int:
    rows = _load_clusters(ids)
    own = {one.pk: read_facts(one.facts) for one in OwnFacts.objects.filter(pk__in=list(rows))}
    skills = skills_of(rows)
    shown = {pk: facts_of(row, skills[pk]) for pk, row in rows.items()}
    clusters = build_clusters(rows, {pk: own.get(pk, facts) for pk, facts in shown.items()})
    ranks = load_ranks()
    targets, reasons, keeps = {}, {}, {}
    for cluster in clusters:
        for member in cluster.members:
            if member.pk in own and not (member.is_root and is_composed(cluster)):
                targets[member.pk], reasons[member.pk] = own[member.pk], "Its own sources again"
        if is_composed(cluster):
            choices = choose_facts(cluster, ranks)
            targets[cluster.root] = {name: choice.value for name, choice in choices.items()}
            reasons[cluster.root] = choices
            keeps[cluster.root] = cluster.members[0].facts
    OwnFacts.objects.filter(pk__in=[pk for pk in own if pk not in keeps]).delete()
    kept = [(pk, facts) for pk, facts in keeps.items() if pk not in own]
    insert_rows(OwnFacts, ["contributor_id", "facts"], kept, _keep_facts)
    return _show(rows, shown, targets, reasons, by)


def _keep_facts(part: list[tuple[int, dict]]) -> list[list]:
    return [[pk for pk, _ in part], [encrypt(write_facts(facts)) for _, facts in part]]


def is_composed(cluster: Cluster) -> bool:
    """Whether the root shows more than its own sources say."""
    return len(cluster.members) > 1 or bool(cluster.overrides)


def _load_clusters(ids: list[int]) -> dict[int, Contributor]:
    named = Contributor.objects.filter(pk__in=ids).values_list("pk", "merged_into")
    roots = {merged_into or pk for pk, merged_into in named}
    rows = Contributor.objects.select_for_update().in_bulk(roots)
    for start in range(0, len(roots), BATCH):
        below = Contributor.objects.select_for_update().filter(merged_into__in=sorted(roots)[start : start + BATCH])
        rows.update({row.pk: row for row in below.order_by("pk")})
    return rows


def build_clusters(rows: dict[int, Contributor], facts: dict[int, dict]) -> list[Cluster]:
    """The clusters of the rows, given what each member's own sources say of it."""
    sources = defaultdict(set)
    records = SourceRecord.objects.filter(kind="contributors", object_id__in=list(rows))
    for pk, name in records.values_list("object_id", "source__name"):
        sources[pk].add(name)
    members = defaultdict(list)
    for pk, row in sorted(rows.items(), key=lambda item: (item[1].merged_into_id is not None, item[0])):
        root = row.merged_into_id or pk
        members[root].append(Member(pk, facts[pk], sorted(sources[pk]), is_root=root == pk))
    overrides = defaultdict(dict)
    standing = Override.objects.standing_on(timezone.now().date()).filter(contributor__in=list(rows))
    for one in standing.order_by("at", "pk"):  # of two members' the later counts
        overrides[rows[one.contributor_id].merged_into_id or one.contributor_id][one.column] = one
    return [Cluster(root, those, overrides[root]) for root, those in members.items()]


def load_ranks() -> dict[tuple[str, str], int]:
    """Places by (column or `*`, source)."""
    return {(c, source): rank for c, source, rank in Precedence.objects.values_list("column", "source__name", "rank")}


def choose_facts(cluster: Cluster, ranks: dict[tuple[str, str], int]) -> dict[str, Choice]:
    """The golden value of each column and who gave it."""
    inside = {member.pk for member in cluster.members}
    usual, placed = order_members(EVERY, cluster.members, ranks), {column for column, _ in ranks}
    chosen = {}
    for names in GROUPS:
        ordered = order_members(names[0], cluster.members, ranks) if names[0] in placed else usual
        chosen.update(_choose_group(names, ordered, inside))
    for name, override in cluster.overrides.items():
        if name in COLUMNS:
            chosen[name] = Choice(read_value(COLUMNS[name], json.loads(override.value)), override=override)
    return _part_days(chosen)


def _choose_group(names: tuple[str, ...], ordered: list[Member], inside: set[int]) -> dict[str, Choice]:
    """All columns of the group from the first member that says anything of it."""
    for member in ordered:
        for name in names:
            value = member.facts[name]
            if not is_empty(value) and not (name in OWN_KIND and value in inside):
                return {name: Choice(member.facts[name], member) for name in names}
    return {name: Choice(empty_value(COLUMNS[name])) for name in names}


def _part_days(chosen: dict[str, Choice]) -> dict[str, Choice]:
    """Where an overridden day contradicts the other, the one that was not overridden gives way."""
    start, end = chosen["start_date"], chosen["end_date"]
    if start.value and end.value and end.value < start.value:
        chosen["start_date" if end.override else "end_date"] = Choice(None)
    return chosen


def order_members(column: str, members: list[Member], ranks) -> list[Member]:
    """By the column's precedence, then the general one; then who has not left, the root, and sources by name."""

    def place(member: Member):
        own = min((ranks.get((column, source), UNPLACED) for source in member.sources), default=UNPLACED)
        general = min((ranks.get((EVERY, source), UNPLACED) for source in member.sources), default=UNPLACED)
        has_left = member.facts["status"] == Status.LEFT
        return own, general, has_left, not member.is_root, member.sources, member.pk

    return sorted(members, key=place)


def is_empty(value) -> bool:
    return value is None or value == "" or value == []


def attribute_of(column: Column) -> str:
    return column.attribute + "_id" if column.type in BY_ID else column.attribute


def empty_value(column: Column):
    """What stands for nothing in the row."""
    return [] if column.type == "skills" else _empty_field(column.attribute)


@cache
def _empty_field(attribute: str):
    model_field = Contributor._meta.get_field(attribute)
    if model_field.null:
        return None
    return model_field.get_default() if model_field.has_default() else ""


ATTRIBUTES = {name: attribute_of(column) for name, column in COLUMNS.items() if column.type != "skills"}


def facts_of(row: Contributor, skill_ids: list[int]) -> dict:
    """What a row shows, by column; references and skills as ids."""
    return {name: getattr(row, attribute) for name, attribute in ATTRIBUTES.items()} | {"skills": skill_ids}


def skills_of(ids: Iterable[int]) -> dict[int, list[int]]:
    found = defaultdict(list)
    links = ContributorSkill.objects.filter(contributor__in=list(ids)).order_by("skill")
    for pk, skill in links.values_list("contributor", "skill"):
        found[pk].append(skill)
    return found


def read_as_told(row: tuple, names: tuple[str, ...]) -> list:
    """The named attributes as the row's own sources have them: `row` is `id`, the others, and what OwnFacts keeps."""
    *shown, own = row
    if own is None:
        return shown
    facts = json.loads(own)
    told = ((name, facts.get(name.removesuffix("_hash"))) for name in names[1:])
    return shown[:1] + [
        key_hash(value or "") if name.endswith("_hash") else read_value(COLUMNS[name], value) for name, value in told
    ]


def write_facts(facts: dict) -> str:
    return json.dumps(facts, cls=DjangoJSONEncoder)


def read_facts(text: str) -> dict:
    told = json.loads(text)
    return {name: read_value(column, told.get(name)) for name, column in COLUMNS.items()}


def read_value(column: Column, value):
    """A JSON value in the type that the row holds."""
    if column.type == "skills":
        return sorted(value or [])
    if value is None:
        return empty_value(column)
    return value if column.type in AS_JSON else Contributor._meta.get_field(column.attribute).to_python(value)


def _show(rows, shown, targets, reasons, by) -> int:
    """Writes what differs into the rows, with one Event each."""
    differing = {pk: [name for name in COLUMNS if facts[name] != shown[pk][name]] for pk, facts in targets.items()}
    differing = {pk: names for pk, names in differing.items() if names}
    _write_rows(targets, differing)
    _write_skills(shown, targets, [pk for pk, names in differing.items() if "skills" in names])
    _tell(rows, shown, targets, reasons, differing, by)
    return len(differing)


def _write_rows(targets, differing: dict[int, list[str]]) -> None:
    """One UPDATE; of each row only the attributes that differ are written."""
    told = {name for names in differing.values() for name in names} - {"skills"}
    if not told:
        return
    written = [COLUMNS[name] for name in sorted(told)]
    hashed = [column.name for column in written if column.is_confidential]
    bits = {column.name: 1 << place for place, column in enumerate(written)}
    for place, name in enumerate(hashed, start=len(written)):
        bits[name] |= 1 << place

    def columns_of(part: list[int]) -> list[list]:
        values = [[targets[pk][column.name] for pk in part] for column in written]
        hashes = [[key_hash(targets[pk][name]) for pk in part] for name in hashed]
        for column, cells in zip(written, values, strict=True):
            if column.is_confidential:
                cells[:] = [cell and encrypt(cell) for cell in cells]
        return [part, [sum(bits.get(name, 0) for name in differing[pk]) for pk in part], *values, *hashes]

    names = [*(column.attribute for column in written), *(f"{name}_hash" for name in hashed)]
    update_rows(Contributor, names, [pk for pk, those in differing.items() if those != ["skills"]], columns_of)


def _write_skills(shown, targets, ids: list[int]) -> None:
    old = {(pk, skill) for pk in ids for skill in shown[pk]["skills"]}
    new = {(pk, skill) for pk in ids for skill in targets[pk]["skills"]}
    ContributorSkill.objects.bulk_create(
        [ContributorSkill(contributor_id=pk, skill_id=skill) for pk, skill in sorted(new - old)], ignore_conflicts=True
    )
    dropped = sorted(old - new)
    for start in range(0, len(dropped), 100):
        links = (Q(contributor=pk, skill=skill) for pk, skill in dropped[start : start + 100])
        ContributorSkill.objects.filter(reduce(or_, links)).delete()


def _tell(rows, shown, targets, reasons, differing: dict[int, list[str]], by) -> None:
    skill_ids = {
        s
        for pk, names in differing.items()
        if "skills" in names
        for s in (*shown[pk]["skills"], *targets[pk]["skills"])
    }
    skills = dict(Skill.objects.filter(pk__in=skill_ids).values_list("pk", "name")) if skill_ids else {}
    for pk in differing:
        rows[pk].name = targets[pk]["name"]  # the Event is about whom it is now
    events = [
        build_event(
            action=Action.CONTRIBUTOR_UPDATED, subject=rows[pk], by=by,
            before={name: tell_value(COLUMNS[name], shown[pk][name], skills) for name in names},
            after={name: tell_value(COLUMNS[name], targets[pk][name], skills) for name in names},
            reason=_say_why(reasons[pk], names),
        )
        for pk, names in differing.items()
    ]  # fmt: skip
    insert_events(events)


def tell_value(column: Column, value, skills: dict[int, str]):
    """A value as the ledger keeps it: JSON, confidential ones masked."""
    if column.type == "skills":
        return sorted(skills[s] for s in value)
    if value is None or isinstance(value, int):
        return value
    return mask(str(value)) if column.is_confidential else str(value)


def _say_why(reason, names: list[str]) -> str:
    if isinstance(reason, str):
        return f"Golden record: {reason.lower()}"
    by_giver = defaultdict(list)
    for name in names:
        by_giver[_say_giver(reason[name])].append(name)
    return "Golden record: " + "; ".join(f"{', '.join(those)} {giver}" for giver, those in by_giver.items())


def _say_giver(choice: Choice) -> str:
    if choice.override:
        return f"overridden until {choice.override.until}"
    if choice.member is None:
        return "from nobody"
    return f"from {' and '.join(choice.member.sources) or 'what was entered here'}"


def set_apart(arrivals: list[Arrival], applied) -> tuple[list[Arrival], list[Arrival]]:
    """Parts rows to write as they are from those whose contributor shows a golden record.

    Of the latter OwnFacts are changed instead, and those are returned that changed anything: settle their golden
    records once the others are written.
    """
    known = [a.object_id for a in arrivals if a.known_object_id]
    own = {one.pk: one for one in OwnFacts.objects.filter(pk__in=among(known))} if known else {}
    if not own:
        return arrivals, []
    changed = [a for a in arrivals if a.object_id in own and _take_own(a, own[a.object_id], applied)]
    OwnFacts.objects.bulk_update({own[a.object_id]: None for a in changed}, ["facts"], batch_size=BATCH)
    return [a for a in arrivals if a.object_id not in own], changed


def _take_own(a: Arrival, own: OwnFacts, applied) -> bool:
    """Changes what the contributor's own sources say by one row; whether that changed anything."""
    before = read_facts(own.facts)
    given = {name: value for name, value in a.values.items() if name in COLUMNS}
    after = before | {n: empty_value(COLUMNS[n]) if value is None else value for n, value in given.items()}
    after["skills"] = sorted(after["skills"])
    start, end = after["start_date"], after["end_date"]
    if start and end and end < start:
        applied.refused.append(refuse_end(a, "end_date", start, end))
        a.is_refused = True
        return False
    applied.ended += has_ended(before, after)
    own.facts = write_facts(after)
    return after != before
