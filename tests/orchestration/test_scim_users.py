"""A User becomes a contributor: kinds, terminations, references, and the trace that each call leaves."""

from datetime import date

import pytest
from django.core.management import call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from orchestration.scim.models import IdentityProvider, ScimUser
from orchestration.scim.tokens import issue_token
from orchestration.sources.models import Rejection, Source, SourceRecord, SyncRun
from tests.orchestration.scim_cast import ENTERPRISE, ERROR, GROUP, PATCH, USER, Directory
from workforce.contributors.models import AgentProfile, Contributor, Status
from workforce.ledger.models import Event
from workforce.organisation.models import Unit

pytestmark = pytest.mark.django_db


@pytest.fixture
def okta():
    return Directory("okta")


def contributor_of(user: dict) -> Contributor:
    record = SourceRecord.objects.get(kind="contributors", key=user["id"])
    return Contributor.objects.get(pk=record.object_id)


def give_unit(name: str) -> Unit:
    """A unit that a source sent."""
    source, now = Source.objects.get_or_create(name="hris")[0], timezone.now()
    run = SyncRun.objects.create(source=source, kind="units", path="units.csv", started_at=now)
    unit = Unit.objects.create(name=name)
    SourceRecord.objects.create(
        source=source, kind="units", key=f"u-{unit.pk}", raw={}, raw_hash="x", first_seen_at=now, last_seen_at=now,
        run=run, row=1, object_id=unit.pk,
    )  # fmt: skip
    return unit


def test_a_user_becomes_a_contributor_with_all_that_the_registry_keeps(okta):
    quay = give_unit("Quay")
    boss = okta.create("boss")
    user = okta.create(
        "ada@harbour.example",
        displayName="Ada Stern",
        name={"givenName": "Ada", "familyName": "Stern", "middleName": "M"},
        title="Harbour master",
        emails=[{"value": "home@x.example", "type": "home"}, {"value": "ada@harbour.example", "type": "work"}],
        phoneNumbers=[{"value": "+49 40 1", "type": "work"}, {"value": "+49 170 2", "type": "mobile", "primary": True}],
        addresses=[{"streetAddress": "Kai 1", "locality": "Hamburg", "postalCode": "20457", "country": "DE"}],
        **{ENTERPRISE: {"department": "quay", "costCenter": "4130", "manager": {"value": boss["id"]}}},
    )
    one = contributor_of(user)
    told = (one.kind, one.name, one.given_name, one.family_name, one.title, one.email, one.phone, one.status)
    assert told == (
        "employee", "Ada Stern", "Ada", "Stern", "Harbour master", "ada@harbour.example", "+49 170 2", "active",
    )  # fmt: skip
    assert (one.street, one.city, one.postcode, one.country) == ("Kai 1", "Hamburg", "20457", "DE")
    assert (one.unit, one.cost_centre.code, one.manager) == (quay, "4130", contributor_of(boss))
    record = SourceRecord.objects.get(key=user["id"])
    assert (record.source.name, record.run.path) == ("okta", "SCIM")
    assert user["phoneNumbers"][1]["type"] == "mobile"


@pytest.mark.parametrize(
    ("user_type", "kind"),
    [
        (None, "employee"), ("Employee", "employee"), ("Intern", "employee"), ("Contractor", "contractor"),
        ("Temp", "contractor"), ("External", "contractor"), ("Vendor", "vendor"), ("PARTNER", "partner"),
        ("AI-Agent", "ai_agent"), ("Agent", "ai_agent"), ("ai_agent", "ai_agent"), ("super user", "employee"),
        ("Crew", "contractor"),
    ],
)  # fmt: skip
def test_the_user_type_gives_the_kind(okta, user_type, kind):
    IdentityProvider.objects.update(kind_words={"CREW": "contractor"})
    user = okta.create("ada", **({"userType": user_type} if user_type else {}))
    assert contributor_of(user).kind == kind
    assert AgentProfile.objects.exists() == (kind == "ai_agent")


def test_switching_off_is_a_termination_and_switching_on_ends_it(okta):
    user = okta.create("ada")
    path = f"/Users/{user['id']}"
    okta.patch(path, {"op": "replace", "path": "active", "value": False})
    left = contributor_of(user)
    assert (left.status, left.end_date) == (Status.LEFT, timezone.localdate())
    ScimUser.objects.update(ended_on=date(2026, 1, 31))
    okta.patch(path, {"op": "replace", "path": "title", "value": "Former pilot"})
    assert contributor_of(user).end_date == date(2026, 1, 31)  # the day on which it was seen stays
    okta.patch(path, {"op": "replace", "path": "active", "value": True})
    back = contributor_of(user)
    assert (back.status, back.end_date, back.title) == (Status.ACTIVE, None, "Former pilot")


