"""Reads the ledger and screens again what the new Events touch: people that changed, lists that changed."""

from governance.screening.models import WatchlistEntry
from governance.screening.screen import OUR_OWN, screen, screen_entries, screen_touched
from workforce.ledger.models import Cursor, Event

CURSOR = "screening-follower"
BATCH = 50_000
MOST_TOUCHED = 1000  # beyond it screening everyone is no dearer


def follow_screening() -> int:
    """Screens what was touched since the last time; returns how many Events were read."""
    read = 0
    while count := follow_batch():
        read += count
    return read


def follow_batch() -> int:
    """Screening twice what two followers read at once does no harm, so the cursor is not locked meanwhile."""
    cursor, _ = Cursor.objects.get_or_create(name=CURSOR)
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
    Cursor.objects.filter(name=CURSOR, position=cursor.position).update(position=batch[-1][0])
    return len(batch)
