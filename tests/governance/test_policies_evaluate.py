from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.core.exceptions import ValidationError

from governance.policies.evaluate import evaluate_policies, evaluate_touched
from governance.policies.follow import follow_policies
from governance.policies.models import Finding, Policy
from governance.policies.queries import open_findings_for
from governance.policies.waive import waive_finding
from workforce.accounts.models import RoleAssignment, User
from workforce.contributors.models import Contributor
from workforce.engagements.models import Engagement, PurchaseOrder, Rate, RateCard
from workforce.holds.ask import can_be_paid, can_run
from workforce.ledger.models import Event
from workforce.ledger.record import record_event
from workforce.organisation.models import Unit
from workforce.timesheets.models import TimeEntry

pytestmark = pytest.mark.django_db
TODAY = date(2026, 10, 30)


def make(kind, name, **values):
    return Contributor.objects.create(kind=kind, name=name, **{"country": "DE", **values})


def engage(who, start, end=None, **values):
    unit, _ = Unit.objects.get_or_create(name="Works")
    values = {"basis": "usage", **values}
    return Engagement.objects.create(contributor=who, unit=unit, start_date=start, end_date=end, **values)


@pytest.fixture
def company(db):
    """One breaker of each policy, each beside one that just does not break it."""
    ada = make("employee", "Ada")
    gone = make("employee", "Gone", status="left")
    make("ai_agent", "Bot of Gone", owner=gone)
    make("ai_agent", "Bot of Ada", owner=ada)
    old = TODAY - timedelta(540)
    engage(make("contractor", "Too long"), old)
    engage(make("contractor", "Just not too long"), old + timedelta(1))
    for name, after in (("Time after end", 1), ("Time on the last day", 0)):
        ended = engage(make("contractor", name), date(2026, 1, 1), date(2026, 9, 30))
        TimeEntry.objects.create(engagement=ended, work_date=date(2026, 9, 30) + timedelta(after), hours=8)
    vendor = make("vendor", "Vendor")
    PurchaseOrder.objects.create(number="PO1", supplier=vendor, currency="EUR", amount=1)
    order = {"basis": "hourly", "purchase_order": "PO1"}
    engage(make("contractor", "Order of another supplier"), date(2026, 9, 1), **order)
    engage(make("contractor", "Order known", supplier=vendor), date(2026, 9, 1), **order)
    RateCard.objects.create(title="Welder", country="DE", currency="EUR", per="hour", max_amount=50)
    for name, amount in (("Above card", "50.01"), ("On the card", "50")):
        welder = engage(make("contractor", name, title="welder"), date(2026, 9, 1))
        Rate.objects.create(
            engagement=welder, per="hour", amount=Decimal(amount), currency="EUR", valid_from=date(2026, 9, 1)
        )
    suspended = make("vendor", "Suspended with people", status="suspended")
    make("vendor", "Suspended alone", status="suspended")
    engage(make("contractor", "Lent", supplier=suspended), date(2026, 9, 1))
    make("contractor", "Sharer 1", bank_account_hash="x")
    make("partner", "Sharer 2", bank_account_hash="x")
    twin = make("contractor", "Twin", bank_account_hash="y")
    make("contractor", "Merged twin", bank_account_hash="y", merged_into=twin)
    make("contractor", "Nowhere", country="")
    make("contractor", "Nowhere and left", country="", status="left")


BREAKERS = {
    "agent-without-owner": ["Bot of Gone"],
    "contractor-tenure": ["Too long"],
    "expired-engagement-used": ["Time after end"],
    "missing-country": ["Nowhere"],
    "order-missing": ["Order of another supplier"],
    "rate-above-card": ["Above card"],
    "shared-bank-account": ["Sharer 1", "Sharer 2"],
    "suspended-vendor-active-people": ["Suspended with people"],
}


