"""Reading what a client sends, and keeping it."""

from pydantic import ValidationError
from scim2_models import Context, InvalidSyntaxException, InvalidValueException, PatchOp, Resource, SCIMException
from scim2_models import Error as ScimError

from orchestration.scim.resources import PATCHING, PATCHING_ONE_VALUE, READING
from orchestration.scim.tidy import refuse_unstorable, tidy_operations, tidy_resource

NOT_KEPT = {"id", "meta", "groups", "password"}  # ours to say, or nobody's to know
LONGEST = 400
WITH_LIMIT = ("user_name", "display_name", "external_id")


def read_resource(data, model: type[Resource], context: Context) -> Resource:
    """A resource of a POST or PUT; raises SCIMException with what is wrong."""
    data = _checked(data)
    schemas = next((item for name, item in data.items() if name.lower() == "schemas"), None)
    if schemas and str(model.__schema__).lower() not in str(schemas).lower():
        raise InvalidSyntaxException(detail=f"schemas must hold {model.__schema__}.")
    resource = _validate(model, tidy_resource(data, model), context)
    check_lengths(resource)
    return resource


def apply_patch(data, before: Resource) -> Resource:
    """The resource after a PATCH, all operations applied to a copy; raises SCIMException with what is wrong."""
    model, after = type(before), before.model_copy(deep=True)
    data = {name.lower(): item for name, item in _checked(data).items()}
    operations = data.get("operations")
    if not isinstance(operations, list) or not operations:
        raise InvalidSyntaxException(detail="Operations must be a list of one or more operations.")
    if str(PatchOp.__schema__) not in (data.get("schemas") or [str(PatchOp.__schema__)]):
        raise InvalidSyntaxException(detail=f"schemas must hold {PatchOp.__schema__}.")
    for operation in operations:
        for tidied in tidy_operations(operation, model):
            _apply_operation(after, tidied, model)
    check_lengths(after)
    return after


def _apply_operation(resource: Resource, operation: dict, model: type[Resource]) -> None:
    # Where the path goes on to one attribute of an entry, as Entra writes it, the entry is made if it is not there.
    names_one_value = "]." in str(operation.get("path"))
    with PATCHING_ONE_VALUE if names_one_value else PATCHING:
        patch = _validate(PatchOp[model], {"Operations": [operation]}, Context.RESOURCE_PATCH_REQUEST)
        patch.patch(resource)


def _checked(data) -> dict:
    if not isinstance(data, dict):
        raise InvalidSyntaxException(detail="The body must be a JSON object.")
    refuse_unstorable(data)
    return data


def _validate(model, data, context: Context):
    policy = READING if context != Context.RESOURCE_PATCH_REQUEST else None
    try:
        return model.model_validate(data, scim_ctx=context, scim_policy=policy)
    except ValidationError as error:
        raise as_scim_exception(error) from error


def as_scim_exception(error: ValidationError) -> SCIMException:
    """The first of the errors, with the words of all."""
    errors = ScimError.from_validation_errors(error)
    details = list(dict.fromkeys(one.detail for one in errors if one.detail))
    first = errors[0].model_copy(update={"detail": "; ".join(details[:5])})
    return SCIMException.from_error(first)


def check_lengths(resource: Resource) -> None:
    for field in WITH_LIMIT:
        value = getattr(resource, field, None)
        if value is not None and len(value) > LONGEST:
            raise InvalidValueException(detail=f"{field} has {len(value)} characters; at most {LONGEST} are taken.")
    name = getattr(resource, "user_name", "given")
    if name is not None and not name.strip():
        raise InvalidValueException(detail="userName is empty. Fill it in.")


def dump_resource(resource: Resource) -> dict:
    """What is kept of a resource: all but what is ours to say, and never a password."""
    dumped = resource.model_dump(scim_ctx=Context.DEFAULT, scim_policy=READING)
    return {name: value for name, value in dumped.items() if name not in NOT_KEPT}


def open_resource(kept: dict, model: type[Resource], scim_id: str) -> Resource:
    """A kept resource as it is changed."""
    return model.model_validate({**kept, "id": scim_id}, scim_policy=READING)
