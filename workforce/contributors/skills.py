"""The one list of skills: finding them by any of their names, and holding two to be one."""

from collections.abc import Iterable

from django.apps import apps
from django.db import models, transaction
from django.db.models import Count, Exists, OuterRef, Q, Subquery

from workforce.contributors.models import Contributor, ContributorSkill, Kind, Skill, SkillAlias
from workforce.ledger.actions import Action
from workforce.ledger.record import record_event

BATCH = 2_000


def slug_of(name: str) -> str:
    """What names are matched by: lower case, single spaces."""
    return " ".join(name.lower().split())


def find_skills(names: Iterable[str]) -> dict[str, int]:
    """Ids by name in lower case: the skill so named, else the one that has it as an alias, else a new one."""
    written = {slug_of(name): name for name in sorted(set(names), reverse=True)}
    known = look_up_skills(written)
    new = [Skill(name=" ".join(written[slug].split()), slug=slug) for slug in sorted(written.keys() - known.keys())]
    if new:
        Skill.objects.bulk_create(new, ignore_conflicts=True, batch_size=BATCH)
        known |= look_up_skills(skill.slug for skill in new)
    return {name.lower(): known[slug_of(name)] for name in names}


def look_up_skills(slugs: Iterable[str]) -> dict[str, int]:
    """Ids of those that are there, by slug; a name goes before an alias."""
    ordered, found = sorted(slugs), {}
    for start in range(0, len(ordered), BATCH):
        some = ordered[start : start + BATCH]
        found.update(SkillAlias.objects.filter(slug__in=some).values_list("slug", "skill"))
        found.update(Skill.objects.filter(slug__in=some).values_list("slug", "pk"))
    return found


def search_skills(text: str) -> models.QuerySet:
    """Skills with the text in their name or in one of their aliases; all for no text."""
    slug = slug_of(text)
    if not slug:
        return Skill.objects.all()
    named = SkillAlias.objects.filter(skill=OuterRef("pk"), slug__contains=slug)
    return Skill.objects.filter(Q(slug__contains=slug) | Exists(named))


def count_holders(skills: list[Skill], user) -> dict[int, tuple[int, int]]:
    """(people and firms, AI agents) that the user may see, by skill."""
    seen = Contributor.objects.visible_to(user).canonical().order_by().values("pk")
    is_agent = Q(contributor__kind=Kind.AI_AGENT)
    rows = (
        ContributorSkill.objects.filter(skill__in=skills, contributor__in=seen)
        .values_list("skill")
        .annotate(people=Count("pk", filter=~is_agent), agents=Count("pk", filter=is_agent))
    )
    return {skill: (people, agents) for skill, people, agents in rows}


@transaction.atomic
def merge_skills(*, kept: Skill, merged: Skill, by, reason: str = "") -> None:
    """Holds two skills to be one: whatever had the one has the other, whose names become aliases of the kept."""
    if kept.pk == merged.pk:
        raise ValueError("These are one skill already. Choose two.")
    _keep_levels(kept, merged)
    for relation in Skill._meta.related_objects:
        if relation.many_to_many:
            _move_links(relation.through, kept, merged)
    merged.aliases.update(skill=kept)
    merged.narrower.exclude(pk=kept.pk).update(parent=kept)
    if kept.parent_id == merged.pk:
        Skill.objects.filter(pk=kept.pk).update(parent=merged.parent if merged.parent_id != kept.pk else None)
    _point_records(kept, merged)
    label, slug = merged.name, merged.slug
    record_event(
        action=Action.RECORD_DELETED, subject=merged, by=by, before={"label": label},
        after={"merged_into": kept.pk}, reason=reason,
    )  # fmt: skip
    merged.delete()
    SkillAlias.objects.create(skill=kept, name=label, slug=slug)
    record_event(action=Action.RECORD_UPDATED, subject=kept, by=by, after={"alias": label}, reason=reason)


def _keep_levels(kept: Skill, merged: Skill) -> None:
    """Who has both skills keeps the level of the kept one, else that of the other."""
    other = ContributorSkill.objects.filter(skill=merged, contributor=OuterRef("contributor"))
    both = ContributorSkill.objects.filter(skill=kept, level=None, evidence="").filter(Exists(other))
    both.update(**{name: Subquery(other.values(name)[:1]) for name in ("level", "evidence", "since")})


def _move_links(through: type[models.Model], kept: Skill, merged: Skill) -> None:
    """Contributors, requests and whatever else has skills: links go over, but where the kept skill is linked already."""
    foreign = {f.related_model: f.name for f in through._meta.concrete_fields if f.is_relation}
    skill = foreign.pop(Skill)
    (owner,) = foreign.values()
    links = through._base_manager
    has_both = links.filter(**{skill: kept}).values_list(owner, flat=True)
    links.filter(**{skill: merged, f"{owner}__in": list(has_both)}).delete()
    links.filter(**{skill: merged}).update(**{skill: kept})


def _point_records(kept: Skill, merged: Skill) -> None:
    """The rows of sources that spoke of the merged skill speak of the kept one."""
    records = apps.get_model("sources.SourceRecord").objects
    records.filter(kind="skills", object_id=merged.pk).update(object_id=kept.pk)
