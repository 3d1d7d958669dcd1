"""A person decides on a hit; the one concerned may appeal, and then another person decides again."""

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone

from governance.screening.models import Appeal, HitDecision, ScreeningHit, Verdict
from governance.screening.store import bring_holds_up_to_date
from workforce.accounts.permissions import Permission, require
from workforce.ledger.actions import Action
from workforce.ledger.record import record_event


@transaction.atomic
def decide_hit(*, hit: ScreeningHit, verdict: str, reason: str, by) -> HitDecision:
    """Writes the decision with what was seen; raises ValidationError, in words, when it may not be made so."""
    require(by, Permission.SCREENING_DECIDE)
    reason = reason.strip()
    if verdict not in Verdict.values:
        raise ValidationError({"verdict": f"{verdict!r} is no verdict. Choose one of {', '.join(Verdict.values)}."})
    if not reason:
        raise ValidationError({"reason": "Say why; the reason is kept as proof."})
    if hit.contributor.user_id == by.pk:
        raise ValidationError("This hit is about you. Somebody else has to decide it.")
    if (appeal := standing_appeal(hit)) and appeal.decision.by_id == by.pk:
        raise ValidationError("You decided this before the appeal. Somebody else has to decide it again.")
    now = timezone.now()
    same = ScreeningHit.objects.open().filter(pk=hit.pk, ground=hit.ground)
    if not same.update(verdict=verdict, changed_at=now):
        raise ValidationError("The facts changed while you looked. Open the hit again and decide on what it says now.")
    hit.verdict = verdict
    seen = {"points": hit.points, "lines": hit.lines, "list_version": hit.list_version, "others": hit.others}
    decision = HitDecision.objects.create(
        hit=hit, verdict=verdict, reason=reason, ground=hit.ground, seen=seen, at=now, by=by
    )
    after = {"contributor": hit.contributor_id, "signal": hit.signal, "points": hit.points, "verdict": verdict}
    record_event(action=Action.HIT_DECIDED, subject=hit, by=by, after=after, reason=reason)
    bring_holds_up_to_date(by=by)
    return decision


@transaction.atomic
def appeal_decision(*, hit: ScreeningHit, statement: str, by) -> Appeal:
    """Records what the one concerned says against the standing decision; the hit waits for another decision."""
    require(by, Permission.SCREENING_DECIDE)
    statement = statement.strip()
    if not statement:
        raise ValidationError({"statement": "Write down what the person concerned says."})
    decision = hit.decisions.first()
    if decision is None or hit.verdict in ("", Verdict.CLEARED):
        raise ValidationError("No decision against the person stands here, so there is nothing to appeal.")
    appeal = Appeal.objects.create(hit=hit, decision=decision, statement=statement, at=timezone.now(), by=by)
    ScreeningHit.objects.filter(pk=hit.pk).update(verdict="", changed_at=appeal.at)
    hit.verdict = ""
    record_event(
        action=Action.HIT_APPEALED, subject=hit, by=by, after={"decision": decision.pk, "verdict": decision.verdict},
        reason=statement,
    )  # fmt: skip
    bring_holds_up_to_date(by=by)
    return appeal


def standing_appeal(hit: ScreeningHit) -> Appeal | None:
    """The appeal on which nobody has decided yet."""
    appeal = hit.appeals.select_related("decision").first()
    return appeal if appeal and not hit.decisions.filter(pk__gt=appeal.decision_id).exists() else None
