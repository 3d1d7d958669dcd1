"""Every filter finds in SQL what the library's own evaluation finds in memory."""

import itertools
import json

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from scim2_models import ScimFilter

from orchestration.scim.models import ScimUser
from orchestration.scim.read import open_resource
from orchestration.scim.resources import Person
from tests.orchestration.scim_cast import ENTERPRISE, GROUP, Directory

pytestmark = pytest.mark.django_db

PEOPLE = [
    {
        "userName": "Ada.Stern@harbour.example",
        "externalId": "A1",
        "displayName": "Ada Stern",
        "name": {"givenName": "Ada", "familyName": "Stern"},
        "emails": [
            {"value": "ada@harbour.example", "type": "work", "primary": True},
            {"value": "Ada@Home.example", "type": "home"},
        ],
        "title": "Harbour master",
        "userType": "Employee",
        "active": True,
        ENTERPRISE: {"department": "Quay", "employeeNumber": "007", "costCenter": "4130"},
    },
    {
        "userName": "bo",
        "externalId": "a1",
        "displayName": "Bö Ström",
        "emails": [{"value": "bo@home.example", "type": "home", "primary": True}],
        "active": False,
        "roles": [{"value": "Admin", "primary": True}],
    },
    {"userName": "cy%_'\"\\", "nickName": "ÄRGER", "phoneNumbers": [{"value": "+49 40 1", "type": "mobile"}]},
    {"userName": "dee", "title": "", "emails": [], "active": True, ENTERPRISE: {"department": "quay wall"}},
]
SUBJECTS = {
    "userName": ["bo", "BO", "ada.stern@HARBOUR.example", "cy%_'\"\\", "e", "z"],
    "externalId": ["A1", "a1"],
    "displayName": ["ada stern", "bö ström", "BÖ STRÖM", "a"],
    "nickName": ["ärger", "rg"],
    "title": ["harbour master", "master", "h"],
    "name.familyName": ["stern", "s"],
    "emails": ["ada@home.example", "bo@home.example", "example", "ada"],
    "emails.type": ["home", "work", "HOME"],
    "emails.value": ["home.example", "ada@"],
    "roles.value": ["admin"],
    "phoneNumbers.value": ["+49"],
    f"{ENTERPRISE}:department": ["quay", "Quay wall"],
    f"{ENTERPRISE}:employeeNumber": ["007"],
    "schemas": [ENTERPRISE],
}
OPERATORS = ["eq", "ne", "co", "sw", "ew", "gt", "ge", "lt", "le"]
FILTERS = [
    *(f"{a} {op} {json.dumps(v)}" for a, vs in SUBJECTS.items() for op, v in itertools.product(OPERATORS, vs)),
    *(f"{a} pr" for a in [*SUBJECTS, "name", "active", "emails.primary", "id", "meta", ENTERPRISE + ":manager"]),
    *(f"not ({a} pr)" for a in SUBJECTS),
    *(f"{a} eq null" for a in ["title", "nickName", "emails", "name.familyName"]),
    *(f"{a} ne null" for a in ["title", "emails"]),
    "active eq true", "active eq false", "active ne true", "not (active eq true)",
    'emails[type eq "work"]', 'emails[type eq "home" and primary eq true]', 'emails[not (type eq "home")]',
    'emails[type eq "work" and value co "home"]', 'emails[type eq "home"].value sw "ada"', "emails[primary pr]",
    'userName eq "bo" or userName eq "dee" and active eq false',
    '(userName eq "bo" or userName eq "dee") and active eq false',
    'title pr and userType eq "employee"', 'USERNAME EQ "bo"', 'roles[primary eq true].value eq "admin"',
    'meta.resourceType eq "User"', 'password eq "x"', 'schemas[value eq "urn:x:y"]',
    'userType ne "Employee" and not (emails co "example.com" or emails.value co "example.org")',
]  # fmt: skip


@pytest.fixture
def okta():
    directory = Directory()
    for person in PEOPLE:
        user = directory.create(**{"user_name" if n == "userName" else n: v for n, v in person.items()})
        assert user["userName"] == person["userName"]
    return directory


def expect(text: str) -> list[str]:
    """What the library finds among the users as they are kept."""
    bound = ScimFilter[Person](text)
    users = [(one, open_resource(one.resource, Person, one.scim_id)) for one in ScimUser.objects.order_by("pk")]
    for one, resource in users:
        resource.meta = {"resourceType": "User", "created": one.created_at}
    return [resource.user_name for _, resource in users if bound.match(resource)]


def test_every_filter_finds_what_the_library_finds(okta):
    differing = {text: (okta.find(text), expect(text)) for text in FILTERS}
    differing = {text: both for text, both in differing.items() if both[0] != both[1]}
    assert differing == {}
    assert len(FILTERS) > 300


@pytest.mark.parametrize(
    "text",
    [
        "bogus eq 1", 'userName regex "a"', "userName eq bo", 'userName eq "a', "active gt true", 'emails[bogus eq "a"]',
        'meta.created eq "soon"', 'urn:x:y:User:a eq "b"', "userName", "(" * 50 + "title pr" + ")" * 49, "title pr and",
        'name[givenName eq "a"]', 'meta.location eq "x"',
    ],
)  # fmt: skip
def test_a_filter_that_cannot_be_is_refused_as_such(okta, text):
    response = okta.client.get("/scim/v2/Users", {"filter": text})
    assert response.status_code == 400
    assert response.json()["scimType"] == "invalidFilter"
    assert response.json()["detail"]


