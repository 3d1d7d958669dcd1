"""Retention: what is past its time and under no hold is deleted, and the chain still proves the rest."""

import hashlib
import struct
from datetime import UTC, date, datetime, time, timedelta

from django.core.exceptions import ValidationError
from django.db import connection, transaction
from django.db.models import Q
from django.utils import timezone

from governance.audit.hold import held_events, require_everywhere
from governance.audit.models import Deletion, LegalHold, RetentionClass
from governance.audit.seal import newest_seal
from governance.audit.sign import sign
from governance.audit.verify import verify_ledger
from workforce.accounts.permissions import Permission
from workforce.contributors.models import Contributor, Kind
from workforce.ledger.actions import Action
from workforce.ledger.append_only import unlocked
from workforce.ledger.models import Event
from workforce.ledger.record import record_event

BATCH = 5_000
AGENT_ACTIONS, LEDGER = "agent_actions", "ledger"
CLASSES = {
    AGENT_ACTIONS: {
        "title": "What AI agents did",
        "basis": "EU AI Act, Article 26(6): deployers keep the logs of a high-risk system at least six months.",
        "minimum_days": 184,
        "keep_days": 731,
    },
    LEDGER: {
        "title": "All other events",
        "basis": "Books and business letters are kept six to ten years, for example HGB § 257 and AO § 147.",
        "minimum_days": 2_192,
        "keep_days": 3_653,
    },
}


def retention_classes() -> list[RetentionClass]:
    """Every class, made with its defaults at first use."""
    for name, values in CLASSES.items():
        RetentionClass.objects.get_or_create(name=name, defaults=values)
    return list(RetentionClass.objects.order_by("name"))


def last_day_to_give(kept: RetentionClass) -> date:
    """What was written before this day may be deleted."""
    return timezone.now().date() - timedelta(days=kept.keep_days)


def due_events(kept: RetentionClass, before: date):
    """Sealed Events of the class that were written before the day, held ones included."""
    agents = Contributor.objects.filter(kind=Kind.AI_AGENT, user__isnull=False).order_by().values("user")
    of_class = Q(actor__in=agents) if kept.name == AGENT_ACTIONS else Q(actor=None) | ~Q(actor__in=agents)
    head = newest_seal()
    midnight = datetime.combine(before, time.min, tzinfo=UTC)
    return Event.objects.filter(of_class, at__lt=midnight, pk__lte=head.last_id if head else 0)


def apply_retention(*, retention_class: str, before: date, reason: str, by, dry_run: bool = False) -> dict:
    """Deletes the class's Events written before the day, but for held ones: {"due", "held", "deleted"}.

    Raises ValidationError when the day is too early for the class, when everything is held, and when the ledger is not
    whole: what was tampered with is evidence.
    """
    require_everywhere(by, Permission.RETENTION_APPLY)
    kept = next((one for one in retention_classes() if one.name == retention_class), None)
    if kept is None:
        raise ValidationError(f"There is no retention class `{retention_class}`. Known are: {', '.join(CLASSES)}.")
    check_time(kept, before)
    due = due_events(kept, before)
    counts = {"due": due.count(), "held": due.filter(held_events()).count(), "deleted": 0}
    if dry_run:
        return counts
    check_may_delete(reason)
    while deleted := delete_batch(kept, before=before, reason=reason, by=by):
        counts["deleted"] += deleted
    return counts


def check_time(kept: RetentionClass, before: date) -> None:
    latest = last_day_to_give(kept)
    if before > latest:
        raise ValidationError(
            {
                "before": f"Too early: “{kept.title}” is kept {kept.keep_days:,} days ({kept.basis})"
                f" Today only what was written before {latest} may be deleted: give {latest} or an earlier day."
            }
        )


def check_may_delete(reason: str) -> None:
    if not reason.strip():
        raise ValidationError({"reason": "Say why this is deleted; the reason is kept as proof."})
    everything = LegalHold.objects.standing().filter(subject_type="").first()
    if everything:
        raise ValidationError(
            f"Everything is under a legal hold since {everything.placed_at:%Y-%m-%d}: {everything.reason}"
            " Nothing can be deleted until it is released."
        )
    if fault := verify_ledger().fault:
        raise ValidationError(f"The ledger is not whole, and what is in it is evidence now. {fault.sentence}")


def delete_batch(kept: RetentionClass, *, before: date, reason: str, by) -> int:
    """Deletes the next Events, with the signed record of their numbers and an Event, in one transaction."""
    with transaction.atomic():
        if connection.vendor == "postgresql":
            with connection.cursor() as cursor:
                cursor.execute("LOCK TABLE audit_legalhold IN SHARE MODE")  # no hold comes while we look
        due = due_events(kept, before).exclude(held_events())
        ids = list(due.order_by("pk").values_list("pk", flat=True)[:BATCH])
        if not ids:
            return 0
        with unlocked():
            Event.objects.filter(pk__in=ids).delete()
        packed = struct.pack(f"<{len(ids)}q", *ids)
        deletion = Deletion(
            retention_class=kept,
            before=before,
            event_ids=packed,
            event_count=len(ids),
            digest=hashlib.sha256(packed).hexdigest(),
            reason=reason,
            at=timezone.now(),
            by=by,
        )
        deletion.signature = sign(deletion.statement())
        deletion.save(force_insert=True)
        details = {"class": kept.name, "before": before.isoformat(), "events": len(ids), "digest": deletion.digest}
        record_event(action=Action.RETENTION_APPLIED, subject=deletion, by=by, after=details, reason=reason)
    return len(ids)
