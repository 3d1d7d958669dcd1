"""A person accepts or disputes a discrepancy; what was decided outlives the next reconciliation."""

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone

from orchestration.invoices.models import Decision, Discrepancy
from workforce.ledger.actions import Action
from workforce.ledger.record import record_event

VERDICTS = ("accept", "dispute")


@transaction.atomic
def decide_discrepancy(*, discrepancy: Discrepancy, verdict: str, reason: str, by) -> Decision:
    """Writes the Decision with the figures seen; raises ValidationError for a wrong verdict or a missing reason."""
    if verdict not in VERDICTS:
        raise ValidationError({"verdict": f"{verdict!r} is no verdict. Choose accept or dispute."})
    reason = reason.strip()
    if not reason:
        raise ValidationError({"reason": "State why, so that others can follow it."})
    seen = {"expected": discrepancy.expected, "actual": discrepancy.actual, "amount": str(discrepancy.amount)}
    decision = Decision.objects.create(
        line_id=discrepancy.line_id,
        code=discrepancy.code,
        verdict=verdict,
        reason=reason,
        seen=seen,
        at=timezone.now(),
        by=by,
    )
    record_event(
        action=Action.DISCREPANCY_DECIDED,
        subject=discrepancy,
        by=by,
        after={"code": discrepancy.code, "verdict": verdict, **seen},
        reason=reason,
    )
    return decision
