"""Views of the registry that are kept, shared and opened first."""

import pytest
from django.core.exceptions import PermissionDenied, ValidationError

from tests import cast
from workforce.contributors.models import SavedView
from workforce.contributors.saved_views import change_view, choose_default, delete_view, save_view
from workforce.ledger.models import Event

pytestmark = pytest.mark.django_db


def names_for(user):
    return set(SavedView.objects.visible_to(user).values_list("name", flat=True))


def test_a_view_is_seen_by_its_owner_its_role_or_everyone(hr, finance, operations):
    second = cast.make_user("hr", username="second")
    save_view(by=hr, name="Mine")
    save_view(by=hr, name="Ours", sharing="role", role="hr")
    save_view(by=hr, name="All of ours", sharing="everyone")
    assert names_for(hr) == {"Mine", "Ours", "All of ours"}
    assert names_for(second) == {"Ours", "All of ours"}
    assert names_for(finance) == names_for(operations) == {"All of ours"}


def test_only_the_owner_changes_or_deletes_a_view(hr, finance):
    view = save_view(by=hr, name="Agents", kind="ai_agent", sharing="everyone")
    with pytest.raises(PermissionDenied, match="belongs to hr"):
        change_view(view, by=finance, name="Taken")
    with pytest.raises(PermissionDenied):
        delete_view(view, by=finance)
    change_view(view, by=hr, name="Our agents")
    delete_view(SavedView.objects.get(name="Our agents"), by=hr)
    assert list(Event.objects.order_by("pk").values_list("action", "before__name", "after__name")) == [
        ("saved_view.created", None, "Agents"),
        ("saved_view.updated", "Agents", "Our agents"),
        ("saved_view.deleted", "Our agents", None),
    ]


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"name": ""}, "name"),
        ({"name": "x" * 81}, "name"),
        ({"name": "Kept"}, "name"),
        ({"query": "contry = 1"}, "query"),
        ({"kind": "robot"}, "kind"),
        ({"sort": "shoe_size"}, "sort"),
        ({"columns": "kind,shoe_size"}, "columns"),
        ({"sharing": "role"}, "role"),
        ({"sharing": "role", "role": "finance"}, "role"),
        ({"sharing": "world"}, "sharing"),
    ],
)
def test_what_cannot_be_saved_is_refused_by_its_field(hr, values, field):
    save_view(by=hr, name="Kept")
    with pytest.raises(ValidationError) as refusal:
        save_view(by=hr, **{"name": "New", **values})
    assert set(refusal.value.message_dict) == {field}
    assert names_for(hr) == {"Kept"}


def test_the_registry_opens_with_the_view_chosen(organisation, hr, finance, client):
    view = save_view(by=hr, name="Agents", kind="ai_agent", columns="owner", sharing="everyone")
    choose_default(view, by=finance)
    client.force_login(finance)
    page = client.get("/contributors/", follow=True)
    assert [row["name"] for row, _ in page.context["rows"]] == ["Berth planner"]
    assert [column.name for column in page.context["columns"]] == ["name", "owner"]
    assert page.context["view"] == view
    assert len(client.get("/contributors/", {"view": ""}).context["rows"]) == 5
    client.post("/contributors/views/default/")
    assert len(client.get("/contributors/").context["rows"]) == 5
    delete_view(view, by=hr)


def test_a_default_that_is_shared_no_more_is_passed_over(organisation, hr, finance, client):
    view = save_view(by=hr, name="Agents", kind="ai_agent", sharing="everyone")
    choose_default(view, by=finance)
    change_view(view, by=hr, sharing="private")
    client.force_login(finance)
    assert len(client.get("/contributors/").context["rows"]) == 5


def test_what_the_page_shows_is_saved_changed_and_deleted_there(organisation, hr, finance, client):
    client.force_login(hr)
    shown = {
        "q": 'country = "DE"',
        "kind": "employee",
        "sort": "-name",
        "columns": "country",
        "search": "",
        "status": "",
    }
    page = client.post(
        "/contributors/views/", {**shown, "name": " Germans ", "sharing": "everyone", "is_default": "1"}, follow=True
    )
    view = SavedView.objects.get()
    assert (view.name, view.query, view.kind, view.sort, view.columns) == (
        "Germans",
        'country = "DE"',
        "employee",
        "-name",
        "country",
    )
    assert [row["name"] for row, _ in page.context["rows"]] == ["Ada Stern"]
    client.post(f"/contributors/views/{view.pk}/", {**shown, "kind": "", "name": "German", "sharing": "everyone"})
    assert SavedView.objects.get().address() == f"view={view.pk}&q=country+%3D+%22DE%22&sort=-name&columns=country"
    refused = client.post("/contributors/views/", {**shown, "name": "German"}, follow=True)
    assert "You have a view named German already." in refused.content.decode()
    client.force_login(finance)
    assert client.post(f"/contributors/views/{view.pk}/deletion/").status_code == 403
    client.force_login(hr)
    client.post(f"/contributors/views/{view.pk}/deletion/")
    assert not SavedView.objects.exists()


def test_the_api_keeps_views_too(organisation, hr, finance, api):
    client = api(hr)
    made = client.post("/api/v1/views/", {"name": "Long", "query": "tenure_days > 540", "sharing": "everyone"})
    assert made.status_code == 201
    url = f"/api/v1/views/{made.json()['id']}/"
    assert client.patch(url, {"status": "active"}).json()["status"] == "active"
    assert api(finance).get(url).json()["owner"] == "hr"
    assert api(finance).patch(url, {"name": "x"}).status_code == 403
    assert api(finance).delete(url).status_code == 403
    refused = client.post("/api/v1/views/", {"name": "Bad", "query": "contry = 1"})
    assert refused.status_code == 400
    assert "Did you mean country?" in refused.json()["errors"]["query"][0]
    assert client.post("/api/v1/views/", {"name": "Long"}).json()["errors"]["name"] == [
        "You have a view named Long already. Take another name."
    ]
    assert client.delete(url).status_code == 204
    assert api(finance).get("/api/v1/views/").json()["results"] == []


def test_an_agent_owner_or_stranger_sees_only_what_is_shared_with_all(organisation, agent_owner, outsider, hr, client):
    save_view(by=hr, name="Ours", sharing="role", role="hr")
    assert names_for(agent_owner) == names_for(outsider) == set()
