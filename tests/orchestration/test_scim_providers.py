"""What Entra and Okta send, beside the standard too, and how it is answered."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tests.orchestration.scim_cast import ENTERPRISE, ERROR, GROUP, LIST, PATCH, USER, Directory

pytestmark = pytest.mark.django_db


@pytest.fixture
def okta():
    return Directory("okta")


@pytest.fixture
def entra():
    return Directory("entra")


def test_okta_looks_for_a_user_creates_it_once_and_reads_it_again(okta):
    asked = "/Users?filter=userName%20eq%20%22ada@harbour.local%22&startIndex=1&count=100"
    status, found = okta.ask("GET", asked)
    assert (status, found["schemas"], found["totalResults"], found["Resources"]) == (200, [LIST], 0, [])
    sent = {
        "schemas": [USER],
        "userName": "ada@harbour.local",
        "name": {"givenName": "Ada", "familyName": "Stern"},
        "emails": [{"primary": True, "value": "ada@harbour.local", "type": "work", "display": "ada@harbour.local"}],
        "displayName": "Ada Stern",
        "locale": "en-US",
        "externalId": "00u1",
        "groups": [],
        "password": "1mz050nq",
        "active": True,
    }
    response = okta.send("POST", "/Users", sent)
    made = response.json()
    assert response.status_code == 201
    assert response["Content-Type"] == "application/scim+json"
    assert response["Location"] == made["meta"]["location"] == f"http://testserver/scim/v2/Users/{made['id']}"
    assert response["ETag"] == made["meta"]["version"]
    assert {n: v for n, v in made.items() if n not in ("id", "meta")} == {
        n: v for n, v in sent.items() if n not in ("password", "groups")
    }
    assert okta.ask("GET", f"/Users/{made['id']}") == (200, made)
    assert okta.ask("GET", asked)[1]["Resources"] == [made]
    status, refusal = okta.ask("POST", "/Users", sent | {"userName": "ADA@harbour.local"})
    assert (status, refusal["scimType"], refusal["status"]) == (409, "uniqueness", "409")


def test_okta_puts_a_whole_user(okta):
    made = okta.create("ada", nickName="A", externalId="1", emails=[{"value": "ada@x.example", "type": "work"}])
    status, put = okta.ask(
        "PUT", f"/Users/{made['id']}", {"schemas": [USER], "id": made["id"], "userName": "ada", "title": "Pilot"}
    )
    assert status == 200
    assert (put["title"], put["active"], put["meta"]["created"]) == ("Pilot", True, made["meta"]["created"])
    assert {"nickName", "externalId", "emails"} & put.keys() == set()
    assert put["meta"]["version"] != made["meta"]["version"]


def test_okta_renames_a_group_by_a_value_that_repeats_its_id(okta):
    _, group = okta.ask("POST", "/Groups", {"schemas": [GROUP], "displayName": "Pilots", "members": []})
    operation = {"op": "replace", "value": {"id": group["id"], "displayName": "Harbour pilots"}}
    status, renamed = okta.patch(f"/Groups/{group['id']}", operation)
    assert (status, renamed["displayName"], renamed["id"]) == (200, "Harbour pilots", group["id"])


ENTRA_PATCHES = [
    ({"op": "Replace", "path": "active", "value": "False"}, {"active": False}),
    ({"op": "Replace", "path": "active", "value": False}, {"active": False}),
    ({"op": "replace", "value": {"active": "False"}}, {"active": False}),
    ({"op": "Add", "path": "displayName", "value": "Ada S"}, {"displayName": "Ada S"}),
    ({"op": "Add", "path": "displayName", "value": [{"$ref": None, "value": "Ada S"}]}, {"displayName": "Ada S"}),
    ({"op": "Replace", "path": "name.familyName", "value": "Stern"}, {"name": {"familyName": "Stern"}}),
    ({"op": "replace", "value": {"name.familyName": "Stern"}}, {"name": {"familyName": "Stern"}}),
    (
        {"op": "Add", "path": 'emails[type eq "work"].value', "value": "ada@x.example"},
        {"emails": [{"type": "work", "value": "ada@x.example"}]},
    ),
    (
        {"op": "Replace", "path": 'phoneNumbers[type eq "mobile"].value', "value": "+49 1"},
        {"phoneNumbers": [{"type": "mobile", "value": "+49 1"}]},
    ),
    (
        {"op": "Add", "value": {'emails[type eq "work"].value': "ada@x.example", "title": "Pilot"}},
        {"emails": [{"type": "work", "value": "ada@x.example"}], "title": "Pilot"},
    ),
    (
        {"op": "Add", "path": 'roles[primary eq "True"].value', "value": "Admin"},
        {"roles": [{"primary": True, "value": "Admin"}]},
    ),
    ({"op": "Add", "path": f"{ENTERPRISE}:department", "value": "Quay"}, {ENTERPRISE: {"department": "Quay"}}),
    ({"op": "Add", "path": f"{ENTERPRISE}.department", "value": "Quay"}, {ENTERPRISE: {"department": "Quay"}}),
    ({"op": "Replace", "value": {f"{ENTERPRISE}:department": "Quay"}}, {ENTERPRISE: {"department": "Quay"}}),
    ({"op": "replace", "value": {ENTERPRISE: {"department": "Quay"}}}, {ENTERPRISE: {"department": "Quay"}}),
    ({"op": "Add", "path": "emails", "value": [{"type": "work", "value": "a@x.example"}]}, {"emails": [{"type": "work", "value": "a@x.example"}]}),
    ({"op": "Replace", "path": f"{USER}:userName", "value": "ada2"}, {"userName": "ada2"}),
]  # fmt: skip


@pytest.mark.parametrize(("operation", "expected"), ENTRA_PATCHES)
def test_entra_s_patches_are_understood(entra, operation, expected):
    made = entra.create("ada")
    status, patched = entra.patch(f"/Users/{made['id']}", operation)
    assert status == 200, patched
    assert {name: patched.get(name) for name in expected} == expected
    assert entra.ask("GET", f"/Users/{made['id']}")[1] == patched


@pytest.mark.parametrize("form", ["text", "object", "list", "put"])
def test_entra_names_the_manager(entra, form):
    boss, made = entra.create("boss", displayName="The boss"), entra.create("ada")
    path = f"{ENTERPRISE}:manager"
    told = {
        "text": {"op": "Add", "path": path.replace(":manager", ".manager"), "value": boss["id"]},
        "object": {"op": "Replace", "path": path, "value": {"value": boss["id"]}},
        "list": {"op": "Add", "path": path, "value": [{"$ref": "x", "value": boss["id"]}]},
    }
    if form == "put":
        whole = {"schemas": [USER, ENTERPRISE], "userName": "ada", ENTERPRISE: {"manager": {"value": boss["id"]}}}
        status, patched = entra.ask("PUT", f"/Users/{made['id']}", whole)
    else:
        status, patched = entra.patch(f"/Users/{made['id']}", told[form])
    assert status == 200, patched
    ref = "x" if form == "list" else f"http://testserver/scim/v2/Users/{boss['id']}"
    assert patched[ENTERPRISE]["manager"] == {"value": boss["id"], "$ref": ref}
    status, patched = entra.patch(f"/Users/{made['id']}", {"op": "Remove", "path": path})
    assert (status, patched.get(ENTERPRISE)) == (200, None)


def test_entra_keeps_the_members_of_a_group(entra):
    ada, bo, cy = (entra.create(name)["id"] for name in ("ada", "bo", "cy"))
    _, group = entra.ask("POST", "/Groups", {"schemas": [GROUP], "externalId": "g", "displayName": "Pilots"})
    path = f"/Groups/{group['id']}"

    def members():
        return {one["value"] for one in entra.ask("GET", path)[1].get("members", [])}

    entra.patch(path, {"op": "Add", "path": "members", "value": [{"value": ada}, {"value": bo}, {"value": cy}]})
    assert members() == {ada, bo, cy}
    entra.patch(path, {"op": "Remove", "path": "members", "value": [{"value": ada}]})
    assert members() == {bo, cy}
    entra.patch(path, {"op": "remove", "path": f'members[value eq "{bo}"]'})
    assert members() == {cy}
    assert entra.ask("GET", f"/Users/{cy}")[1]["groups"] == [
        {"value": group["id"], "display": "Pilots", "type": "direct", "$ref": f"http://testserver/scim/v2{path}"}
    ]
    assert "members" not in entra.ask("GET", f"{path}?excludedAttributes=members")[1]
    status, found = entra.ask("GET", "/Groups?excludedAttributes=members&filter=displayName%20eq%20%22pilots%22")
    assert (status, found["totalResults"], "members" in found["Resources"][0]) == (200, 1, False)
    entra.patch(path, {"op": "Remove", "path": "members"})
    assert members() == set()
    assert entra.ask("DELETE", path) == (204, None)
    assert entra.ask("GET", path)[0] == 404


def test_a_large_group_is_changed_by_what_a_patch_names_and_answered_without_a_body(entra):
    many = [{"value": f"person-{number}"} for number in range(1_500)]
    _, group = entra.ask("POST", "/Groups", {"schemas": [GROUP], "displayName": "All", "members": many})
    path = f"/Groups/{group['id']}"
    ada = entra.create("ada")["id"]
    told = [
        {"op": "Add", "path": "members", "value": [{"value": ada}, {"value": "person-7"}]},
        {"op": "Remove", "path": "members", "value": [{"value": "person-1"}]},
        {"op": "Remove", "path": 'members[value eq "person-2"]'},
        {"op": "Remove", "path": "members", "value": [{"value": "nobody"}]},
    ]
    with CaptureQueriesContext(connection) as queries:
        assert entra.patch(path, *told) == (204, None)
    assert len(queries) < 25
    members = {one["value"] for one in entra.ask("GET", path)[1]["members"]}
    assert members == {one["value"] for one in many} - {"person-1", "person-2"} | {ada}
    told = {"op": "Replace", "path": "members", "value": [{"value": ada}]}
    assert [one["value"] for one in entra.patch(path, told)[1]["members"]] == [ada]


def test_a_deleted_user_is_in_no_group(entra):
    ada = entra.create("ada")["id"]
    body = {"schemas": [GROUP], "displayName": "Pilots", "members": [{"value": ada}]}
    _, group = entra.ask("POST", "/Groups", body)
    entra.ask("DELETE", f"/Users/{ada}")
    assert "members" not in entra.ask("GET", f"/Groups/{group['id']}")[1]


BAD_PATCHES = [
    ({"op": "replace", "path": "bogus", "value": 1}, "invalidPath"),
    ({"op": "replace", "path": "emails[", "value": 1}, "invalidPath"),
    ({"op": "replace", "path": "id", "value": "x"}, "mutability"),
    ({"op": "replace", "path": "groups", "value": []}, "mutability"),
    ({"op": "remove"}, "noTarget"),
    ({"op": "remove", "path": "userName"}, "mutability"),
    ({"op": "replace", "path": 'addresses[type eq "work"]', "value": {"locality": "X"}}, "noTarget"),
    ({"op": "spin", "path": "title", "value": "x"}, "invalidValue"),
    ({"op": "add", "path": "active", "value": "perhaps"}, "invalidValue"),
    ({"op": "replace", "path": "userName", "value": "bo"}, "uniqueness"),
    ({"op": "add", "path": "title"}, "invalidValue"),
    ("no operation", "invalidSyntax"),
]  # fmt: skip


@pytest.mark.parametrize(("operation", "scim_type"), BAD_PATCHES)
def test_a_bad_patch_is_refused_and_changes_nothing(okta, operation, scim_type):
    okta.create("bo")
    made = okta.create("ada")
    fine = {"op": "add", "path": "title", "value": "Pilot"}
    status, refusal = okta.ask("PATCH", f"/Users/{made['id']}", {"schemas": [PATCH], "Operations": [fine, operation]})
    assert (status, refusal["schemas"], refusal["scimType"]) == (
        409 if scim_type == "uniqueness" else 400,
        [ERROR],
        scim_type,
    )
    assert okta.ask("GET", f"/Users/{made['id']}")[1] == made
