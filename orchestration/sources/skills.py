"""The `skills` table, as a public taxonomy comes: skills with their aliases, each below its broader one.

Rows that name one skill are one skill. An alias that names another skill already stays with that one.
"""

from orchestration.sources.apply import Applied, Pending, find_targets, name_target, open_raw
from orchestration.sources.kinds import SKILLS
from orchestration.sources.models import WaitingReference
from workforce.contributors.models import Skill, SkillAlias
from workforce.contributors.skills import look_up_skills, slug_of
from workforce.ledger.actions import Action
from workforce.ledger.models import Event
from workforce.ledger.record import build_event

BATCH = 2_000
FIELDS = ("name", "slug", "description", "uri", "parent")
ADDRESSES = ("http://", "https://", "urn:")
TAKEN = "Another skill has this name already. Merge the two, or give this one another name."


def write_skills(pending: list[Pending], applied: Applied, *, by=None) -> None:
    """Creates and changes skills in sets; a row that would give its skill the name of another one is refused."""
    new = _find_or_make(pending)
    Skill.objects.bulk_create(new, batch_size=BATCH)
    _free_names(new)
    _refuse_taken_names(pending, applied)
    accepted = [p for p in pending if not p.is_refused]
    parents, aliases, seen = _find_parents(accepted), _find_aliases(accepted), set()
    for p in accepted:
        p.record.object_id = p.instance.pk
        _change(p, parents, aliases, is_first=p.instance.pk not in seen)
        seen.add(p.instance.pk)
    _add_aliases(accepted)
    changed = {p.instance.pk: p for p in accepted if p.after}
    Skill.objects.bulk_create(
        [p.instance for p in changed.values()], batch_size=BATCH, update_conflicts=True, unique_fields=["id"],
        update_fields=FIELDS,
    )  # fmt: skip
    created = {skill.pk for skill in new}
    _write_events(accepted, created, by)
    applied.created += len(created)
    applied.updated += len(changed.keys() - created)


def _find_or_make(pending: list[Pending]) -> list[Skill]:
    """Gives each row its skill: its own, the one so named, or a new one; returns the new."""
    own = _load(p.record.object_id for p in pending if p.record.object_id)
    named = _named({slug_of(p.values["name"]) for p in pending})
    new = {}
    for p in pending:
        slug = slug_of(p.values["name"])
        p.instance = own.get(p.record.object_id) or named.get(slug) or new.get(slug)
        if p.instance is None:
            p.instance = new[slug] = Skill(slug=slug, name=" ".join(p.values["name"].split()))
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


def _refuse_taken_names(pending: list[Pending], applied: Applied) -> None:
    holders = look_up_skills({slug_of(p.values["name"]) for p in pending})
    for p in pending:
        if holders.get(slug_of(p.values["name"]), p.instance.pk) != p.instance.pk:
            p.is_refused = True
            raw, name = open_raw(p.record), p.values["name"]
            applied.refused.append((p.record.row, raw, "name", name, "name_taken", TAKEN))


def _find_aliases(pending: list[Pending]) -> set[str]:
    """Which of the rows' names are aliases."""
    slugs, found = sorted({slug_of(p.values["name"]) for p in pending}), set()
    for start in range(0, len(slugs), BATCH):
        found |= set(SkillAlias.objects.filter(slug__in=slugs[start : start + BATCH]).values_list("slug", flat=True))
    return found


def _find_parents(pending: list[Pending]) -> dict[int, int]:
    """The broader skill by record; a row whose parent has not come waits with that reference alone."""
    wanted = {
        p.record.pk: (SKILLS.name, *_name_parent(p.values["parent"], p.record.source.name))
        for p in pending
        if p.values.get("parent")
    }
    here = {(SKILLS.name, p.record.source.name, p.record.key): p.instance.pk for p in pending}
    found = find_targets(set(wanted.values()) - here.keys()) | here
    pks = [p.record.pk for p in pending]
    for start in range(0, len(pks), BATCH):
        WaitingReference.objects.filter(record__in=pks[start : start + BATCH]).delete()
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


def _change(p: Pending, parents: dict[int, int], aliases: set[str], *, is_first: bool) -> None:
    """Sets what the row says; of several rows of one skill the first is heard, the others fill what it leaves open."""
    told = {n: p.values[n] or "" for n in ("description", "uri") if n in p.values}
    if slug_of(p.values["name"]) not in aliases:  # as after a merge; then the skill keeps its own name
        told["name"] = " ".join(p.values["name"].split())
    if p.record.key.startswith(ADDRESSES):
        told.setdefault("uri", p.record.key)  # taxonomies name their concepts by address
    if p.record.pk in parents or ("parent" in p.values and p.values["parent"] is None):
        told["parent_id"] = parents.get(p.record.pk)
    for name, value in told.items():
        old = getattr(p.instance, name)
        if old == value or (old and not is_first) or value == p.instance.pk:
            continue
        p.before[name], p.after[name] = old, value
        setattr(p.instance, name, value)
    p.instance.slug = slug_of(p.instance.name)


def _add_aliases(pending: list[Pending]) -> None:
    """Adds the aliases that name no skill yet; `-` takes all of a skill's aliases away."""
    cleared = [p.instance.pk for p in pending if "aliases" in p.values and p.values["aliases"] is None]
    for start in range(0, len(cleared), BATCH):
        SkillAlias.objects.filter(skill__in=cleared[start : start + BATCH]).delete()
    wanted = {}
    for p in pending:
        for name in p.values.get("aliases") or ():
            wanted.setdefault(slug_of(name), (p, name))
    known = look_up_skills(wanted)
    new = [(slug, p, name) for slug, (p, name) in wanted.items() if slug not in known]
    SkillAlias.objects.bulk_create(
        [SkillAlias(skill=p.instance, name=name, slug=slug) for slug, p, name in new], batch_size=BATCH
    )
    for _, p, name in new:
        p.after.setdefault("aliases", []).append(name)


def _write_events(pending: list[Pending], created: set[int], by) -> None:
    first = {}
    for p in pending:
        if p.instance.pk in created or p.after:
            first.setdefault(p.instance.pk, p)
    Event.objects.bulk_create(
        [
            build_event(
                action=Action.RECORD_CREATED if pk in created else Action.RECORD_UPDATED, subject=p.instance, by=by,
                before={} if pk in created else p.before, after=p.after,
                reason=f"Import from {p.record.source.name}, row {p.record.row}",
            )
            for pk, p in first.items()
        ],
        batch_size=BATCH,
    )  # fmt: skip
