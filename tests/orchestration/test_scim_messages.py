"""Every message of the shared SCIM material is answered as the standard says; skipped where it is not at hand.

The messages say themselves what they are, by their schemas, so that a new file is walked like the others.
"""

import json
import re
from pathlib import Path

import pytest

from tests.orchestration.scim_cast import ENTERPRISE, ERROR, GROUP, LIST, PATCH, USER, Directory
from tests.shared import DATA, needs_data

FOLDER = DATA / "scim-payloads"
pytestmark = [pytest.mark.django_db, needs_data]

API = "urn:ietf:params:scim:api:messages:2.0:"
DESCRIPTIONS = "urn:ietf:params:scim:schemas:core:2.0:"


def read(path: Path):
    """The message, or nothing where the file is deliberately broken."""
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except ValueError:
        return None


def schemas_of(message) -> list[str]:
    return message.get("schemas", []) if isinstance(message, dict) else []


def files(*patterns: str, of: str = "") -> list:
    """Those of a folder; `of` a schema, where only messages of that one are meant."""
    found = sorted({path for pattern in patterns for path in FOLDER.glob(pattern)}) if FOLDER.is_dir() else []
    found = [path for path in found if not of or of in schemas_of(read(path))]
    return [pytest.param(path, id=str(path.relative_to(FOLDER))) for path in found]


@pytest.fixture
def directory():
    return Directory()


@pytest.mark.parametrize("path", [one for one in files("**/*.json") if read(one.values[0]) is None])
def test_a_broken_message_is_a_syntax_error(directory, path):
    status, refusal = directory.ask("POST", "/Users", path.read_bytes())
    assert (status, refusal["scimType"]) == (400, "invalidSyntax")


def without_ours(resource: dict) -> dict:
    """What a client put: not what is ours to say, nor what is nobody's to know, nor what is empty."""
    hidden = {"id", "meta", "groups", "password", "schemas"}
    kept = {name: value for name, value in resource.items() if name not in hidden and value not in (None, [])}
    if ENTERPRISE in kept:
        manager = {**kept[ENTERPRISE].get("manager", {})}
        kept[ENTERPRISE] = {**kept[ENTERPRISE], "manager": manager.get("value")}
    if "members" in kept:
        kept["members"] = {one["value"] for one in kept["members"]}
    certificates = kept.get("x509Certificates", [])
    kept["x509Certificates"] = ["".join(one["value"].split()) for one in certificates]
    return kept


@pytest.mark.parametrize("path", files("**/*.json", of=USER) + files("**/*.json", of=GROUP))
def test_a_resource_that_is_put_reads_back_as_it_was(directory, path):
    message = read(path)
    noun = "Users" if USER in schemas_of(message) else "Groups"
    response = directory.send("POST", f"/{noun}", message)
    made = response.json()
    assert response.status_code == 201, made
    assert response["Location"] == made["meta"]["location"]
    assert made["id"] != message.get("id")
    status, again = directory.ask("GET", f"/{noun}/{made['id']}")
    assert (status, again) == (200, made)
    sent = without_ours(message)
    if noun == "Users":
        sent.setdefault("active", True)
    assert without_ours(again) == sent
    assert "password" not in again
    status, put = directory.ask("PUT", f"/{noun}/{made['id']}", message)
    assert (status, without_ours(put)) == (200, sent)


@pytest.mark.parametrize("path", files("**/*.json", of=PATCH))
def test_a_patch_of_the_standard_is_applied(directory, path):
    message = read(path)
    noun = "Groups" if "member" in path.name else "Users"
    member = re.search(r'value eq \\"([^"\\]+)\\"', json.dumps(message))
    given = {
        "Users": {
            "schemas": [USER], "userName": "bjensen", "nickName": "B",
            "emails": [{"value": "old@example.com", "type": "work"}],
            "addresses": [{"type": "work", "locality": "Oldtown"}, {"type": "home", "locality": "Home"}],
        },
        "Groups": {
            "schemas": [GROUP], "displayName": "Tour Guides",
            "members": [{"value": value} for value in ("other", *([member[1]] if member else []))],
        },
    }[noun]  # fmt: skip
    _, made = directory.ask("POST", f"/{noun}", given)
    status, patched = directory.ask("PATCH", f"/{noun}/{made['id']}", message)
    assert status == 200, patched
    assert patched["meta"]["version"] != made["meta"]["version"]
    for operation in message["Operations"]:
        if operation["op"] == "remove":
            assert [one["value"] for one in patched["members"]] == ["other"]
        elif operation.get("path"):
            assert operation["value"] in patched["addresses"]
            assert {"type": "home", "locality": "Home"} in patched["addresses"]
        else:
            assert patched["nickName"] == operation["value"]["nickname"]
            kept = [{"value": "old@example.com", "type": "work"}] if operation["op"] == "add" else []
            assert patched["emails"] == kept + operation["value"]["emails"]