def test_a_deleted_user_answers_404_and_stays_in_the_registry_as_left(okta):
    user = okta.create("ada", displayName="Ada Stern")
    assert okta.ask("DELETE", f"/Users/{user['id']}") == (204, None)
    for method in ("GET", "PUT", "PATCH", "DELETE"):
        status, refusal = okta.ask(method, f"/Users/{user['id']}", None if method == "GET" else {"userName": "x"})
        assert (status, refusal["schemas"], refusal["status"]) == (404, [ERROR], "404")
    assert okta.ask("GET", "/Users")[1]["totalResults"] == 0
    left = contributor_of(user)
    assert (left.status, left.end_date, left.name) == (Status.LEFT, timezone.localdate(), "Ada Stern")
    assert SyncRun.objects.get(path="SCIM").gone == 1
    assert okta.create("ada")["id"] != user["id"]


def test_one_who_was_never_on_is_planned_and_one_who_starts_later_ends_on_no_day(okta):
    user = okta.create("ada", active=False)
    assert (contributor_of(user).status, contributor_of(user).end_date) == (Status.PLANNED, None)
    later = okta.create("bo")
    Contributor.objects.filter(pk=contributor_of(later).pk).update(start_date=date(2999, 1, 1))
    okta.ask("DELETE", f"/Users/{later['id']}")
    assert (contributor_of(later).status, contributor_of(later).end_date) == (Status.LEFT, None)


def test_what_the_provider_no_longer_says_is_cleared_and_what_it_never_said_is_left(okta):
    user = okta.create("ada", title="Pilot")
    Contributor.objects.update(weekly_hours=30, city="Hamburg")
    okta.ask("PUT", f"/Users/{user['id']}", {"schemas": [USER], "userName": "ada"})
    one = contributor_of(user)
    assert (one.title, one.weekly_hours, one.city) == ("", 30, "Hamburg")


def test_a_cell_the_registry_cannot_take_is_rejected_and_the_rest_goes_on(okta):
    user = okta.create("ada", addresses=[{"country": "Atlantis", "locality": "Deep"}])
    assert user["addresses"] == [{"country": "Atlantis", "locality": "Deep"}]
    assert (contributor_of(user).country, contributor_of(user).city) == ("", "Deep")
    rejection = Rejection.objects.get()
    assert (rejection.column, rejection.value, rejection.code) == ("country", "Atlantis", "bad_country")
    assert rejection.run.rejected == 1


def test_each_write_leaves_an_event_of_the_service_user_that_holds_no_secret(okta):
    user = okta.create("ada", password="t1meMa$heen", nickName="A")
    okta.patch(f"/Users/{user['id']}", {"op": "replace", "path": "nickName", "value": "B"})
    okta.ask("POST", "/Groups", {"schemas": [GROUP], "displayName": "Pilots", "members": [{"value": user["id"]}]})
    okta.ask("DELETE", f"/Users/{user['id']}")
    events = list(Event.objects.filter(actor=okta.provider.user).order_by("pk").values_list("action", "subject_type"))
    assert events == [
        ("contributor.created", "contributor"), ("record.created", "scimuser"), ("record.updated", "scimuser"),
        ("record.created", "scimgroup"), ("contributor.updated", "contributor"), ("record.deleted", "scimuser"),
    ]  # fmt: skip
    kept = [str(e.before) + str(e.after) for e in Event.objects.all()] + [
        str(r.raw) for r in SourceRecord.objects.all()
    ]
    assert not any("t1meMa" in text for text in kept)
    assert "password" not in user


def test_a_write_that_changes_nothing_is_no_new_version_and_no_event(okta):
    user = okta.create("ada", title="Pilot")
    events = Event.objects.count()
    status, same = okta.patch(f"/Users/{user['id']}", {"op": "replace", "path": "title", "value": "Pilot"})
    assert (status, same) == (200, user)
    assert Event.objects.count() == events


def test_versions_guard_against_lost_updates(okta):
    user = okta.create("ada")
    path, seen = f"/Users/{user['id']}", user["meta"]["version"]
    assert okta.send("GET", path, **{"If-None-Match": seen}).status_code == 304
    patch = {"schemas": [PATCH], "Operations": [{"op": "add", "path": "title", "value": "Pilot"}]}
    fresh = okta.send("PATCH", path, patch, **{"If-Match": seen})
    assert (fresh.status_code, fresh["ETag"] != seen) == (200, True)
    for method, body in (("PATCH", patch), ("PUT", {"schemas": [USER], "userName": "ada"}), ("DELETE", None)):
        status, refusal = okta.ask(method, path, body, **{"If-Match": seen})
        assert (status, refusal["status"]) == (412, "412")
    assert okta.send("GET", path, **{"If-None-Match": seen}).status_code == 200
    assert okta.send("DELETE", path, **{"If-Match": f'W/"99", {fresh["ETag"]}'}).status_code == 204