def breakers():
    found = {name: [] for name in Policy.objects.values_list("name", flat=True)}
    for policy, who in Finding.objects.open().values_list("policy__name", "contributor__name"):
        found[policy].append(who)
    return {policy: sorted(who) for policy, who in found.items()}


def test_each_policy_finds_its_breaker_and_spares_the_near_miss(company):
    result = evaluate_policies(as_of=TODAY)
    assert breakers() == BREAKERS
    assert (result["opened"], result["closed"], result["open"]) == (9, 0, 9)
    assert Event.objects.filter(action="finding.opened").count() == 9


def test_evaluating_again_changes_nothing(company):
    evaluate_policies(as_of=TODAY)
    again = evaluate_policies(as_of=TODAY)
    assert (again["opened"], again["closed"]) == (0, 0)


def test_a_dry_run_counts_and_keeps_nothing(company):
    assert evaluate_policies(as_of=TODAY, dry_run=True)["opened"] == 9
    assert (Finding.objects.count(), Event.objects.count(), Policy.objects.count()) == (0, 0, 0)


def test_a_blocking_finding_holds_until_the_facts_change(company):
    evaluate_policies(as_of=TODAY)
    bot = Contributor.objects.get(name="Bot of Gone")
    assert not can_run(bot)
    assert not can_be_paid(Contributor.objects.get(name="Suspended with people"))
    Contributor.objects.filter(pk=bot.pk).update(owner=Contributor.objects.get(name="Ada"))
    assert evaluate_policies(as_of=TODAY)["closed"] == 1
    assert can_run(bot)
    assert set(Event.objects.filter(action="hold.lifted").values_list("subject_id", flat=True)) == {bot.pk}


def test_touched_gives_the_same_as_the_whole(company):
    evaluate_policies(as_of=TODAY)
    ada, gone = Contributor.objects.get(name="Ada"), Contributor.objects.get(name="Gone")
    sharer = Contributor.objects.get(name="Sharer 1")
    Contributor.objects.filter(pk=ada.pk).update(status="left")
    Contributor.objects.filter(pk=gone.pk).update(status="active")
    Contributor.objects.filter(pk=sharer.pk).update(bank_account_hash="y")
    evaluate_touched([ada.pk, gone.pk, sharer.pk], as_of=TODAY)
    touched = breakers()
    assert touched["agent-without-owner"] == ["Bot of Ada"]
    assert touched["shared-bank-account"] == ["Sharer 1", "Twin"]
    whole = evaluate_policies(as_of=TODAY)
    assert (whole["opened"], whole["closed"], breakers()) == (0, 0, touched)


def test_a_waived_finding_stays_away_until_its_day_and_no_longer(company):
    legal = User.objects.create_user("legal")
    RoleAssignment.objects.create(user=legal, role="legal")
    evaluate_policies()
    finding = Finding.objects.get(policy__name="agent-without-owner")
    with pytest.raises(ValidationError):
        waive_finding(finding=finding, reason=" ", until=date(2099, 1, 1), by=legal)
    waive_finding(finding=finding, reason="Being replaced", until=date(2099, 1, 1), by=legal)
    assert can_run(finding.contributor)
    evaluate_policies(policy="agent-without-owner")
    assert not Finding.objects.open().filter(policy=finding.policy).exists()
    evaluate_policies(policy="agent-without-owner", as_of=date(2099, 1, 2))
    assert Finding.objects.open().filter(policy=finding.policy).count() == 1
    assert {f.policy.owner_role for f in open_findings_for(legal)} == {"legal"}


def test_the_follower_evaluates_what_an_event_touches_and_then_rests(company):
    evaluate_policies()
    nowhere = Contributor.objects.get(name="Nowhere")
    Contributor.objects.filter(pk=nowhere.pk).update(country="DE")
    record_event(action="contributor.updated", subject=nowhere)
    assert follow_policies() > 0
    assert not Finding.objects.open().filter(contributor=nowhere).exists()
    assert follow_policies() == 0
