"""Reads the ledger and makes the plans that new Events call for."""

from django.db import transaction
from django.db.models import Q

from orchestration.onboarding.plan import make_plans
from workforce.engagements.models import Engagement
from workforce.ledger.follow import move_cursor, take_cursor, unread_events

CURSOR = "onboarding"
BATCH = 5000


def follow_onboarding() -> dict:
    """Makes plans for what is new since the last time; how many Events were read and plans made."""
    events = plans = 0
    while batch := follow_batch():
        events, plans = events + batch[0], plans + batch[1]
    return {"events": events, "plans": plans}


def follow_batch() -> tuple[int, int] | None:
    with transaction.atomic():
        cursor = take_cursor(CURSOR)
        events = list(unread_events(cursor).values_list("transaction", "pk", "subject_type", "subject_id")[:BATCH])
        if not events:
            return None
        touched = {"engagement": set(), "contributor": set()}
        for _, _, subject_type, subject_id in events:
            if subject_type in touched:
                touched[subject_type].add(subject_id)
        contributors = touched["contributor"]
        engagements = Engagement.objects.filter(
            Q(pk__in=touched["engagement"])
            | Q(contributor__in=contributors)
            | Q(contributor__merged_into__in=contributors)
        )
        plans = make_plans(engagement_ids=list(engagements.order_by().values_list("pk", flat=True)))
        move_cursor(cursor, transaction=events[-1][0], position=events[-1][1])
    return len(events), plans
