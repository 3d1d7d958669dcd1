"""Reasons become hits: opened, changed and closed as sets, with their Events; holds follow the points."""

from django.utils import timezone

from governance.screening.models import HOLD, ScreeningHit, Verdict
from governance.screening.signals import Reason
from workforce.holds.place import lift_holds, place_holds
from workforce.ledger.actions import Action
from workforce.ledger.models import Event
from workforce.ledger.record import build_event

BATCH = 1000
FACTS = ("entry_id", "others", "points", "score", "lines", "list_version", "ground")
CAUSE = "screening"

# The points of a contributor: of each signal the highest, what was cleared left out.
HELD = f"""
    SELECT best.contributor_id FROM (
        SELECT contributor_id, signal, MAX(points) AS points FROM screening_screeninghit
        WHERE closed_at IS NULL AND verdict <> '{Verdict.CLEARED}' GROUP BY contributor_id, signal
    ) best GROUP BY best.contributor_id HAVING SUM(best.points) >= {HOLD}
"""
WANTED_HOLDS = f"""
    SELECT 'contributor' AS subject_type, c.id AS subject_id, s.scope,
        'Screening found reasons of {HOLD} points or more; a person decides' AS reason,
        '{CAUSE}' AS cause, CURRENT_DATE AS from_date
    FROM contributors_contributor c
    JOIN (SELECT 'pay' AS scope UNION ALL SELECT 'start') s
      ON s.scope = 'pay' OR c.status IN ('planned', 'onboarding')
    WHERE c.id IN ({HELD})
"""
STALE_HOLDS = f"""
    SELECT h.id FROM holds_hold h WHERE h.cause = '{CAUSE}' AND h.lifted_at IS NULL AND h.subject_id NOT IN ({HELD})
"""


def store_reasons(reasons: list[Reason], *, scope) -> None:
    """Makes the hits of the scope those that the reasons say; a decision stands while its ground does."""
    now = timezone.now()
    wanted: dict[tuple, Reason] = {}
    for reason in reasons:
        identity = (reason.contributor, str(reason.signal), reason.key)
        if identity not in wanted or wanted[identity].points < reason.points:
            wanted[identity] = reason
    known = {(hit.contributor_id, hit.signal, hit.key): hit for hit in scope.select_related("contributor")}
    new = [make_hit(reason, now) for identity, reason in wanted.items() if identity not in known]
    asked = [hit for identity, hit in known.items() if identity in wanted and renew(hit, wanted[identity], now)]
    changed = [hit for hit in known.values() if hit.changed_at == now]
    gone = [hit for identity, hit in known.items() if identity not in wanted and hit.closed_at is None]
    for hit in gone:
        hit.closed_at = hit.changed_at = now
    ScreeningHit.objects.bulk_create(new, batch_size=BATCH)
    ScreeningHit.objects.bulk_update(changed + gone, [*FACTS, "verdict", "changed_at", "closed_at"], batch_size=200)
    record_hits(Action.HIT_OPENED, new + asked)
    record_hits(Action.HIT_CLOSED, gone)


def make_hit(reason: Reason, now) -> ScreeningHit:
    hit = ScreeningHit(
        contributor_id=reason.contributor, signal=str(reason.signal), key=reason.key, found_at=now, changed_at=now
    )
    set_facts(hit, reason)
    return hit


def set_facts(hit: ScreeningHit, reason: Reason) -> None:
    hit.entry_id, hit.others, hit.points, hit.lines = reason.entry, reason.others, reason.points, reason.lines
    hit.score, hit.list_version, hit.ground = reason.score, reason.list_version[:250], reason.ground


def renew(hit: ScreeningHit, reason: Reason, now) -> bool:
    """Brings a known hit up to date; True when it asks for a decision again."""
    before = [float(getattr(hit, name)) if name == "score" and hit.score else getattr(hit, name) for name in FACTS]
    was_closed, old_ground = hit.closed_at is not None, hit.ground
    set_facts(hit, reason)
    if was_closed or before != [getattr(hit, name) for name in FACTS]:
        hit.changed_at, hit.closed_at = now, None
    if old_ground != hit.ground:
        hit.verdict = ""
    return was_closed or old_ground != hit.ground


def record_hits(action: str, hits: list[ScreeningHit]) -> None:
    events = [
        build_event(
            action=action,
            subject=hit,
            after={"contributor": hit.contributor_id, "signal": hit.signal, "points": hit.points},
        )
        for hit in hits
    ]
    Event.objects.bulk_create(events, batch_size=BATCH)


def bring_holds_up_to_date(*, by=None) -> None:
    """Holds pay, and the start of who has not started, from HOLD points until a person has cleared enough."""
    lift_holds(statement=STALE_HOLDS, by=by)
    place_holds(statement=WANTED_HOLDS, by=by)
