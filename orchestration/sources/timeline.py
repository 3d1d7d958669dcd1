"""One contributor's life in the organisation: terms, changes, merges, holds, findings and runs, newest first."""

from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time

from django.db.models import Q

from governance.policies.models import Finding
from orchestration.sources.models import SourceRecord
from workforce.accounts.permissions import Permission
from workforce.contributors.history import Change, put_in_words
from workforce.contributors.models import Contributor
from workforce.engagements.models import Engagement
from workforce.holds.models import Hold
from workforce.ledger.models import Event

MOST = 200  # of each sort


@dataclass
class Moment:
    """`what` happened, in words; `is_day` where only the day is known."""

    at: datetime
    what: str
    sort: str
    is_day: bool = False
    more: str = ""
    changes: list[Change] = field(default_factory=list)


def tell_timeline(contributor: Contributor, user) -> list[Moment]:
    """What the user may know of the contributor and the records merged into it."""
    ids = [contributor.pk, *Contributor.objects.filter(merged_into=contributor).values_list("pk", flat=True)]
    engagements = Engagement.objects.visible_to(user).filter(contributor__in=ids).select_related("unit")
    engagements = list(engagements.order_by("-start_date")[:MOST])
    told = [*_tell_terms(engagements), *_tell_events(ids, engagements, user), *_tell_holds(ids, engagements)]
    if user.may(Permission.FINDING_VIEW):
        told += _tell_findings(ids, user)
    if user.may(Permission.SOURCE_VIEW):
        told += _tell_runs(ids)
    return sorted(told, key=lambda moment: moment.at, reverse=True)


def _start_of(day: date) -> datetime:
    return datetime.combine(day, time.min, UTC)


def _tell_terms(engagements: list[Engagement]):
    for one in engagements:
        words = f"{one.title or one.get_basis_display()} for {one.unit.name}"
        yield Moment(_start_of(one.start_date), f"Begins: {words}", "terms", is_day=True)
        if one.end_date:
            yield Moment(_start_of(one.end_date), f"Ends: {words}", "terms", is_day=True, more="last day")


def _tell_events(ids: list[int], engagements: list[Engagement], user):
    theirs = Q(subject_type="contributor", subject_id__in=ids)
    theirs |= Q(subject_type="engagement", subject_id__in=[one.pk for one in engagements])
    events = Event.objects.in_registry(user).filter(theirs).exclude(action__startswith="hold.")
    events = list(events.select_related("actor").order_by("-pk")[:MOST])
    words = put_in_words(events, user)
    for event in events:
        is_new = event.action.endswith(".created")
        by = f"by {event.actor or 'the system'}" + (f": {event.reason}" if event.reason else "")
        yield Moment(event.at, event.get_action_display(), "change", more=by, changes=[] if is_new else words[event.pk])


def _tell_holds(ids: list[int], engagements: list[Engagement]):
    held = Q(subject_type="contributor", subject_id__in=ids)
    held |= Q(subject_type="engagement", subject_id__in=[one.pk for one in engagements])
    for hold in Hold.objects.filter(held).order_by("-placed_at")[:MOST]:
        yield Moment(hold.placed_at, f"Held: may not {hold.get_scope_display().lower()}", "hold", more=hold.reason)
        if hold.lifted_at:
            yield Moment(
                hold.lifted_at, f"Hold lifted: may {hold.get_scope_display().lower()}", "hold", more=hold.reason
            )


def _tell_findings(ids: list[int], user):
    found = Finding.objects.visible_to(user).filter(contributor__in=ids).select_related("policy")
    for one in found.order_by("-opened_at")[:MOST]:
        yield Moment(one.opened_at, f"Finding: {one.policy.title}", "finding")
        if one.closed_at:
            yield Moment(one.closed_at, f"Finding closed: {one.policy.title}", "finding")


def _tell_runs(ids: list[int]):
    records = SourceRecord.objects.filter(kind="contributors", object_id__in=ids).select_related("source")
    for record in records[:MOST]:
        yield Moment(record.first_seen_at, f"First sent by {record.source}", "run", more=f"as {record.key}")
        if record.last_seen_at != record.first_seen_at:
            yield Moment(record.last_seen_at, f"Last sent by {record.source}", "run", more=f"as {record.key}")
