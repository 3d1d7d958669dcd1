"""Reads the ledger and screens again what the new Events touch: people that changed, lists that changed."""

from django.db import transaction

from governance.screening.models import WatchlistEntry
from governance.screening.screen import screen, screen_entries, screen_touched
from workforce.ledger.actions import Action
from workforce.ledger.models import Cursor, Event

CURSOR = "screening-follower"
BATCH = 50_000
MOST_TOUCHED = 1000  # beyond it screening everyone is no dearer
OUR_OWN = (Action.HOLD_PLACED, Action.HOLD_LIFTED)


def follow_screening() -> int:
    """Screens what was touched since the last time; returns how many Events were read."""
    read = 0
    while count := follow_batch():
        read += count
    return read


def follow_batch() -> int:
    with transaction.atomic():
        Cursor.objects.get_or_create(name=CURSOR)
        cursor = Cursor.objects.select_for_update().get(name=CURSOR)
        events = Event.objects.filter(pk__gt=cursor.position).order_by("pk")
        batch = list(events.values_list("pk", "action", "subject_type", "subject_id")[:BATCH])
        if not batch:
            return 0
        told = [(kind, subject) for _, action, kind, subject in batch if action not in OUR_OWN]
        contributors = {subject for kind, subject in told if kind == "contributor"}
        entries = {subject for kind, subject in told if kind == "watchlistentry"}
        versions = {subject for kind, subject in told if kind == "watchlistversion"}
        entries |= set(WatchlistEntry.objects.filter(changed_in__in=versions).values_list("pk", flat=True))
        if len(contributors) > MOST_TOUCHED or len(entries) > MOST_TOUCHED:
            screen()
        else:
            if entries:
                screen_entries(entries)
            if contributors:
                screen_touched(contributors)
        cursor.position = batch[-1][0]
        cursor.save()
    return len(batch)
