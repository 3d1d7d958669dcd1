"""The `skills` table, as a public taxonomy comes: skills with their aliases, each below its broader one.

Rows that name one skill are one skill. An alias that names another skill already stays with that one.
"""

from dataclasses import dataclass

from orchestration.sources.arrivals import Arrival, name_target
from orchestration.sources.kinds import SKILLS
from orchestration.sources.models import Source, WaitingReference
from orchestration.sources.references import find_targets
from workforce.contributors.models import Skill, SkillAlias
from workforce.contributors.skills import look_up_skills, slug_of
from workforce.ledger.actions import Action
from workforce.ledger.models import Event
from workforce.ledger.record import build_event

BATCH = 2_000
FIELDS = ("name", "slug", "description", "uri", "parent")
ADDRESSES = ("http://", "https://", "urn:")
TAKEN = "Another skill has this name already. Merge the two, or give this one another name."


@dataclass(eq=False)
class _Row:
    """A row and the skill it speaks of; a row that only had to wait for its parent says nothing of the name."""

    arrival: Arrival
    skill: Skill | None = None

    @property
    def values(self) -> dict:
        return self.arrival.values

    @property
    def name(self) -> str:
        return " ".join((self.values.get("name") or (self.skill.name if self.skill else "")).split())


def write_skills(arrivals: list[Arrival], applied, *, source: Source, by=None) -> None:
    """Creates and changes skills in sets; a row that would give its skill the name of another one is refused."""
    rows = [_Row(a) for a in arrivals]
    new = _find_or_make(rows)
    Skill.objects.bulk_create(new, batch_size=BATCH)
    _free_names(new)
    _refuse_taken_names(rows, applied)
    accepted = [row for row in rows if not row.arrival.is_refused]
    parents, aliases, seen = _find_parents(accepted, source), _find_aliases(accepted), set()
    for row in accepted:
        row.arrival.object_id = row.skill.pk
        _change(row, parents, aliases, is_first=row.skill.pk not in seen)
        seen.add(row.skill.pk)
    _add_aliases(accepted)
    changed = {row.skill.pk: row for row in accepted if row.arrival.after}
    Skill.objects.bulk_create(
        [row.skill for row in changed.values()], batch_size=BATCH, update_conflicts=True, unique_fields=["id"],
        update_fields=FIELDS,
    )  # fmt: skip
    created = {skill.pk for skill in new}
    _write_events(accepted, created, source, by)
    applied.created += len(created)
    applied.updated += len(changed.keys() - created)


def _find_or_make(rows: list[_Row]) -> list[Skill]:
    """Gives each row its skill: its own, the one so named, or a new one; returns the new."""
    own = _load(row.arrival.known_object_id for row in rows if row.arrival.known_object_id)
    for row in rows:
        row.skill = own.get(row.arrival.known_object_id)
    named = _named({slug_of(row.name) for row in rows if row.skill is None})
    new = {}
    for row in rows:
        if row.skill is None:
            slug = slug_of(row.name)
            row.skill = named.get(slug) or new.get(slug)
            if row.skill is None:
                row.skill = new[slug] = Skill(slug=slug, name=row.name)
    return list(new.values())


def _load(ids) -> dict[int, Skill]:
    ordered, skills = sorted(ids), {}
    for start in range(0, len(ordered), BATCH):
        skills |= Skill.objects.in_bulk(ordered[start : start + BATCH])
    return skills


def _named(slugs: set[str]) -> dict[str, Skill]:
    ordered, skills = sorted(slugs), {}
    for start in range(0, len(ordered), BATCH):
        skills |= Skill.objects.in_bulk(ordered[start : start + BATCH], field_name="slug")
    return skills


def _free_names(new: list[Skill]) -> None:
    """A skill that bears a name takes it from the one that had it as an alias."""
    slugs = [skill.slug for skill in new]
    for start in range(0, len(slugs), BATCH):
        SkillAlias.objects.filter(slug__in=slugs[start : start + BATCH]).delete()


def _refuse_taken_names(rows: list[_Row], applied) -> None:
    holders = look_up_skills({slug_of(row.name) for row in rows})
    for row in rows:
        if holders.get(slug_of(row.name), row.skill.pk) != row.skill.pk:
            row.arrival.is_refused = True
            applied.refused.append((row.arrival, "name", row.name, "name_taken", TAKEN))