def test_attributes_are_chosen(okta):
    user = okta.create(
        "ada", title="Pilot", emails=[{"value": "a@x.example", "type": "work"}], **{ENTERPRISE: {"department": "Q"}}
    )
    path = f"/Users/{user['id']}"
    assert okta.ask("GET", f"{path}?attributes=userName")[1] == {"schemas": [USER], "id": user["id"], "userName": "ada"}
    assert okta.ask("GET", f"{path}?attributes=emails.value")[1]["emails"] == [{"value": "a@x.example"}]
    chosen = okta.ask("GET", f"{path}?attributes={ENTERPRISE}:department")[1]
    assert chosen == {"schemas": [USER, ENTERPRISE], "id": user["id"], ENTERPRISE: {"department": "Q"}}
    rest = okta.ask("GET", f"{path}?excludedAttributes=emails,title,{ENTERPRISE}:department,id")[1]
    assert rest.keys() == {"schemas", "id", "userName", "active", "meta"}
    assert okta.ask("GET", f"{path}?attributes=title&excludedAttributes=emails")[0] == 400


def test_what_no_schema_knows_is_kept_and_not_answered(okta):
    user = okta.create("ada", shoeSize=44, **{"urn:acme:2.0:User": {"badge": 7}})
    assert {"shoeSize", "urn:acme:2.0:User"} & user.keys() == set()
    okta.patch(f"/Users/{user['id']}", {"op": "add", "path": "title", "value": "Pilot"})
    kept = ScimUser.objects.get().resource
    assert (kept["shoeSize"], kept["urn:acme:2.0:User"]) == (44, {"badge": 7})


BAD_BODIES = [
    ('{"userName": ', "invalidSyntax"), ("[]", "invalidSyntax"), ('"text"', "invalidSyntax"), (b"\xff\xfe", "invalidSyntax"),
    ("", "invalidSyntax"), ('{"schemas": ["urn:scim:schemas:core:1.0"], "userName": "a"}', "invalidSyntax"),
    (f'{{"schemas": ["{USER}"]}}', "invalidValue"), (f'{{"schemas": ["{USER}"], "userName": ""}}', "invalidValue"),
    (f'{{"schemas": ["{USER}"], "userName": {{}}}}', "invalidValue"),
    (f'{{"schemas": ["{USER}"], "userName": "a\\u0000"}}', "invalidValue"),
    (f'{{"schemas": ["{USER}"], "userName": "\\ud800"}}', "invalidValue"),
    (f'{{"schemas": ["{USER}"], "userName": "{"a" * 401}"}}', "invalidValue"),
    (f'{{"schemas": ["{USER}"], "userName": "a", "active": "perhaps"}}', "invalidValue"),
    (f'{{"schemas": ["{USER}"], "userName": "a", "emails": "a@b.example"}}', "invalidValue"),
    ("[" * 100_000, "invalidSyntax"), (f'{{"schemas": ["{USER}"], "userName": "a", "x": NaN}}', "invalidSyntax"),
]  # fmt: skip


@pytest.mark.parametrize(("body", "scim_type"), BAD_BODIES)
def test_a_bad_body_is_refused_with_its_reason(okta, body, scim_type):
    response = okta.client.generic("POST", "/scim/v2/Users", body, content_type="application/scim+json")
    refusal = response.json()
    assert (response.status_code, refusal["schemas"], refusal["status"]) == (400, [ERROR], "400")
    assert refusal["scimType"] == scim_type
    assert refusal["detail"]
    assert not ScimUser.objects.exists()


def test_plain_json_is_taken_and_given_and_other_types_are_not(okta):
    body = f'{{"schemas": ["{USER}"], "userName": "ada"}}'
    made = okta.client.generic(
        "POST", "/scim/v2/Users", body, content_type="application/json", headers={"Accept": "application/json"}
    )
    assert (made.status_code, made["Content-Type"]) == (201, "application/json")
    odd = okta.client.generic("POST", "/scim/v2/Users", body, content_type="text/plain")
    assert (odd.status_code, odd.json()["status"]) == (415, "415")
    assert okta.client.get("/scim/v2/Users", headers={"Accept": "text/html"}).status_code == 406


