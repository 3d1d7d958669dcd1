"""What holds for every route of the API."""

import base64
from datetime import timedelta

import jsonschema
import pytest
from django.core.cache import cache
from django.core.management import call_command
from django.utils import timezone

from governance.policies.models import Finding, Policy
from tests import cast
from workforce.accounts.models import ApiToken
from workforce.ledger.record import record_event

pytestmark = pytest.mark.django_db
LISTS = (
    "contributors", "discrepancies", "engagements", "events", "findings", "invoices", "purchase-orders", "requests",
    "time-entries", "units",
)  # fmt: skip


def add_one_of_each(company, number):
    """One more row in every list."""
    person = cast.make_contributor("contractor", f"Person {number}", unit=company.quay, supplier=company.vendor)
    engagement = cast.make_engagement(person, company.quay, supplier=company.vendor, purchase_order=f"PO-{number}")
    cast.make_rate(engagement, "70.00")
    cast.make_time(engagement, company.line.period_start)
    company.order.pk, company.order.number = None, f"PO-{number}"
    company.order.save()
    company.request.pk = None
    company.request.save()
    invoice = cast.make_invoice(company.vendor, f"T{number}")
    line = cast.make_line(invoice, engagement, quantity="8", unit_price="75.00")
    company.discrepancy.pk, company.discrepancy.line = None, line
    company.discrepancy.save()
    policy, _ = Policy.objects.get_or_create(name="rule", defaults={"scope": "", "condition": "", "effect": "warn"})
    now = timezone.now()
    Finding.objects.create(policy=policy, contributor=person, found_on=now, due_date=now, opened_at=now)
    record_event(action="contributor.created", subject=person)
    company.mill.pk, company.mill.parent = None, company.harbour
    company.mill.save()


@pytest.mark.parametrize("noun", LISTS)
def test_a_list_of_three_costs_as_many_queries_as_a_list_of_one(
    noun, organisation, admin, api, django_assert_num_queries
):
    add_one_of_each(organisation, 1)
    client = api(admin)
    url = f"/api/v1/{noun}/?page_size=500"
    client.get(url)  # marks the token as used
    expected = {"contributors": 4, "engagements": 4, "requests": 4}.get(noun, 3)
    with django_assert_num_queries(expected):
        before = client.get(url).json()["results"]
    add_one_of_each(organisation, 2)
    add_one_of_each(organisation, 3)
    with django_assert_num_queries(expected):
        after = client.get(url).json()["results"]
    assert len(after) == len(before) + 2


def test_pages_follow_one_another_without_gap_or_repetition(organisation, hr, api):
    client = api(hr)
    url, seen = "/api/v1/contributors/?page_size=2&fields=id", []
    while url:
        page = client.get(url).json()
        seen += [row["id"] for row in page["results"]]
        url = page["next"]
    people = (
        organisation.employee, organisation.vendor, organisation.contractor, organisation.partner, organisation.agent,
    )  # fmt: skip
    assert seen == sorted(person.pk for person in people)


@pytest.mark.parametrize("position", ["abc", "9" * 40, "1' OR 1=1", "\x00"])
def test_a_forged_cursor_is_refused(position, organisation, hr, api):
    cursor = base64.b64encode(f"p={position}".encode()).decode()
    assert api(hr).get("/api/v1/contributors/", {"cursor": cursor}).status_code == 404


def problem_of(response):
    assert response.headers["Content-Type"] == "application/problem+json"
    problem = response.json()
    assert problem["status"] == response.status_code
    assert {"type", "title", "detail"} <= set(problem)
    return problem


def test_without_a_token_401_says_how_to_sign_in(db, api):
    response = api().get("/api/v1/contributors/")
    assert response.status_code == 401
    assert response.headers["WWW-Authenticate"] == "Bearer"
    problem_of(response)


