"""Where each field of a contributor comes from: every source's word, when it was last heard, which counts and why."""

import json
from collections import defaultdict
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal

from orchestration.sources.golden import (
    COLUMNS,
    EVERY,
    TOGETHER,
    Choice,
    Cluster,
    attribute_of,
    build_clusters,
    choose_facts,
    facts_of,
    is_composed,
    is_empty,
    load_ranks,
    read_facts,
    read_value,
    skills_of,
)
from orchestration.sources.kinds import CONTRIBUTORS, Column
from orchestration.sources.models import Override, OwnFacts, SourceRecord
from orchestration.sources.waiting import name_values
from workforce.accounts.permissions import Permission
from workforce.contributors.columns import LABELS
from workforce.contributors.confidential import mask
from workforce.contributors.models import Contributor, Kind, Skill, Status
from workforce.ledger.cover import HIDDEN, IDENTITY_FIELDS
from workforce.organisation.models import CostCentre, Location, Unit

HINTS = {
    "date": "As 2026-03-31; - for none", "reference": "source:source_id, as hris:E1, or the id; - for none",
    "skills": "; between skills; - for none", "choice": "", "country": "As DE; - for none", "decimal": "As 38.5; - for none",
}  # fmt: skip
NAMED = {"location": (Location, "name"), "cost_centre": (CostCentre, "code"), "unit": (Unit, "name")}
LEADERS = {name: names[0] for names in TOGETHER for name in names}
CHOICES = {"kind": dict(Kind.choices), "status": dict(Status.choices)}


@dataclass
class Word:
    """What one source says of a field; `is_in_last_row` is false where an earlier row, or a person here, said it."""

    contributor: int
    source: str
    source_id: str
    value: str
    last_seen_at: datetime | None
    is_in_last_row: bool
    counts: bool = False


@dataclass
class Origin:
    """A field as it is shown: its value in words, who gave it, why, and what every source says."""

    column: str
    label: str
    value: str
    giver: str
    why: str
    words: list[Word] = field(default_factory=list)
    override: Override | None = None
    override_value: str = ""
    target: int | None = None  # the contributor the value refers to
    hint: str = ""  # how its text is written

    @property
    def disagrees(self) -> bool:
        return len({word.value for word in self.words if word.value} | {self.value}) > 1


def trace_facts(contributor: Contributor, user) -> list[Origin]:
    """Every field with its origin, as far as the user may see it; a merged record speaks for itself alone."""
    rows = {contributor.pk: contributor}
    if contributor.merged_into_id is None:
        rows |= {row.pk: row for row in Contributor.objects.filter(merged_into=contributor).order_by("pk")}
    skills = skills_of(rows)
    shown = facts_of(contributor, skills[contributor.pk])
    own = {one.pk: read_facts(one.facts) for one in OwnFacts.objects.filter(pk__in=list(rows))}
    cluster = _cluster_of(contributor, rows, {pk: own.get(pk) or facts_of(row, skills[pk]) for pk, row in rows.items()})
    choices = choose_facts(cluster, load_ranks()) if is_composed(cluster) else {}
    records = _records_of(rows)
    say = _speaker(user, [shown, *(member.facts for member in cluster.members)], cluster)
    return [
        _trace(column, shown[name], choices.get(name), cluster, records, say, user) for name, column in COLUMNS.items()
    ]


def _cluster_of(contributor, rows, facts) -> Cluster:
    if contributor.merged_into_id is None:
        return build_clusters(rows, facts)[0]
    (alone,) = build_clusters(rows, facts)
    return Cluster(contributor.pk, alone.members)


def _records_of(rows) -> dict[int, list[tuple[SourceRecord, set[str]]]]:
    """The rows the sources sent for each record, with the columns that the last of each gave."""
    found = defaultdict(list)
    records = SourceRecord.objects.filter(kind="contributors", object_id__in=list(rows)).select_related("source", "run")
    for record in records.order_by("source__name", "key"):
        found[record.object_id].append((record, set(name_values(CONTRIBUTORS, record))))
    return found