def test_what_is_not_there_or_not_done_says_so(okta):
    for method, path, status in [
        ("GET", "/Bogus", 404), ("GET", "/Users/nobody", 404), ("GET", "/Schemas/urn:x", 404),
        ("POST", "/ServiceProviderConfig", 405), ("DELETE", "/Users", 405), ("PUT", "/ResourceTypes", 405),
        ("POST", "/Schemas", 405), ("GET", "/Bulk", 405), ("GET", "/Me", 501), ("DELETE", "/Me", 501),
        ("GET", "/Schemas?filter=id%20pr", 403),
    ]:  # fmt: skip
        response = okta.send(method, path)
        assert (response.status_code, response.json()["status"]) == (status, str(status)), path
        assert response["Content-Type"] == "application/scim+json"
        assert response["X-Request-Id"]
    assert okta.send("GET", "/Users", **{"X-Request-Id": "req-1"})["X-Request-Id"] == "req-1"


def test_the_service_describes_itself(okta):
    config = okta.ask("GET", "/ServiceProviderConfig")[1]
    assert {n: config[n]["supported"] for n in ("patch", "bulk", "filter", "sort", "etag", "changePassword")} == {
        "patch": True, "bulk": True, "filter": True, "sort": True, "etag": True, "changePassword": False,
    }  # fmt: skip
    assert config["authenticationSchemes"][0]["type"] == "oauthbearertoken"
    types = okta.ask("GET", "/ResourceTypes")[1]["Resources"]
    assert [(t["id"], t["endpoint"]) for t in types] == [("User", "/Users"), ("Group", "/Groups")]
    for one in okta.ask("GET", "/Schemas")[1]["Resources"]:
        assert okta.ask("GET", f"/Schemas/{one['id']}") == (200, one)


def test_a_token_opens_scim_alone_and_only_its_own_source(okta, api, hr, client):
    user = okta.create("ada")
    entra = Directory("entra")
    assert entra.ask("GET", f"/Users/{user['id']}")[0] == 404
    assert entra.ask("GET", "/Users")[1]["totalResults"] == 0
    assert entra.create("ada")["userName"] == "ada"  # names are each provider's own
    assert okta.client.get("/api/v1/contributors/").status_code == 401
    assert okta.client.get("/sources/").status_code == 302
    assert api(hr).get("/scim/v2/Users").status_code == 401
    client.force_login(hr)
    response = client.get("/scim/v2/Users")
    assert (response.status_code, response.json()["schemas"]) == (401, [ERROR])
    assert response["WWW-Authenticate"].startswith("Bearer")


def test_tokens_end(okta):
    _, expired = issue_token(provider=okta.provider, name="old", expires_at=timezone.now())
    _, taken_back = issue_token(provider=okta.provider, name="gone")
    okta.provider.tokens.filter(name="gone").delete()
    for secret in (expired, taken_back, "nonsense", ""):
        response = okta.client.get("/scim/v2/Users", headers={"Authorization": f"Bearer {secret}"})
        assert (response.status_code, response.json()["status"]) == (401, "401")


def test_the_command_issues_a_token(client, capsys):
    call_command("issue_scim_token", "okta", "--name", "production")
    secret = capsys.readouterr().out.strip()
    assert client.get("/scim/v2/Users", headers={"Authorization": f"Bearer {secret}"}).status_code == 200
    assert not Event.objects.filter(after__icontains=secret[-10:]).exists()
    with pytest.raises(SystemExit):
        call_command("issue_scim_token", "two words")


def test_the_admin_makes_a_provider_and_a_token_whose_secret_is_shown_once(admin, client):
    source = Source.objects.create(name="okta")
    client.force_login(admin)
    added = client.post(
        "/admin/scim/identityprovider/add/", {"source": source.pk, "default_kind": "employee", "kind_words": "{}"}
    )
    assert added.status_code == 302
    given = {"provider": source.pk, "name": "production", "expires_at_0": "", "expires_at_1": ""}
    page = client.post("/admin/scim/scimtoken/add/", given, follow=True).content.decode()
    secret = page.split("shown this once: ")[1].split("<")[0].strip()
    bearer = {"Authorization": f"Bearer {secret}"}
    assert client.get("/scim/v2/Users", headers=bearer).status_code == 200
    assert secret not in client.get("/admin/scim/scimtoken/").content.decode()
    token = IdentityProvider.objects.get().tokens.get()
    client.post(f"/admin/scim/scimtoken/{token.pk}/delete/", {"post": "yes"})
    assert client.get("/scim/v2/Users", headers=bearer).status_code == 401


def test_a_user_costs_the_same_however_many_there_are(okta):
    def count(name):
        with CaptureQueriesContext(connection) as queries:
            okta.create(name)
        return len(queries)

    okta.create("first")
    assert count("second") == count("third") <= 31