def test_an_expired_token_and_one_of_an_inactive_user_are_refused(organisation, hr, api):
    token, secret = ApiToken.issue(user=hr, name="old", expires_at=timezone.now() - timedelta(seconds=1))
    client = api()
    client.credentials(HTTP_AUTHORIZATION=f"Bearer {secret}")
    assert "expired" in problem_of(client.get("/api/v1/units/"))["detail"]
    token.expires_at = None
    token.save()
    assert client.get("/api/v1/units/").status_code == 200
    hr.is_active = False
    hr.save()
    assert problem_of(client.get("/api/v1/units/"))["status"] == 401


def test_a_signed_in_browser_may_read_by_its_session(organisation, hr, client):
    client.force_login(hr)
    assert client.get("/api/v1/units/").status_code == 200


def test_every_refusal_is_a_problem_that_says_what(organisation, operations, procurement, api):
    refused = problem_of(api(operations).get("/api/v1/invoices/"))
    assert refused["status"] == 403
    assert "see invoices" in refused["detail"]
    client = api(procurement)
    assert problem_of(client.get("/api/v1/contributors/999999999999999999999/"))["status"] == 404
    assert problem_of(client.get("/api/v1/contributors/abc/"))["status"] == 404
    assert "/api/v1/nothing/" in problem_of(client.get("/api/v1/nothing/"))["detail"]
    assert problem_of(client.delete("/api/v1/contributors/"))["status"] == 405
    assert problem_of(client.post("/api/v1/requests/", "a=1", content_type="text/plain"))["status"] == 415
    assert problem_of(client.post("/api/v1/requests/", "{", content_type="application/json"))["status"] == 400


def test_a_misspelt_parameter_is_refused_with_a_suggestion(organisation, hr, api):
    problem = problem_of(api(hr).get("/api/v1/contributors/?staus=active"))
    assert problem["errors"] == {"staus": ["There is no such parameter. Did you mean status?"]}


@pytest.mark.parametrize(
    "query", ["unit=abc", "unit=0", "unit=99999999999999999999", "kind=robot", "email=%00", "fields=nme"]
)
def test_a_wrong_value_is_refused_by_the_name_of_its_parameter(query, organisation, hr, api):
    problem = problem_of(api(hr).get(f"/api/v1/contributors/?{query}"))
    assert problem["status"] == 400
    assert list(problem["errors"]) == [query.split("=")[0]]


def test_too_many_calls_are_refused_for_a_while(organisation, api, monkeypatch):
    monkeypatch.setattr("rest_framework.throttling.AnonRateThrottle.THROTTLE_RATES", {"anon": "1/min", "user": "1/min"})
    client = api()
    client.get("/api/v1/units/")
    response = client.get("/api/v1/units/")
    cache.clear()
    assert response.status_code in (401, 429)


def test_the_schema_is_openapi_3_1_and_names_every_route(organisation, hr, api, tmp_path):
    schema = api(hr).get("/api/v1/schema/?format=json").json()
    assert schema["openapi"] == "3.1.0"
    for noun in LISTS:
        assert f"/api/v1/{noun}/" in schema["paths"]
    call_command("spectacular", "--validate", "--fail-on-warn", file=str(tmp_path / "schema.yml"))


def test_answers_are_as_the_schema_says(organisation, admin, api):
    add_one_of_each(organisation, 1)
    client = api(admin)
    schema = client.get("/api/v1/schema/?format=json").json()
    for noun in LISTS:
        answer = client.get(f"/api/v1/{noun}/").json()
        described = schema["paths"][f"/api/v1/{noun}/"]["get"]["responses"]["200"]["content"]["application/json"]
        assert answer["results"], noun
        jsonschema.validate(answer, {**described["schema"], "components": schema["components"]})


def test_the_docs_page_needs_a_login_and_runs_without_inline_script(organisation, hr, client):
    client.force_login(hr)
    response = client.get("/api/v1/docs/")
    assert response.status_code == 200
    assert "script-src 'self';" in response.headers["Content-Security-Policy"]
    assert b"cdn" not in response.content