@pytest.mark.parametrize("path", files("rfc/*.json", of=f"{API}BulkRequest"))
def test_a_bulk_request_of_the_standard_is_done(directory, path):
    message = read(path)
    status, body = directory.ask("POST", "/Bulk", message)
    assert status == 200
    assert [(one["bulkId"], one["status"]) for one in body["Operations"]] == [
        (one["bulkId"], "201") for one in message["Operations"]
    ]
    ids = {one["bulkId"]: one["location"].rpartition("/")[2] for one in body["Operations"]}
    for one in message["Operations"]:
        _, kept = directory.ask("GET", f"{one['path']}/{ids[one['bulkId']]}")
        named = {match[1] for match in re.finditer(r"bulkId:(\w+)", json.dumps(one["data"]))}
        assert {ids[name] for name in named} <= set(re.findall(r"[0-9a-f-]{36}", json.dumps(kept)))
        assert "bulkId:" not in json.dumps(kept)


@pytest.mark.parametrize("path", files("scim-sdk/*/resources/miscellaneous/*bulk*.json"))
def test_a_bulk_request_of_a_client_library_is_answered_operation_by_operation(directory, path):
    message = read(path)
    status, body = directory.ask("POST", "/Bulk", message)
    assert status == 200
    assert len(body["Operations"]) == len(message["Operations"])
    for asked, done in zip(message["Operations"], body["Operations"], strict=True):
        if asked["path"].startswith(("/Users", "/Groups")):
            assert done["status"] == "201", done
        else:
            assert int(done["status"]) >= 400
            assert done["response"]["schemas"] == [ERROR]


@pytest.mark.parametrize("path", files("**/*.json", of=f"{API}SearchRequest"))
def test_a_search_of_the_standard_is_answered(directory, path):
    directory.create("jsmith", displayName="Smith, James", title="Pilot")
    directory.create("other", displayName="Else")
    directory.ask("POST", "/Groups", {"schemas": [GROUP], "displayName": "Smith Family"})
    message = read(path)
    status, body = directory.ask("POST", "/.search", message)
    assert (status, body["schemas"], body["totalResults"]) == (200, [LIST], 2)
    for one in body["Resources"]:
        assert one.keys() - {"schemas", "id"} <= set(message["attributes"])


def characteristics(attribute: dict) -> dict:
    names = ("type", "multiValued", "required", "mutability", "returned", "uniqueness")
    return {name: attribute.get(name) for name in names} | {"uniqueness": attribute.get("uniqueness", "none")}


@pytest.mark.parametrize(
    "path", files("wso2/**/*.json", "scim-sdk/**/all-types.json", "scim-sdk/*/resources/role/*.json")
)
def test_a_resource_of_another_schema_is_no_user(directory, path):
    message = read(path)
    status, refusal = directory.ask("POST", "/Users", message)
    assert (status, refusal["schemas"], refusal["scimType"]) == (
        400,
        [ERROR],
        "invalidSyntax" if schemas_of(message) else "invalidValue",
    )


@pytest.mark.parametrize("path", files("rfc/*schema-*user.json"))
def test_a_schema_describes_what_the_standard_describes(directory, path):
    theirs = read(path)
    status, ours = directory.ask("GET", f"/Schemas/{theirs['id']}")
    assert (status, ours["id"], ours["schemas"]) == (200, theirs["id"], [f"{DESCRIPTIONS}Schema"])
    attributes = {one["name"]: one for one in ours["attributes"]}
    for attribute in theirs["attributes"]:
        own = attributes[attribute["name"]]
        assert characteristics(own) == characteristics(attribute), attribute["name"]
        inner = {one["name"]: one for one in own.get("subAttributes", [])}
        assert {one["name"] for one in attribute.get("subAttributes", [])} <= inner.keys()


def test_resource_types_and_configuration_have_the_shape_of_the_examples(directory):
    for path in FOLDER.glob("rfc/*resource_type*-*.json"):
        theirs = read(path)
        for example in theirs.get("Resources", [theirs]):
            _, ours = directory.ask("GET", f"/ResourceTypes/{example['id']}")
            assert [ours[n] for n in ("id", "name", "endpoint", "schema")] == [
                example[n] for n in ("id", "name", "endpoint", "schema")
            ]
    _, config = directory.ask("GET", "/ServiceProviderConfig")
    example = read(FOLDER / "rfc/rfc7643-8.5-service_provider_configuration.json")
    assert example.keys() - {"documentationUri"} <= config.keys()


