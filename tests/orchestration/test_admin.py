"""The Django admin: who may, what is shown, what is recorded."""

import pytest
from django.apps import apps
from django.contrib.admin import site
from django.urls import reverse

from tests import cast
from workforce.accounts.models import ApiToken, RoleAssignment, User
from workforce.contributors.confidential import key_hash
from workforce.ledger.models import Event

pytestmark = pytest.mark.django_db
STOREYS = ("workforce.", "governance.", "orchestration", "analytics.")
OURS = [m for m in apps.get_models() if m.__module__.startswith(STOREYS) and not m._meta.auto_created]
READ_ONLY = {
    "event", "cursor", "hold", "finding", "waiver", "syncrun", "resolutionrun", "sourcerecord", "rejection", "waitingreference", "merge", "match", "matchdecision",
    "plan", "item", "document", "invoice", "invoiceline", "linematch", "discrepancy", "decision", "cell",
    "idempotencykey", "coverage", "share", "scimuser", "scimgroup", "scimmember",
    "override", "ownfacts", "precedence",
    "delivery", "feed", "savedmapping",
    "seal", "verification", "legalhold", "deletion",
    "watchlistversion", "watchlistrefusal", "screeninghit", "hitdecision", "appeal",
}  # fmt: skip


def url_of(model, page, *args):
    return reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_{page}", args=args)


def test_every_model_is_in_the_admin_by_itself_or_within_another():
    inlines = {inline.model for its in site._registry.values() for inline in its.inlines}
    missing = {model._meta.label for model in OURS} - {m._meta.label for m in {*site._registry, *inlines}}
    assert missing == set()


def test_what_is_immutable_can_only_be_read(organisation, admin, rf):
    request = rf.get("/")
    request.user = admin
    closed = {
        model._meta.model_name
        for model, its in site._registry.items()
        if model in OURS
        and not (its.has_add_permission(request) or its.has_change_permission(request))
        and not its.has_delete_permission(request)
    }
    assert closed == READ_ONLY


@pytest.mark.parametrize("model", OURS, ids=lambda m: m._meta.model_name)
def test_an_admin_opens_every_list_and_form(model, organisation, admin, client):
    if model not in site._registry:
        pytest.skip("shown within another")
    client.force_login(admin)
    assert client.get(url_of(model, "changelist"), {"q": "a"}).status_code == 200
    adds = model._meta.model_name not in READ_ONLY | {"organisation", "retentionclass"}
    assert client.get(url_of(model, "add")).status_code == (200 if adds else 403)
    one = model._base_manager.first()
    if one is not None:
        assert client.get(url_of(model, "change", one.pk)).status_code == 200


@pytest.mark.parametrize("who", ["hr", "auditor", "outsider"])
def test_nobody_else_gets_in(who, organisation, client, request):
    client.force_login(request.getfixturevalue(who))
    assert client.get(url_of(User, "changelist")).status_code in (302, 403)
    assert client.get(url_of(cast.Contributor, "change", organisation.employee.pk)).status_code in (302, 403)


def test_a_change_is_recorded_with_before_and_after(organisation, admin, client):
    order = organisation.order
    client.force_login(admin)
    values = {"number": "PO-100", "supplier": order.supplier_id, "currency": "EUR", "amount": "65000.00"}
    answer = client.post(url_of(type(order), "change", order.pk), {**values, "valid_from": "2026-01-01"})
    assert answer.status_code == 302
    event = Event.objects.about(order).get()
    assert (event.action, event.actor) == ("record.updated", admin)
    assert (event.before, event.after) == ({"amount": "50000.00"}, {"amount": "65000.00"})


def test_a_changed_account_is_matched_by_its_new_hash_and_not_told(organisation, admin, client):
    vendor = organisation.vendor
    client.force_login(admin)
    data = {"kind": "vendor", "name": vendor.name, "country": "DE", "status": "active", "unit": vendor.unit_id}
    data |= {"bank_account": "DE75512108001245126199", "skill_links-TOTAL_FORMS": 0, "skill_links-INITIAL_FORMS": 0}
    assert client.post(url_of(type(vendor), "change", vendor.pk), data).status_code == 302
    vendor.refresh_from_db()
    assert vendor.bank_account_hash == key_hash("DE75512108001245126199")
    event = Event.objects.about(vendor).get()
    assert (event.action, event.after) == ("contributor.updated", {"bank_account": "(changed)"})


def test_lists_never_show_what_is_encrypted(organisation, admin, client):
    client.force_login(admin)
    page = client.get(url_of(cast.Contributor, "changelist")).content.decode()
    assert "Ada Stern" in page
    assert "370400440532013000" not in page


def test_a_token_shows_its_secret_once_and_works(organisation, admin, hr, client, api):
    client.force_login(admin)
    data = {"user": hr.pk, "name": "warehouse", "expires_at_0": "", "expires_at_1": ""}
    page = client.post(url_of(ApiToken, "add"), data, follow=True).content.decode()
    secret = "ens_" + page.split("ens_")[1].split("<")[0].strip()
    caller = api()
    caller.credentials(HTTP_AUTHORIZATION=f"Bearer {secret}")
    assert caller.get("/api/v1/units/").status_code == 200
    assert "ens_" not in client.get(url_of(ApiToken, "changelist")).content.decode()
    event = Event.objects.about(ApiToken.objects.get()).get()
    assert secret not in str(event.after)


def test_a_token_of_a_superuser_is_issued_by_a_superuser_alone(organisation, admin, client):
    root = User.objects.create_superuser("root", password=cast.PASSWORD)
    client.force_login(admin)
    data = {"user": root.pk, "name": "x", "expires_at_0": "", "expires_at_1": ""}
    assert b"Only a superuser" in client.post(url_of(ApiToken, "add"), data).content
    assert not ApiToken.objects.exists()


def test_a_role_given_is_recorded(organisation, admin, hr, client):
    client.force_login(admin)
    data = {"username": "hr", "is_active": "on", "role_assignments-TOTAL_FORMS": 2}
    data |= {"role_assignments-INITIAL_FORMS": 1, "role_assignments-0-id": hr.role_assignments.get().pk}
    data |= {"role_assignments-0-user": hr.pk, "role_assignments-0-role": "hr"}
    data |= {"role_assignments-1-user": hr.pk, "role_assignments-1-role": "legal"}
    data |= {"role_assignments-1-unit": organisation.mill.pk}
    assert client.post(url_of(User, "change", hr.pk), data).status_code == 302
    given = RoleAssignment.objects.get(role="legal")
    assert Event.objects.about(given).get().after == {"role": "legal", "unit": organisation.mill.pk}


def test_a_new_password_is_recorded_without_it(organisation, admin, hr, client):
    client.force_login(admin)
    new = "another long password"
    url = reverse("admin:auth_user_password_change", args=[hr.pk])
    data = {"password1": new, "password2": new, "usable_password": "true"}
    assert client.post(url, data).status_code == 302
    hr.refresh_from_db()
    assert hr.check_password(new)
    assert Event.objects.about(hr).get().after == {"password": "(changed)"}
