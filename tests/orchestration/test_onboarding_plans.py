from datetime import date, timedelta

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.utils import timezone

from orchestration.onboarding.complete import complete_item, reopen_item
from orchestration.onboarding.follow import follow_onboarding
from orchestration.onboarding.models import Item, Plan, Template
from orchestration.onboarding.plan import make_plans
from orchestration.onboarding.queries import open_items_for
from workforce.accounts.models import RoleAssignment, User
from workforce.contributors.models import Contributor, Kind
from workforce.engagements.models import Engagement
from workforce.holds.ask import can_be_paid, can_start
from workforce.holds.place import lift_hold, place_hold
from workforce.ledger.models import Event
from workforce.ledger.record import record_event
from workforce.organisation.models import Unit

pytestmark = pytest.mark.django_db
TODAY = date(2026, 10, 30)


def engage(name, start, status="active", kind="contractor"):
    unit, _ = Unit.objects.get_or_create(name="Works")
    who = Contributor.objects.create(kind=kind, name=name, status=status)
    return Engagement.objects.create(contributor=who, unit=unit, basis="hourly", start_date=start)


def user(role):
    made = User.objects.create_user(role)
    RoleAssignment.objects.create(user=made, role=role)
    return made


def test_plans_are_made_for_what_is_to_start_or_onboarding_and_once():
    coming = engage("Coming", TODAY + timedelta(10))
    billing = engage("Billing already", TODAY - timedelta(20), status="onboarding")
    engage("Long here", TODAY - timedelta(20))
    assert make_plans(today=TODAY) == 2
    assert make_plans(today=TODAY) == 0
    assert set(Plan.objects.values_list("engagement", flat=True)) == {coming.pk, billing.pk}
    assert set(Template.objects.values_list("kind", flat=True)) == set(Kind.values)
    bank = Item.objects.filter(control="bank-verified").order_by("open_from")
    assert list(bank.values_list("open_from", "due_date")) == [
        (TODAY - timedelta(20), TODAY - timedelta(15)),
        (TODAY, TODAY + timedelta(15)),
    ]
    assert Event.objects.filter(action="plan.created").count() == 2


def test_holds_stand_until_each_item_is_done_and_the_last_makes_active():
    engagement = engage("New", TODAY, status="onboarding")
    make_plans(today=TODAY)
    admin = user("admin")
    assert not can_start(engagement)
    assert not can_be_paid(engagement)
    for item in open_items_for(admin):
        complete_item(item=item, by=admin)
    engagement.contributor.refresh_from_db()
    assert (can_start(engagement), can_be_paid(engagement), engagement.contributor.status) == (True, True, "active")
    reopen_item(item=Item.objects.get(control="bank-verified"), by=admin)
    assert not can_be_paid(engagement)


def test_an_item_is_for_its_role_and_done_once():
    engage("New", TODAY, status="onboarding")
    make_plans(today=TODAY)
    item = Item.objects.get(control="contract-signed")
    with pytest.raises(PermissionDenied):
        complete_item(item=item, by=user("legal"))
    procurement = user("procurement")
    assert [i.control for i in open_items_for(procurement)] == ["contract-signed"]
    with pytest.raises(ValidationError):
        complete_item(item=item, by=procurement, on=timezone.now().date() + timedelta(1))
    complete_item(item=item, by=procurement, note="Signed")
    with pytest.raises(ValidationError):
        complete_item(item=item, by=procurement)


def test_finance_verifies_the_bank_account():
    engagement = engage("New", TODAY, status="onboarding")
    make_plans(today=TODAY)
    complete_item(item=Item.objects.get(control="bank-verified"), by=user("finance"))
    assert can_be_paid(engagement)


def test_the_follower_reads_each_event_once():
    engagement = engage("Coming", timezone.now().date() + timedelta(10))
    record_event(action="engagement.created", subject=engagement)
    assert follow_onboarding()["plans"] == 1
    assert follow_onboarding() == {"events": 0, "plans": 0}


def test_a_hold_on_the_contributor_holds_its_engagements():
    engagement = engage("New", TODAY)
    hold = place_hold(subject=engagement.contributor, scope="pay", reason="Check", cause="test")
    assert not can_be_paid(engagement)
    assert lift_hold(hold=hold) is True
    assert lift_hold(hold=hold) is False
    assert can_be_paid(engagement)