@pytest.mark.parametrize("path", files("idp/*/*.json"))
def test_an_exchange_of_a_provider_is_answered_alike(directory, path):
    """The request is sent where its resource stands here; the answer has the status and values of theirs."""
    exchange = read(path)
    theirs, target = exchange["response"], exchange["path"]
    noun = target.strip("/").split("/")[0].split("?")[0]
    wanted = theirs.get("Resources") or (
        [theirs] if exchange["method"] != "POST" and LIST not in schemas_of(theirs) else []
    )
    for resource in wanted:
        sent = without_ours(resource)
        sent.pop("x509Certificates")
        _, made = directory.ask("POST", f"/{noun}", {**sent, "schemas": resource["schemas"]})
        target = target.replace(resource["id"], made["id"])
        exchange = json.loads(json.dumps(exchange).replace(resource["id"], made["id"]))
    response = directory.send(exchange["method"], target, exchange.get("request"))
    body = response.json()
    assert response.status_code == exchange["statusCode"], body
    if LIST in schemas_of(theirs):
        assert (body["totalResults"], body["startIndex"]) == (theirs["totalResults"], theirs["startIndex"])
        assert [without_ours(one) for one in body["Resources"]] == [
            without_ours(one) for one in theirs["Resources"] or []
        ]
        return
    expected = without_ours(exchange.get("request") if exchange["method"] in ("POST", "PUT") else theirs)
    if exchange["method"] == "PATCH":
        expected |= exchange["request"]["Operations"][0]["value"]
        expected.pop("id")
    assert without_ours(body) == without_ours(expected)


def steps(path: Path):
    """The requests of a Postman collection or a Runscope test: (name, method, url, body, expected status)."""
    whole = read(path)
    for one in walk(whole.get("item", [])):
        request = one["request"]
        url = request["url"] if isinstance(request["url"], str) else request["url"]["raw"]
        script = json.dumps(one.get("event", []))
        status = re.search(r"have\.status\((\d+)\)", script)
        yield one["name"], request["method"], url, (request.get("body") or {}).get("raw"), status and int(status[1])
    for one in whole.get("steps", []):
        if one.get("step_type") == "request":
            wanted = [a["value"] for a in one["assertions"] if a["source"] == "response_status"]
            yield one["note"], one["method"], one["url"], one.get("body"), int(wanted[0]) if wanted else None


def walk(items):
    for one in items:
        yield from walk(one["item"]) if "item" in one else [one]


class Variables(dict):
    """What the collections name, made up as their own scripts do."""

    def __missing__(self, name):
        self.made = getattr(self, "made", 0) + 1
        made = f"{name.strip('$')}{self.made}"
        self[name] = f"{made}@example.com" if "mail" in name.lower() else made
        return self[name]

    def fill(self, text):
        return re.sub(r"\{\{([^}]+)\}\}", lambda found: str(self[found[1]]), text) if text else text


@pytest.mark.parametrize("path", files("okta/*.json", "microsoft/*.json"))
def test_a_collection_of_a_provider_runs_through(directory, path):
    variables = Variables(lastWatermark="2000-01-01T00:00:00Z", currentTime="2999-01-01T00:00:00Z")
    variables["id1"] = directory.create(
        "first", name={"givenName": "F", "familyName": "L"}, emails=[{"value": "f@l.example"}]
    )["id"]
    variables |= {"ISVUserid": variables["id1"], "UserIdThatDoesNotExist": "010101001010101011001010101011"}
    for name, method, url, body, expected in steps(path):
        if "/oauth2/" in url:
            continue
        for person in ("userName", "givenName", "familyName", "displayName"):
            variables.pop(person, None)
        target = re.sub(
            r"^.*?(?=/(Users|Groups|Schemas|ResourceTypes|ServiceProviderConfig|Bulk)\b)", "", variables.fill(url)
        )
        bare, _, query = target.partition("?")
        query = dict(part.split("=", 1) for part in query.split("&")) if query else {}
        if method == "GET":
            response = directory.client.get(f"/scim/v2{bare}", query)
        else:
            response = directory.send(method, bare, variables.fill(body) if body else None)
        if expected and is_standard(query):
            assert response.status_code == expected, (name, response.content)
        elif is_standard(query):
            assert response.status_code < 300, (name, response.content)
        if response.status_code == 201:
            made = response.json()
            variables |= {"lastUserId": made["id"], "idUserOne": made["id"]}
            key = "lastManagerUserId" if name == "Create Employee" else "lastInactiveUserId"
            variables[key] = made["id"]
        if "recreating" in name:
            assert response.json()["scimType"] == "uniqueness"


def is_standard(query: dict) -> bool:
    """One export holds `userName eq name` without quotes, and refuses a name in capitals; the standard does neither."""
    text = query.get("filter", "")
    return not re.fullmatch(r"userName eq [^\"]+|userName eq \"randomUsernameCaps\d+\"", text)
