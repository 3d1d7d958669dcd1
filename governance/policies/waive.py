"""Letting a finding stand until a day."""

from datetime import date

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone

from governance.policies.evaluate import bring_holds_up_to_date
from governance.policies.models import Finding, Waiver
from workforce.accounts.permissions import Permission, require
from workforce.ledger.actions import Action
from workforce.ledger.record import record_event


def waive_finding(*, finding: Finding, reason: str, until: date, by) -> Waiver:
    """Closes the finding, lifts what it blocked, and keeps it from coming back until the day has passed."""
    require(by, Permission.FINDING_DECIDE)
    now = timezone.now()
    if not reason.strip():
        raise ValidationError({"reason": "Say why this may stand; the reason is kept as proof."})
    if until < now.date():
        raise ValidationError({"until": f"{until} has passed. Give a day from {now.date()} on."})
    with transaction.atomic():
        if not Finding.objects.open().filter(pk=finding.pk).update(closed_at=now):
            raise ValidationError("This finding is closed already; there is nothing to waive.")
        finding.closed_at = now
        waiver = Waiver.objects.create(
            policy=finding.policy, contributor=finding.contributor, reason=reason, until=until, at=now, by=by
        )
        details = {"policy": finding.policy.name, "contributor": finding.contributor_id, "until": until.isoformat()}
        record_event(action=Action.FINDING_WAIVED, subject=finding, by=by, after=details, reason=reason)
        bring_holds_up_to_date(finding.policy)
    return waiver
