"""Reading the ledger from where one stopped, and nothing that may still come is passed over.

Ids are drawn when a row is written and seen when its transaction ends, so that a lower id can appear after a higher
one. Followers therefore read in the order of (transaction, id), and only below the oldest transaction still running.
"""

from django.db import connection
from django.db.models import Q

from workforce.ledger.models import Cursor, Event, EventQuerySet

# `final`: below it no transaction runs that can write an Event here (those of the server's other databases cannot).
# `own`: the reader's own transaction, when it wrote Events before it read and none older is running.
FINAL = """
WITH running AS (
    SELECT l.transactionid::text::bigint AS number, a.datname = current_database() AS is_here
    FROM pg_locks l JOIN pg_stat_activity a ON a.pid = l.pid
    WHERE l.locktype = 'transactionid' AND l.mode = 'ExclusiveLock' AND l.granted AND l.pid <> pg_backend_pid()
), seen AS (
    SELECT pg_snapshot_xmax(pg_current_snapshot())::text::bigint AS next,
        pg_current_xact_id_if_assigned()::text::bigint AS own,
        (SELECT MIN(number::text::bigint) FROM pg_snapshot_xip(pg_current_snapshot()) AS started(number)
         WHERE NOT EXISTS (SELECT 1 FROM running
                           WHERE NOT is_here AND running.number = started.number::text::bigint & 4294967295)) AS oldest
)
SELECT COALESCE(oldest, next) AS final,
    CASE WHEN oldest IS NULL AND NOT EXISTS (
        SELECT 1 FROM running WHERE is_here AND number BETWEEN next & 4294967295 AND own & 4294967295
    ) THEN own END AS own
FROM seen
"""


def take_cursor(name: str) -> Cursor:
    """The follower's cursor, held until the transaction ends so that it follows once at a time."""
    Cursor.objects.get_or_create(name=name)
    return Cursor.objects.select_for_update().get(name=name)


def unread_events(cursor: Cursor) -> EventQuerySet:
    """Events after the cursor in the order of following; what others are still writing comes next time."""
    here = cursor.transaction
    after = Q(transaction__gt=here) | Q(transaction=here, pk__gt=cursor.position)
    events = Event.objects.filter(after, transaction__gte=here).order_by("transaction", "pk")
    if connection.vendor != "postgresql":
        return events
    with connection.cursor() as sql:
        sql.execute(FINAL)
        final, own = sql.fetchone()
    return events.filter(Q(transaction__lt=final) | Q(transaction=own))


def move_cursor(cursor: Cursor, *, transaction: int, position: int) -> None:
    """Notes the last Event read; call it in the transaction of what was made of it."""
    cursor.transaction, cursor.position = transaction, position
    cursor.save()
