import pytest

from tests import cast

pytestmark = pytest.mark.django_db
CONFIDENTIAL = {"birth_date", "street", "postcode", "national_id", "tax_id", "bank_account"}


def names(response):
    return {row["name"] for row in response.json()["results"]}


def test_the_list_holds_every_kind(organisation, operations, api):
    rows = api(operations).get("/api/v1/contributors/").json()["results"]
    assert [row["kind"] for row in rows] == ["employee", "vendor", "contractor", "partner", "ai_agent"]


def test_an_agent_owner_sees_the_agents_owned_and_nothing_else(organisation, agent_owner, api):
    cast.make_contributor("ai_agent", "Agent of nobody", unit=organisation.quay)
    assert names(api(agent_owner).get("/api/v1/contributors/")) == {"Berth planner"}
    assert api(agent_owner).get(f"/api/v1/contributors/{organisation.employee.pk}/").status_code == 404


def test_the_other_tree_sees_nobody(organisation, outsider, api):
    assert names(api(outsider).get("/api/v1/contributors/")) == set()
    assert api(outsider).get(f"/api/v1/contributors/{organisation.employee.pk}/").status_code == 404


def test_identity_is_for_those_who_may_see_it(organisation, hr, operations, api):
    url = f"/api/v1/contributors/{organisation.employee.pk}/"
    open_ = api(hr).get(url).json()
    assert {name: open_[name] for name in CONFIDENTIAL} == {
        "birth_date": "1985-04-02",
        "street": "Kai 7",
        "postcode": "",
        "national_id": "DE850402X",
        "tax_id": "",
        "bank_account": "DE89370400440532013000",
    }
    assert CONFIDENTIAL & set(api(operations).get(url).json()) == set()
    asked = api(operations).get(url, {"fields": "name,bank_account"})
    assert asked.status_code == 400


def test_a_query_and_filters_narrow_the_list(organisation, hr, api):
    client = api(hr)
    assert names(client.get("/api/v1/contributors/", {"q": 'kind = "ai_agent" and owner != None'})) == {"Berth planner"}
    assert names(client.get("/api/v1/contributors/", {"kind": "contractor", "skill": "welding"})) == {"Cyd Moor"}
    assert names(client.get("/api/v1/contributors/", {"supplier": organisation.vendor.pk})) == {"Cyd Moor"}


def test_a_query_is_refused_with_place_and_suggestion(organisation, hr, api):
    response = api(hr).get("/api/v1/contributors/", {"q": 'kind = "vendor" and contry = "DE"'})
    assert response.headers["Content-Type"] == "application/problem+json"
    problem = response.json()
    assert (problem["status"], problem["line"], problem["column"], problem["suggestion"]) == (400, 1, 21, "country")


def test_only_the_fields_asked_for_are_answered(organisation, hr, api):
    rows = api(hr).get("/api/v1/contributors/?fields=id,name&kind=partner").json()["results"]
    assert rows == [{"id": organisation.partner.pk, "name": "Lighthouse Research"}]


def test_a_merged_record_is_listed_under_the_one_it_became(organisation, hr, api):
    twin = cast.make_contributor("contractor", "C. Moor", merged_into=organisation.contractor)
    client = api(hr)
    assert "C. Moor" not in names(client.get("/api/v1/contributors/"))
    assert client.get(f"/api/v1/contributors/{twin.pk}/").json()["merged_into"] == organisation.contractor.pk