def test_instants_are_compared_as_instants(okta):
    created = okta.ask("GET", "/Users")[1]["Resources"][1]["meta"]["created"]
    assert okta.find(f'meta.created eq "{created}"') == ["bo"]
    assert okta.find(f'meta.created gt "{created}"') == ["cy%_'\"\\", "dee"]
    everyone = 'active eq true and (meta.lastModified ge "0001-01-03T00:00:00.0000000Z" and meta.lastModified le "2999-01-01T00:00:00Z")'
    assert okta.find(everyone) == ["Ada.Stern@harbour.example", "cy%_'\"\\", "dee"]


def test_groups_and_members_are_found_through_each_other(okta):
    ids = {u["userName"]: u["id"] for u in okta.ask("GET", "/Users")[1]["Resources"]}
    okta.ask("POST", "/Groups", {"schemas": [GROUP], "displayName": "Pilots", "members": [{"value": ids["bo"]}]})
    okta.ask("POST", "/Groups", {"schemas": [GROUP], "displayName": "Empty"})
    assert okta.find('groups.display eq "pilots"') == okta.find("groups pr") == ["bo"]
    assert okta.find('displayName eq "PILOTS"', "Groups") == ["Pilots"]
    assert okta.find(f'members.value eq "{ids["bo"]}"', "Groups") == ["Pilots"]
    assert okta.find(f'members[value eq "{ids["bo"]}" and type eq "User"]', "Groups") == ["Pilots"]
    assert okta.find("not (members pr)", "Groups") == ["Empty"]
    assert okta.find(f'members ne "{ids["bo"]}"', "Groups") == ["Empty"]


def test_users_and_groups_are_searched_together(okta):
    okta.ask("POST", "/Groups", {"schemas": [GROUP], "displayName": "Ada's team"})
    asked = {"schemas": ["urn:ietf:params:scim:api:messages:2.0:SearchRequest"], "filter": 'displayName sw "ada"'}
    status, found = okta.ask("POST", "/.search", asked | {"attributes": ["displayName", "userName"]})
    assert status == 200
    assert [sorted(one.keys() - {"schemas", "id"}) for one in found["Resources"]] == [
        ["displayName", "userName"],
        ["displayName"],
    ]
    assert okta.ask("GET", "/?filter=userName%20pr")[1]["totalResults"] == len(PEOPLE)
    assert okta.ask("GET", "/?filter=bogus%20pr")[0] == 400


@pytest.mark.parametrize(
    ("sort_by", "names"),
    [
        ("userName", ["Ada.Stern@harbour.example", "bo", "cy%_'\"\\", "dee"]),
        ("name.familyName", ["Ada.Stern@harbour.example", "bo", "cy%_'\"\\", "dee"]),
        ("emails", ["Ada.Stern@harbour.example", "bo", "cy%_'\"\\", "dee"]),
        (f"{ENTERPRISE}:department", ["Ada.Stern@harbour.example", "dee", "bo", "cy%_'\"\\"]),
        ("meta.created", ["Ada.Stern@harbour.example", "bo", "cy%_'\"\\", "dee"]),
    ],
)
def test_a_list_is_sorted_and_what_has_no_value_comes_last_or_first(okta, sort_by, names):
    def ask(order):
        found = okta.client.get("/scim/v2/Users", {"sortBy": sort_by, "sortOrder": order}).json()["Resources"]
        return [one["userName"] for one in found]

    assert ask("ascending") == names
    assert ask("descending") == names[::-1]


def test_a_list_is_paged_by_index_and_by_cursor(okta):
    names = [person["userName"] for person in PEOPLE]
    page = okta.ask("GET", "/Users?startIndex=2&count=2")[1]
    assert [one["userName"] for one in page["Resources"]] == names[1:3]
    assert (page["totalResults"], page["startIndex"], page["itemsPerPage"]) == (4, 2, 2)
    assert okta.ask("GET", "/Users?count=0")[1] | {"schemas": 0} == {
        "schemas": 0, "totalResults": 4, "itemsPerPage": 0, "startIndex": 1, "Resources": [],
    }  # fmt: skip
    assert okta.ask("GET", "/Users?startIndex=-3&count=1")[1]["startIndex"] == 1
    assert okta.ask("GET", "/Users?startIndex=99")[1]["Resources"] == []
    for ordered in ("", "&sortBy=userName"):
        seen, cursor = [], ""
        while cursor is not None:
            page = okta.ask("GET", f"/Users?count=3&cursor={cursor}{ordered}")[1]
            seen += [one["userName"] for one in page["Resources"]]
            cursor = page.get("nextCursor")
        assert seen == names
    assert okta.ask("GET", "/Users?cursor=bogus")[1]["scimType"] == "invalidCursor"
    assert okta.ask("GET", "/Users?count=many")[1]["scimType"] == "invalidValue"
    assert okta.ask("GET", "/Users?sortBy=bogus")[1]["scimType"] == "invalidPath"


def test_a_list_asks_the_database_as_often_for_three_as_for_one(okta):
    def count(path):
        with CaptureQueriesContext(connection) as queries:
            okta.send("GET", path)
        return len(queries)

    assert count("/Users?count=1") == count("/Users?count=3") == 4
    assert count("/Users?count=3&excludedAttributes=groups") == 3
