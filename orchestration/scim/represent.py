"""Resources as they are answered, a set at a time: ids, meta, groups and members joined to what was put."""

from collections import defaultdict
from collections.abc import Iterable

from pydantic import ValidationError
from scim2_models import Context, Group, Resource, ResponseParameters

from orchestration.scim.models import ScimGroup, ScimMember, ScimResource, ScimUser
from orchestration.scim.read import as_scim_exception
from orchestration.scim.resources import ANSWERING, EnterpriseUser, Person

BATCH = 2_000
MODELS = {ScimUser: ("User", Person), ScimGroup: ("Group", Group)}


def read_parameters(given, model: type[Resource]) -> ResponseParameters:
    """`attributes` and `excludedAttributes`, from a query or a search."""
    asked = {name: given[name] for name in ("attributes", "excludedAttributes") if given.get(name)}
    try:
        return ResponseParameters[model].model_validate(asked)
    except ValidationError as error:
        raise as_scim_exception(error) from error


def locate(one: ScimResource, base: str) -> str:
    return f"{base}/{MODELS[type(one)][0]}s/{one.scim_id}"


def represent(found: Iterable[ScimResource], base: str, asked: ResponseParameters, *, created=False) -> list[dict]:
    """The JSON of users or of groups; queries are as many for a thousand as for one."""
    found = list(found)
    if not found:
        return []
    name, model = MODELS[type(found[0])]
    joined = _join_groups(found, base, asked) if name == "User" else _join_members(found, base, asked)
    context = Context.RESOURCE_CREATION_RESPONSE if created else Context.RESOURCE_QUERY_RESPONSE
    answers = []
    for one in found:
        whole = {**one.resource, **joined.get(one.scim_id, {}), "id": one.scim_id, "meta": _meta(one, name, base)}
        resource = model.model_validate(whole, scim_policy=ANSWERING)
        if name == "User":
            _point_to_manager(resource, base)
        answers.append(resource.model_dump(scim_ctx=context, scim_policy=ANSWERING, response_parameters=asked))
    return answers


def _meta(one: ScimResource, name: str, base: str) -> dict:
    return {
        "resourceType": name,
        "created": one.created_at,
        "lastModified": one.modified_at,
        "location": locate(one, base),
        "version": one.etag,
    }


def is_asked(name: str, asked: ResponseParameters) -> bool:
    """Whether an attribute that costs a query is wanted at all."""
    wanted = [str(path).rpartition(":")[2].split(".")[0].lower() for path in asked.attributes or []]
    unwanted = [str(path).rpartition(":")[2].lower() for path in asked.excluded_attributes or []]
    return name not in unwanted and (not wanted or name in wanted)


def _join_groups(users: list[ScimUser], base: str, asked: ResponseParameters) -> dict[str, dict]:
    if not is_asked("groups", asked):
        return {}
    groups = defaultdict(list)
    rows = ScimMember.objects.filter(value__in=[user.scim_id for user in users]).order_by("group__pk")
    for value, group, display in rows.values_list("value", "group__scim_id", "group__display_name"):
        groups[value].append({"value": group, "display": display, "type": "direct", "$ref": f"{base}/Groups/{group}"})
    return {value: {"groups": listed} for value, listed in groups.items()}


def _join_members(groups: list[ScimGroup], base: str, asked: ResponseParameters) -> dict[str, dict]:
    if not is_asked("members", asked):
        return {}
    members = defaultdict(list)
    rows = ScimMember.objects.filter(group__in=groups).order_by("pk")
    for group, value, kind, display in rows.values_list("group__scim_id", "value", "type", "display"):
        member = {"value": value, "type": kind, "display": display}
        if kind:
            member["$ref"] = f"{base}/{kind}s/{value}"
        members[group].append({name: text for name, text in member.items() if text})
    return {group: {"members": listed} for group, listed in members.items()}


def _point_to_manager(resource: Person, base: str) -> None:
    enterprise = resource[EnterpriseUser]
    manager = enterprise.manager if enterprise else None
    if manager and manager.value and not manager.ref:
        manager.ref = f"{base}/Users/{manager.value}"
