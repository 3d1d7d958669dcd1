"""Reads the ledger and evaluates what the new Events touch."""

from django.db import transaction

from governance.policies.evaluate import evaluate_policies, evaluate_touched
from workforce.contributors.models import Contributor
from workforce.engagements.models import Engagement
from workforce.ledger.follow import move_cursor, take_cursor, unread_events

CURSOR = "policies"
BATCH = 50_000
MOST_TOUCHED = 1000  # beyond it the whole set is no dearer than its parts


def follow_policies() -> int:
    """Evaluates those touched since the last time; returns how many Events were read."""
    read = 0
    while count := follow_batch():
        read += count
    return read


def follow_batch() -> int:
    with transaction.atomic():
        cursor = take_cursor(CURSOR)
        events = list(unread_events(cursor).values_list("transaction", "pk", "subject_type", "subject_id")[:BATCH])
        if not events:
            return 0
        contributors = {subject for _, _, kind, subject in events if kind == Contributor._meta.model_name}
        engagements = {subject for _, _, kind, subject in events if kind == Engagement._meta.model_name}
        contributors |= set(Engagement.objects.filter(pk__in=engagements).values_list("contributor", flat=True))
        if len(contributors) > MOST_TOUCHED:
            evaluate_policies()
        elif contributors:
            evaluate_touched(contributors)
        move_cursor(cursor, transaction=events[-1][0], position=events[-1][1])
    return len(events)
