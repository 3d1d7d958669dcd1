"""Which contributors the Events since the last time touch, those of before the change included."""

from dataclasses import dataclass

from django.db.models import Q, QuerySet
from django.db.models.functions import Coalesce

from analytics.capacity.models import Origin, Share
from workforce.contributors.models import Contributor
from workforce.engagements.models import Engagement, Rate
from workforce.ledger.models import Event
from workforce.timesheets.models import Absence, Allocation, TimeEntry, WorkUnit

MOST_TOUCHED = 5_000  # beyond it the whole cube is no dearer than its parts
OF_ENGAGEMENT = {m._meta.model_name: m for m in (Rate, TimeEntry, WorkUnit)}
OF_CONTRIBUTOR = {m._meta.model_name: m for m in (Absence, Allocation, Engagement)}
MOVES = {"engagement", "contributor", "engagement_id", "contributor_id"}  # the row stood elsewhere before


@dataclass
class Touched:
    """Contributors (those that stand for all merged records) and whether requests are to be computed anew."""

    contributors: set[int]
    requests: bool

    def __bool__(self) -> bool:
        return bool(self.contributors) or self.requests

    def shares(self) -> QuerySet[Share]:
        """The shares as they stand of all that is touched."""
        stale = Q(contributor_id__in=self.contributors)
        return Share.objects.filter(stale | Q(origin=Origin.REQUEST) if self.requests else stale)


def find_touched(news: QuerySet[Event], *, is_new_day: bool) -> Touched | None:
    """Who was touched by these Events, or None when they do not tell or it is nearly everyone."""
    subjects: dict[str, set[int]] = {}
    records: set[int] = set()
    kinds = [Contributor._meta.model_name, *OF_ENGAGEMENT, *OF_CONTRIBUTOR]
    requests = is_new_day or news.filter(subject_type__in=["allocation", "request"]).exists()
    events = news.filter(subject_type__in=kinds)
    for kind, subject, before, change in events.values_list("subject_type", "subject_id", "before", "after").iterator():
        subjects.setdefault(kind, set()).add(subject)
        if (kind in OF_ENGAGEMENT and MOVES & before.keys()) or (kind == "absence" and MOVES & before.keys()):
            return None
        records |= {v for v in (before.get("merged_into"), change.get("merged_into")) if isinstance(v, int)}
    if sum(map(len, subjects.values())) > MOST_TOUCHED:
        return None
    records |= subjects.pop(Contributor._meta.model_name, set())
    engagements = subjects.get(Engagement._meta.model_name, set()).copy()
    for kind, ids in subjects.items():
        model, owner = (
            (OF_ENGAGEMENT[kind], "engagement") if kind in OF_ENGAGEMENT else (OF_CONTRIBUTOR[kind], "contributor")
        )
        found = dict(model.objects.filter(pk__in=ids).values_list("pk", owner))
        if len(found) < len(ids):
            return None  # something was deleted
        (engagements if owner == "engagement" else records).update(found.values())
    records |= set(Engagement.objects.filter(pk__in=engagements).values_list("contributor", flat=True))
    allocations = subjects.get(Allocation._meta.model_name, set())
    return Touched(_stand_for(records) | _stood_for(engagements, allocations), requests)


def _stand_for(records: set[int]) -> set[int]:
    found = Contributor.objects.filter(pk__in=records).annotate(kept=Coalesce("merged_into", "pk"))
    return set(found.order_by().values_list("kept", flat=True))


def _stood_for(engagements: set[int], allocations: set[int]) -> set[int]:
    """Those in whose shares the engagements and allocations stood until now."""
    shares = Share.objects.filter(
        Q(origin=Origin.ENGAGEMENT, origin_id__in=engagements) | Q(origin=Origin.ALLOCATION, origin_id__in=allocations)
    )
    return set(shares.values_list("contributor_id", flat=True))
