"""Bulk: references between operations, failures that stay one failure, and limits."""

import pytest

from orchestration.scim.models import ScimGroup, ScimUser
from tests.orchestration.scim_cast import ENTERPRISE, ERROR, GROUP, PATCH, USER, Directory
from workforce.contributors.models import Contributor

pytestmark = pytest.mark.django_db

BULK = "urn:ietf:params:scim:api:messages:2.0:BulkRequest"


@pytest.fixture
def okta():
    return Directory()


def run(directory, *operations, **more):
    status, body = directory.ask("POST", "/Bulk", {"schemas": [BULK], "Operations": list(operations), **more})
    assert status == 200, body
    assert body["schemas"] == ["urn:ietf:params:scim:api:messages:2.0:BulkResponse"]
    return body["Operations"]


def post_user(bulk_id, **values):
    data = {"schemas": [USER], "userName": bulk_id, **values}
    return {"method": "POST", "path": "/Users", "bulkId": bulk_id, "data": data}


def post_group(bulk_id, *members):
    data = {"schemas": [GROUP], "displayName": bulk_id, "members": [{"value": f"bulkId:{m}"} for m in members]}
    return {"method": "POST", "path": "/Groups", "bulkId": bulk_id, "data": data}


def test_operations_refer_to_each_other_whatever_their_order(okta):
    manager = {ENTERPRISE: {"manager": {"value": "bulkId:boss"}}}
    done = run(okta, post_group("pilots", "ada", "boss"), post_user("ada", **manager), post_user("boss"))
    assert [(one["bulkId"], one["status"]) for one in done] == [("pilots", "201"), ("ada", "201"), ("boss", "201")]
    ids = {one["bulkId"]: one["location"].rpartition("/")[2] for one in done}
    assert done[1]["location"] == f"http://testserver/scim/v2/Users/{ids['ada']}"
    members = okta.ask("GET", f"/Groups/{ids['pilots']}")[1]["members"]
    assert {one["value"] for one in members} == {ids["ada"], ids["boss"]}
    assert Contributor.objects.get(name="ada").manager == Contributor.objects.get(name="boss")


def test_groups_in_a_circle_hold_each_other(okta):
    done = run(okta, post_group("a", "b"), post_group("b", "a"))
    ids = {one["bulkId"]: one["location"].rpartition("/")[2] for one in done}
    for name, other in (("a", "b"), ("b", "a")):
        (member,) = okta.ask("GET", f"/Groups/{ids[name]}")[1]["members"]
        assert (member["value"], member["type"]) == (ids[other], "Group")


def test_every_method_is_done_and_one_failure_stays_one(okta):
    ada, bo, cy = (okta.create(name) for name in ("ada", "bo", "cy"))
    patch = {"schemas": [PATCH], "Operations": [{"op": "add", "path": "title", "value": "Pilot"}]}
    done = run(
        okta,
        post_user("ada"),
        {
            "method": "PUT",
            "path": f"/Users/{ada['id']}",
            "version": 'W/"99"',
            "data": {"schemas": [USER], "userName": "ada"},
        },
        {"method": "PATCH", "path": f"/Users/{bo['id']}", "version": bo["meta"]["version"], "data": patch},
        {"method": "DELETE", "path": f"/Users/{cy['id']}"},
        {"method": "DELETE", "path": "/Users/nobody"},
        {"method": "POST", "path": "/Users", "data": {"schemas": [USER], "userName": "dee"}},
        {"method": "BREW", "path": "/Users/1"},
        {"method": "POST", "path": "/Bogus", "bulkId": "x", "data": {}},
        post_user("waits", **{ENTERPRISE: {"manager": {"value": "bulkId:never"}}}),
    )
    assert [one["status"] for one in done] == ["409", "412", "200", "204", "404", "400", "400", "400", "409"]
    failed = [one["response"] for one in done if int(one["status"]) >= 400]
    assert all(one["schemas"] == [ERROR] and one["detail"] for one in failed)
    assert [one.get("scimType") for one in failed] == [
        "uniqueness", None, None, "invalidSyntax", "invalidSyntax", "invalidPath", None,
    ]  # fmt: skip
    assert done[4]["location"] == "http://testserver/scim/v2/Users/nobody"
    assert set(ScimUser.objects.values_list("user_name", flat=True)) == {"ada", "bo"}
    assert ScimUser.objects.get(user_name="bo").resource["title"] == "Pilot"


def test_the_job_stops_after_as_many_errors_as_it_allows(okta):
    okta.create("ada")
    done = run(okta, post_user("ada"), post_user("bo"), failOnErrors=1)
    assert [one["status"] for one in done] == ["409"]
    assert [one["status"] for one in run(okta, post_user("ada"), post_user("bo"), failOnErrors=2)] == ["409", "201"]


def test_a_bulk_request_that_is_too_large_is_refused_whole(okta):
    many = [post_user(f"u{number}") for number in range(1_001)]
    status, refusal = okta.ask("POST", "/Bulk", {"schemas": [BULK], "Operations": many})
    assert (status, refusal["status"], refusal["schemas"]) == (413, "413", [ERROR])
    status, refusal = okta.ask(
        "POST", "/Bulk", {"schemas": [BULK], "Operations": [post_user("a", title="x" * 1_048_576)]}
    )
    assert (status, "1048576" in refusal["detail"]) == (413, True)
    assert not ScimUser.objects.exists()


@pytest.mark.parametrize("body", [{}, [], {"schemas": [BULK], "Operations": {}}, {"schemas": ["x"], "Operations": []}])
def test_a_bulk_request_of_another_shape_is_refused(okta, body):
    status, refusal = okta.ask("POST", "/Bulk", body)
    assert (status, refusal["scimType"]) == (400, "invalidSyntax")
    assert not ScimGroup.objects.exists()
