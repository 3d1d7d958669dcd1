"""A person decides on a discrepancy; the decision is a new row and survives every reconciliation."""

from django.db import transaction
from django.utils import timezone

from orchestration.invoices.models import Decision, Discrepancy
from workforce.accounts.permissions import Permission, require
from workforce.ledger.actions import Action
from workforce.ledger.record import record_event


@transaction.atomic
def decide_discrepancy(*, discrepancy: Discrepancy, verdict: str, reason: str, by) -> Decision:
    """Accepts or disputes; raises PermissionDenied, or ValueError with words when the reason is missing."""
    require(by, Permission.DISCREPANCY_DECIDE)
    if verdict not in ("accept", "dispute"):
        raise ValueError("A verdict is accept or dispute.")
    if not reason.strip():
        raise ValueError("Say why: the reason is kept with the decision.")
    seen = {"expected": discrepancy.expected, "actual": discrepancy.actual, "amount": str(discrepancy.amount)}
    decision = Decision.objects.create(
        line=discrepancy.line,
        code=discrepancy.code,
        verdict=verdict,
        reason=reason.strip(),
        seen=seen,
        at=timezone.now(),
        by=by,
    )
    record_event(
        action=Action.DISCREPANCY_DECIDED,
        subject=discrepancy.line.invoice,
        by=by,
        before={"code": discrepancy.code, **seen},
        after={"verdict": verdict, "line": discrepancy.line.line},
        reason=reason.strip(),
    )
    return decision
