"""Legal holds: what may not be deleted, whatever its age, until someone says why it may."""

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import IntegrityError, transaction
from django.db.models import Q
from django.utils import timezone

from governance.audit.models import LegalHold
from workforce.accounts.permissions import Permission, require
from workforce.contributors.models import Contributor
from workforce.engagements.models import Engagement
from workforce.ledger.actions import Action
from workforce.ledger.record import record_event


def require_everywhere(user, permission: str) -> None:
    """As `require`, and for the whole organisation: the ledger is one, and a unit's user decides for the unit only."""
    require(user, permission)
    if user.unit_scope() is not None:
        raise PermissionDenied("This concerns the whole ledger. Ask someone whose role is for the whole organisation.")


def place_legal_hold(*, reason: str, by, subject=None) -> LegalHold:
    """Holds what the ledger says about a contributor or an engagement, or with no subject everything."""
    require_everywhere(by, Permission.AUDIT_HOLD)
    if not reason.strip():
        raise ValidationError({"reason": "Say why this must be kept; the reason is kept as proof."})
    about = {"subject_type": subject._meta.model_name, "subject_id": subject.pk} if subject else {}
    label = str(subject)[:200] if subject else ""
    try:
        with transaction.atomic():
            hold = LegalHold.objects.create(
                reason=reason, placed_at=timezone.now(), placed_by=by, subject_label=label, **about
            )
            record_event(action=Action.LEGAL_HOLD_PLACED, subject=hold, by=by, after=about, reason=reason)
    except IntegrityError as error:
        raise ValidationError(f"A legal hold on {label or 'everything'} stands already.") from error
    return hold


def release_legal_hold(*, hold: LegalHold, reason: str, by) -> None:
    """Ends the hold; what is past its time may then be deleted."""
    require_everywhere(by, Permission.AUDIT_HOLD)
    if not reason.strip():
        raise ValidationError({"reason": "Say why this may be deleted again; the reason is kept as proof."})
    with transaction.atomic():
        release = {"released_at": timezone.now(), "released_by": by, "release_reason": reason}
        if not LegalHold.objects.standing().filter(pk=hold.pk).update(**release):
            raise ValidationError(f"{hold} was released already.")
        record_event(action=Action.LEGAL_HOLD_RELEASED, subject=hold, by=by, reason=reason)


def held_events() -> Q:
    """Which Events the standing holds keep: about the subject, a contributor's engagements, and what it did itself."""
    held = Q(pk__in=[])
    for kind, subject in LegalHold.objects.standing().values_list("subject_type", "subject_id"):
        if not kind:
            return Q(pk__isnull=False)
        held |= Q(subject_type=kind, subject_id=subject)
        if kind == Contributor._meta.model_name:
            engagements = Engagement.objects.filter(contributor=subject).order_by().values("pk")
            held |= Q(subject_type=Engagement._meta.model_name, subject_id__in=engagements)
            held |= Q(actor__in=Contributor.objects.filter(pk=subject, user__isnull=False).order_by().values("user"))
    return held
