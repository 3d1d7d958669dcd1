"""Sealing: the Events that are decided become the next links of the chain."""

import hashlib
import time

from django.db import connection, transaction
from django.utils import timezone

from governance.audit.leaves import HIGHEST, SIZE, read_leaves
from governance.audit.models import Seal
from governance.audit.sign import sign
from workforce.ledger.models import Event

BATCH = 10_000  # numbers under one seal
WAIT_SECONDS = 0.1

LAST_NUMBER = """
    SELECT format('SELECT last_value - CASE WHEN is_called THEN 0 ELSE 1 END FROM %s',
                  pg_get_serial_sequence('ledger_event', 'id'))
"""
# A number is taken under a lock on the table's sequence, which the transaction holds until its end.
WRITERS = """
    SELECT virtualtransaction FROM pg_locks
    WHERE locktype = 'relation' AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
      AND relation = pg_get_serial_sequence('ledger_event', 'id')::regclass
      AND mode = 'RowExclusiveLock' AND pid IS DISTINCT FROM pg_backend_pid()
"""


def seal_ledger(*, patience: float = 20.0, progress=None) -> Seal | None:
    """Seals every Event that is decided, batch by batch; returns the newest seal, None while there is none.

    Waits at most `patience` seconds for transactions that were writing Events when it began, and seals nothing if one
    of them goes on: an Event that is committed late under a lower number must find its place in the chain.
    """
    horizon = find_horizon(patience=patience)
    while horizon is not None and (seal := seal_batch(horizon)):
        if progress:
            progress(seal.event_count)
    return newest_seal()


def newest_seal() -> Seal | None:
    return Seal.objects.defer("leaves").order_by("-number").first()


def seal_batch(horizon: int) -> Seal | None:
    """The next seal over Events up to the horizon, or None if there is none to seal."""
    with transaction.atomic():
        if connection.vendor == "postgresql":
            with connection.cursor() as cursor:
                cursor.execute("LOCK TABLE audit_seal IN EXCLUSIVE MODE")  # one sealer at a time
        head = newest_seal()
        first_id = head.last_id + 1 if head else 1
        # The numbers that no Event got lie within the seal, too; a range keeps the read an index scan.
        lowest = Event.objects.filter(pk__range=(first_id, horizon)).order_by("pk").values_list("pk", flat=True).first()
        if lowest is None:
            return None
        last_id = min(lowest + BATCH - 1, horizon)
        leaves = read_leaves(first_id, last_id)
        count = len(leaves) // SIZE
        seal = Seal(
            number=head.number + 1 if head else 1,
            first_id=first_id,
            last_id=last_id,
            event_count=count,
            total=(head.total if head else 0) + count,
            leaves=leaves,
            digest=hashlib.sha256(leaves).hexdigest(),
            previous=head.hash if head else "",
            sealed_at=timezone.now(),
        )
        seal.hash = hashlib.sha256(seal.statement().encode()).hexdigest()
        seal.signature = sign(seal.statement())
        seal.save(force_insert=True)
    return seal


def find_horizon(*, patience: float) -> int | None:
    """The highest number below which no Event can appear any more; None if that is not known within the patience."""
    if connection.vendor != "postgresql":
        return last_number()  # one writer at a time: what has a number is committed
    horizon = last_number()
    deciding, until = find_writers(), time.monotonic() + patience
    while deciding and time.monotonic() < until:
        time.sleep(WAIT_SECONDS)
        deciding &= find_writers()
    return None if deciding else horizon


def last_number() -> int:
    """The last number that was given to an Event, committed or not."""
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute(LAST_NUMBER)
            cursor.execute(cursor.fetchone()[0])
        else:
            cursor.execute("SELECT coalesce(max(seq), 0) FROM sqlite_sequence WHERE name = 'ledger_event'")
        return min(cursor.fetchone()[0], HIGHEST - 1)


def find_writers() -> set[str]:
    """Transactions of others that have taken a number for an Event and are not over."""
    with connection.cursor() as cursor:
        cursor.execute(WRITERS)
        return {transaction_id for (transaction_id,) in cursor.fetchall()}