def _trace(column: Column, value, choice: Choice | None, cluster: Cluster, records, say, user) -> Origin:
    words = []
    for member in cluster.members:
        told = say(column, member.facts[column.name])
        for record, columns in records[member.pk]:
            words.append(
                Word(member.pk, record.source.name, record.key, told, record.last_seen_at, column.name in columns)
            )
        if not records[member.pk]:
            words.append(Word(member.pk, "", "", told, None, False))
    winner = choice.member.pk if choice and choice.member else None if choice else cluster.root
    for word in words:
        word.counts = word.contributor == winner and bool(word.value or column.name in LEADERS)
    override = choice.override if choice else None
    origin = Origin(
        column.name, LABELS.get(column.name, column.name.replace("_", " ").capitalize()), say(column, value),
        _name_giver(words, override), _say_why(column, choice, words), words, override,
    )  # fmt: skip
    origin.hint = "One of: " + ", ".join(column.choices) if column.choices else HINTS.get(column.type, "- for none")
    if column.target == "contributors" and value:
        origin.target = value
    if override:
        origin.override_value = say(column, read_value(column, json.loads(override.value)))
    return origin


def _name_giver(words: list[Word], override: Override | None) -> str:
    if override:
        return "overridden"
    counting = [word for word in words if word.counts]
    return ", ".join(dict.fromkeys(word.source for word in counting if word.source)) or (
        "entered here" if counting else ""
    )


def _say_why(column: Column, choice: Choice | None, words: list[Word]) -> str:
    counting = [word for word in words if word.counts]
    if choice and choice.override:
        return f"Overridden until {choice.override.until:%-d %b %Y}: {choice.override.reason}"
    if not counting:
        return "No source says anything."
    if any(word.value for word in counting) and not any(word.is_in_last_row for word in counting):
        return "An earlier row or a person gave it; the last row says nothing of it."
    if choice is None or len({word.contributor for word in words if word.value}) < 2:
        return "Only this source says something."
    ranks, sources = load_ranks(), {word.source for word in counting}
    leader = LEADERS.get(column.name, column.name)
    if any((leader, source) in ranks for source in sources):
        return "This source comes first for this field."
    if any((EVERY, source) in ranks for source in sources):
        return "This source comes first in general."
    return "No order of sources is set: a record that has not left comes first, then the older record."


def _speaker(user, all_facts: list[dict], cluster: Cluster):
    """A function that puts a value in words, hiding what the user may not see."""
    names = _load_names(all_facts, cluster)
    sees_identity = user.may(Permission.CONTRIBUTOR_VIEW_IDENTITY)

    def say(column: Column, value) -> str:
        if is_empty(value):
            return ""
        if column.is_confidential:
            return value if sees_identity else mask(value)
        if column.name in IDENTITY_FIELDS and not sees_identity:
            return HIDDEN
        if column.type == "skills":
            return ", ".join(sorted(names["skills"].get(pk, "") for pk in value))
        if column.name in names:
            return names[column.name].get(value, "")
        if isinstance(value, date):
            return f"{value:%-d %b %Y}"
        if isinstance(value, Decimal):
            return f"{value.normalize():f}"
        return CHOICES.get(column.name, {}).get(value, str(value))

    return say


def _load_names(all_facts: list[dict], cluster: Cluster) -> dict[str, dict[int, str]]:
    told = [*all_facts]
    for name, override in cluster.overrides.items():
        told.append({name: read_value(COLUMNS[name], json.loads(override.value))})
    skills = {pk for facts in told for pk in facts.get("skills", ())}
    names = {"skills": dict(Skill.objects.filter(pk__in=skills).values_list("pk", "name"))}
    for column in COLUMNS.values():
        if attribute_of(column) == column.attribute:
            continue
        model, attribute = NAMED.get(column.name, (Contributor, "name"))
        ids = {facts[column.name] for facts in told if facts.get(column.name)}
        names[column.name] = dict(model.objects.filter(pk__in=ids).values_list("pk", attribute)) if ids else {}
    return names
