import pytest
from django.core.exceptions import ValidationError

from orchestration.invoices.decide import decide_discrepancy
from orchestration.invoices.models import Decision, Discrepancy
from orchestration.invoices.reconcile import reconcile
from tests.orchestration.reconcile_cast import Books
from workforce.ledger.models import Event

pytestmark = pytest.mark.django_db


@pytest.fixture
def discrepancy(db) -> Discrepancy:
    Books().invoice("A1")
    reconcile()
    return Discrepancy.objects.get(code="time_missing")


def test_a_decision_keeps_what_was_seen_and_outlives_the_next_run(discrepancy, finance):
    decide_discrepancy(discrepancy=discrepancy, verdict="accept", reason="Paper sheet seen", by=finance)
    reconcile()
    decision = Decision.objects.get()
    assert (decision.verdict, decision.by, decision.seen["actual"]) == ("accept", finance, "8.00 hours")
    event = Event.objects.get(action="discrepancy.decided")
    assert (event.actor, event.reason) == (finance, "Paper sheet seen")


@pytest.mark.parametrize(("verdict", "reason"), [("pay", "x"), ("accept", "  ")])
def test_a_decision_without_verdict_or_reason_is_refused(discrepancy, finance, verdict, reason):
    with pytest.raises(ValidationError):
        decide_discrepancy(discrepancy=discrepancy, verdict=verdict, reason=reason, by=finance)
    assert Decision.objects.count() == 0
