"""Whatever is sent, the answer is one of the standard's, and what stands is not harmed."""

import json

import pytest
from django.core.cache import cache
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.orchestration.scim_cast import ENTERPRISE, GROUP, PATCH, USER, Directory

pytestmark = pytest.mark.django_db

TEXTS = st.sampled_from(
    ["", "a", "True", "false", "\x00", "\ud800", "é", "%", "'", '"', "\\", "x" * 500, "1e999", "bulkId:x", "urn:x:y", "[", "2011-05-13T04:42:34Z"]
)  # fmt: skip
PLAIN = st.one_of(st.none(), st.booleans(), st.integers(), st.floats(allow_nan=False), TEXTS)
NAMES = st.sampled_from(
    ["userName", "displayName", "name", "name.familyName", "emails", "emails.value", "value", "type", "primary", "members", "active",
     "id", "meta", "groups", "schemas", "password", "x509Certificates", "$ref", "", ENTERPRISE, f"{ENTERPRISE}:manager", "manager",
     "roles", "photos", "profileUrl", "addresses", "bogus", 'emails[type eq "work"].value']
)  # fmt: skip
VALUES = st.recursive(
    PLAIN, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES, inner, max_size=4), max_leaves=8
)
PATHS = st.one_of(
    NAMES,
    TEXTS,
    st.builds("{}[{} {} {}]{}".format, NAMES, NAMES, st.sampled_from(["eq", "ne", "co", "gt", "pr"]), PLAIN.map(str), st.sampled_from(["", ".value", ".bogus"])),
    st.builds(lambda n, o, v: f"{n} {o} {json.dumps(v)}", NAMES, st.sampled_from(["eq", "ne", "co", "sw", "gt", "le"]), PLAIN),
)  # fmt: skip
OPERATIONS = st.fixed_dictionaries(
    {},
    optional={
        "op": st.sampled_from(["add", "Replace", "remove", "x", 1, None]),
        "path": PATHS | PLAIN,
        "value": VALUES,
    },
)
loosely = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


@pytest.fixture
def okta():
    directory = Directory()
    directory.user = directory.create("steady", emails=[{"value": "s@x.example", "type": "work", "primary": True}])
    _, directory.group = directory.ask(
        "POST", "/Groups", {"schemas": [GROUP], "displayName": "G", "members": [{"value": directory.user["id"]}]}
    )
    return directory


def send(directory, method, path, body):
    cache.clear()  # hundreds of requests are no reason to be throttled here
    response = directory.send(method, path, json.dumps(body))
    assert response.status_code in (200, 201, 204, 400, 404, 409, 413), (response.status_code, response.content)
    if response.status_code >= 400:
        assert response.json()["detail"]


@given(
    body=VALUES
    | st.fixed_dictionaries(
        {"userName": TEXTS}, optional={"emails": VALUES, "name": VALUES, ENTERPRISE: VALUES, "addresses": VALUES}
    )
)
@loosely
def test_any_resource(okta, body):
    for noun, urn in (("Users", USER), ("Groups", GROUP)):
        whole = {"schemas": [urn], **body} if isinstance(body, dict) else body
        send(okta, "POST", f"/{noun}", whole)
    send(okta, "PUT", f"/Users/{okta.user['id']}", body)


@given(operations=st.lists(OPERATIONS | VALUES, max_size=3))
@loosely
def test_any_patch(okta, operations):
    for path in (f"/Users/{okta.user['id']}", f"/Groups/{okta.group['id']}"):
        send(okta, "PATCH", path, {"schemas": [PATCH], "Operations": operations})
        assert okta.ask("GET", path)[0] == 200


@given(text=PATHS, sort_by=NAMES | TEXTS, attributes=NAMES | TEXTS)
@loosely
def test_any_search(okta, text, sort_by, attributes):
    for path in ("/Users/.search", "/Groups/.search", "/.search"):
        send(okta, "POST", path, {"filter": text, "sortBy": sort_by, "attributes": [attributes]})
        send(okta, "POST", path, {"filter": f"not ({text}) or {text}"})
        send(okta, "POST", path, {"filter": text, "startIndex": attributes, "count": text})


@given(
    operations=st.lists(
        st.dictionaries(
            st.sampled_from(["method", "path", "bulkId", "data", "version"]),
            VALUES | st.sampled_from(["POST", "PUT", "DELETE", "/Users", "/Groups/x"]),
            max_size=5,
        ),
        max_size=4,
    )
)
@loosely
def test_any_bulk(okta, operations):
    send(okta, "POST", "/Bulk", {"Operations": operations})