def _find_aliases(rows: list[_Row]) -> set[str]:
    """Which of the rows' names are aliases."""
    slugs, found = sorted({slug_of(row.name) for row in rows}), set()
    for start in range(0, len(slugs), BATCH):
        found |= set(SkillAlias.objects.filter(slug__in=slugs[start : start + BATCH]).values_list("slug", flat=True))
    return found


def _find_parents(rows: list[_Row], source: Source) -> dict[int, int]:
    """The broader skill by record; a row whose parent has not come waits with that reference alone."""
    wanted = {
        row.arrival.record_id: (SKILLS.name, *_name_parent(row.values["parent"], source.name))
        for row in rows
        if row.values.get("parent")
    }
    here = {(SKILLS.name, source.name, row.arrival.key): row.skill.pk for row in rows}
    found = find_targets(set(wanted.values()) - here.keys()) | here
    known = [row.arrival.record_id for row in rows if not row.arrival.is_first_sight]
    for start in range(0, len(known), BATCH):
        WaitingReference.objects.filter(record__in=known[start : start + BATCH]).delete()
    WaitingReference.objects.bulk_create(
        [
            WaitingReference(
                record_id=pk, column="parent", target_kind=target[0], target_source=target[1], target_key=target[2]
            )
            for pk, target in wanted.items()
            if target not in found
        ],
        batch_size=BATCH,
    )
    return {pk: found[target] for pk, target in wanted.items() if target in found}


def _name_parent(reference: str, source: str) -> tuple[str, str]:
    """(source, key); an address is a key of the same source, its scheme no source."""
    return (source, reference) if reference.startswith(ADDRESSES) else name_target(reference, source)


def _change(row: _Row, parents: dict[int, int], aliases: set[str], *, is_first: bool) -> None:
    """Sets what the row says; of several rows of one skill the first is heard, the others fill what it leaves open."""
    arrival, skill = row.arrival, row.skill
    told = {n: row.values[n] or "" for n in ("description", "uri") if n in row.values}
    if slug_of(row.name) not in aliases:  # as after a merge; then the skill keeps its own name
        told["name"] = row.name
    if arrival.key.startswith(ADDRESSES):
        told.setdefault("uri", arrival.key)  # taxonomies name their concepts by address
    if arrival.record_id in parents or ("parent" in row.values and row.values["parent"] is None):
        told["parent_id"] = parents.get(arrival.record_id)
    for name, value in told.items():
        old = getattr(skill, name)
        if old == value or (old and not is_first) or value == skill.pk:
            continue
        arrival.before[name], arrival.after[name] = old, value
        setattr(skill, name, value)
    skill.slug = slug_of(skill.name)


def _add_aliases(rows: list[_Row]) -> None:
    """Adds the aliases that name no skill yet; `-` takes all of a skill's aliases away."""
    cleared = [row.skill.pk for row in rows if "aliases" in row.values and row.values["aliases"] is None]
    for start in range(0, len(cleared), BATCH):
        SkillAlias.objects.filter(skill__in=cleared[start : start + BATCH]).delete()
    wanted = {}
    for row in rows:
        for name in row.values.get("aliases") or ():
            wanted.setdefault(slug_of(name), (row, name))
    known = look_up_skills(wanted)
    new = [(slug, row, name) for slug, (row, name) in wanted.items() if slug not in known]
    SkillAlias.objects.bulk_create(
        [SkillAlias(skill=row.skill, name=name, slug=slug) for slug, row, name in new], batch_size=BATCH
    )
    for _, row, name in new:
        row.arrival.after.setdefault("aliases", []).append(name)


def _write_events(rows: list[_Row], created: set[int], source: Source, by) -> None:
    first = {}
    for row in rows:
        if row.skill.pk in created or row.arrival.after:
            first.setdefault(row.skill.pk, row)
    Event.objects.bulk_create(
        [
            build_event(
                action=Action.RECORD_CREATED if pk in created else Action.RECORD_UPDATED, subject=row.skill, by=by,
                before={} if pk in created else row.arrival.before, after=row.arrival.after,
                reason=f"Import from {source.name}, row {row.arrival.number}",
            )
            for pk, row in first.items()
        ],
        batch_size=BATCH,
    )  # fmt: skip
