"""What changed in the registry, in words: for the timeline of a contributor and the page of changes."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time

from django.db.models import Max, Q
from django.utils.dateparse import parse_date

from workforce.contributors.columns import LABELS
from workforce.contributors.models import Contributor, Kind, Status
from workforce.ledger.actions import Action
from workforce.ledger.cover import cover_values
from workforce.ledger.models import Event
from workforce.organisation.models import CostCentre, Location, Unit

REFERENCES = {
    **dict.fromkeys(("supplier", "manager", "owner", "contributor", "merged_into"), (Contributor, "name")),
    "unit": (Unit, "name"), "location": (Location, "name"), "cost_centre": (CostCentre, "code"),
}  # fmt: skip
CHOICES = {"kind": dict(Kind.choices), "status": dict(Status.choices)}
LEFT = Q(after__status=Status.LEFT)
WHAT = {
    "joined": Q(action=Action.CONTRIBUTOR_CREATED),
    "left": LEFT & ~Q(action=Action.CONTRIBUTOR_CREATED),
    "merged": Q(action__in=[Action.CONTRIBUTOR_MERGED, Action.CONTRIBUTOR_UNMERGED]),
    "changed": Q(action=Action.CONTRIBUTOR_UPDATED),
    "engaged": Q(subject_type="engagement"),
}


@dataclass(frozen=True)
class Change:
    """One field of an Event in words; `before` is empty where nothing stood."""

    field: str
    before: str
    after: str


def changes_since(user, day: date, *, kind: str = "", unit: Unit | None = None):
    """Events since the start of the day (UTC) about contributors the user may see."""
    found = Event.objects.in_registry(user).filter(at__gte=datetime.combine(day, time.min, UTC))
    if kind in Kind.values:
        found = found.filter(contributor__in=Contributor.objects.filter(kind=kind).order_by().values("pk"))
    if unit:
        units = Unit.objects.below([unit.pk])
        found = found.filter(contributor__in=Contributor.objects.filter(unit__in=units).order_by().values("pk"))
    return found


def group_changes(found, *, start: int, size: int) -> list[tuple[Contributor, list[Event]]]:
    """A page of (contributor, its Events newest first), whoever changed last first."""
    order = found.order_by().values("contributor").annotate(last=Max("pk")).order_by("-last")
    ids = [row["contributor"] for row in order[start : start + size] if row["contributor"]]
    events = defaultdict(list)
    for event in found.filter(contributor__in=ids).select_related("actor").order_by("-pk"):
        events[event.contributor].append(event)
    contributors = (
        Contributor.objects.select_related("unit").defer("national_id", "tax_id", "bank_account").in_bulk(ids)
    )
    return [(contributors[pk], events[pk]) for pk in ids if pk in contributors]


def put_in_words(events: Iterable[Event], user) -> dict[int, list[Change]]:
    """By Event what changed, with names for ids, as far as the user may see it."""
    events = list(events)
    covered = {e.pk: (cover_values(e.before, user), cover_values(e.after, user)) for e in events}
    names = _name_references(pair for pairs in covered.values() for pair in pairs)
    return {pk: _compare(before, after, names) for pk, (before, after) in covered.items()}


def _name_references(values: Iterable[dict]) -> dict[tuple[str, int], str]:
    wanted = defaultdict(set)
    for told in values:
        for field, value in told.items():
            if field in REFERENCES and type(value) is int:
                wanted[REFERENCES[field]].add(value)
    found = {}
    for (model, attribute), ids in wanted.items():
        named = dict(model.objects.filter(pk__in=ids).values_list("pk", attribute))
        fields = [field for field, target in REFERENCES.items() if target == (model, attribute)]
        found.update({(field, pk): name for field in fields for pk, name in named.items()})
    return found


def _compare(before: dict, after: dict, names: dict) -> list[Change]:
    fields = [*before, *(field for field in after if field not in before)]
    return [
        Change(
            LABELS.get(field) or field.replace("_", " ").capitalize(),
            _say(field, before.get(field), names),
            _say(field, after.get(field), names),
        )
        for field in fields
    ]


def _say(field: str, value, names: dict) -> str:
    if value is None:
        return ""
    if isinstance(value, list):
        return ", ".join(str(one) for one in value)
    if isinstance(value, str) and (field.endswith("_date") or field == "until"):
        day = parse_date(value[:10])
        return f"{day.day} {day:%b %Y}" if day else value
    if isinstance(value, str):
        return CHOICES.get(field, {}).get(value, value)
    return names.get((field, value), str(value)) if type(value) is int else str(value)
