"""Placing and lifting Holds, one or a whole set at once, each with its Event in the same transaction."""

from datetime import datetime

from django.db import connection, transaction
from django.utils import timezone

from workforce.holds.models import Hold
from workforce.ledger.actions import Action
from workforce.ledger.record import record_event

RECORD_HOLD_EVENTS = """
    INSERT INTO ledger_event
        (at, actor_id, action, subject_type, subject_id, subject_label, before, after, reason)
    SELECT %s, {by}, %s, h.subject_type, h.subject_id, SUBSTR(h.scope || ': ' || h.reason, 1, 200), '{{}}', {after}, ''
    FROM holds_hold h WHERE h.id IN ({marks})
"""
BATCH = 500


def place_hold(*, subject, scope: str, reason: str, cause: str, by=None, from_date=None) -> Hold:
    """Places one Hold; the open one of the same cause stands as it is."""
    now = timezone.now()
    with transaction.atomic():
        hold, created = Hold.objects.get_or_create(
            subject_type=subject._meta.model_name,
            subject_id=subject.pk,
            scope=scope,
            cause=cause,
            lifted_at=None,
            defaults={
                "reason": reason[:300],
                "from_date": from_date or now.date(),
                "placed_at": now,
                "placed_by": by,
            },
        )
        if created:
            record_event(action=Action.HOLD_PLACED, subject=subject, by=by, after={"scope": scope, "cause": cause})
    return hold


def lift_hold(*, hold: Hold, by=None, on=None, reason: str = "") -> bool:
    """Lifts a Hold that is still open; False if it was lifted before."""
    return bool(lift_holds(statement="SELECT %s", params=[hold.pk], by=by, on=on, reason=reason))


def place_holds(*, statement: str, params=(), by=None) -> int:
    """Places a Hold for each (subject_type, subject_id, scope, reason, cause, from_date) the statement yields."""
    now = timezone.now()
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(
            f"""
            INSERT INTO holds_hold
                (subject_type, subject_id, scope, reason, cause, from_date, placed_at, placed_by_id)
            SELECT subject_type, subject_id, scope, SUBSTR(reason, 1, 300), cause, from_date, %s, {write_id(by)}
            FROM ({statement}) wanted
            WHERE NOT EXISTS (
                SELECT 1 FROM holds_hold h WHERE h.subject_type = wanted.subject_type
                AND h.subject_id = wanted.subject_id AND h.scope = wanted.scope AND h.cause = wanted.cause
                AND h.lifted_at IS NULL)
            ON CONFLICT DO NOTHING
            RETURNING id
            """,
            [write_instant(now), *params],
        )
        ids = [row[0] for row in cursor.fetchall()]
        _record_events(cursor, ids, action=Action.HOLD_PLACED, at=now, by=by)
    return len(ids)


def lift_holds(*, statement: str, params=(), by=None, on=None, reason: str = "") -> int:
    """Lifts the open Holds whose ids the statement yields; `on` is the last day on which they held."""
    now = timezone.now()
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(
            f"""
            UPDATE holds_hold SET lifted_at = %s, to_date = %s, lifted_by_id = {write_id(by)}
            WHERE lifted_at IS NULL AND id IN ({statement}) RETURNING id
            """,
            [write_instant(now), write_day(on or now.date()), *params],
        )
        ids = [row[0] for row in cursor.fetchall()]
        _record_events(cursor, ids, action=Action.HOLD_LIFTED, at=now, by=by)
    return len(ids)


def _record_events(cursor, ids: list[int], *, action: str, at: datetime, by) -> None:
    after = "json_object('scope', h.scope, 'cause', h.cause)"
    if connection.vendor == "postgresql":
        after = "jsonb_build_object('scope', h.scope, 'cause', h.cause)"
    for start in range(0, len(ids), BATCH):
        some = ids[start : start + BATCH]
        sql = RECORD_HOLD_EVENTS.format(by=write_id(by), after=after, marks=",".join(["%s"] * len(some)))
        cursor.execute(sql, [write_instant(at), str(action), *some])


def write_id(by) -> str:
    """The acting user's id as it stands in SQL; a number or NULL."""
    return str(int(by.pk)) if by is not None else "NULL"


def write_instant(moment: datetime):
    """An instant as this database takes it."""
    return connection.ops.adapt_datetimefield_value(moment)


def write_day(day):
    """A date as this database takes it."""
    return connection.ops.adapt_datefield_value(day)
