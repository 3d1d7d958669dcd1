"""What identity providers send beside the standard, brought to it before it is read.

Entra and Okta are known for: `True` as text, a URN with a point before the attribute, a manager as bare id,
a single value in a list of one.
"""

import re

from scim2_models import InvalidSyntaxException, InvalidValueException, Path, SCIMException

# `...:enterprise:2.0:User.manager` means `...:enterprise:2.0:User:manager`.
_POINT_AFTER_URN = re.compile(r"^(urn:ietf:params:scim:schemas:[\w:]+:2\.0:(?:User|Group))\.(?=\w)", re.IGNORECASE)
_BOOLEAN_AS_TEXT = re.compile(r'\b(primary|active)(\s+(?:eq|ne)\s+)"(true|false)"', re.IGNORECASE)
_UNSTORABLE = re.compile("[\x00\ud800-\udfff]")


def refuse_unstorable(value, path: str = "") -> None:
    """Raises InvalidValueException for text that no database keeps: NUL and half characters."""
    if isinstance(value, str) and _UNSTORABLE.search(value):
        raise InvalidValueException(detail=f"{path or 'A value'} holds characters that cannot be kept. Remove them.")
    if isinstance(value, dict):
        for name, item in value.items():
            refuse_unstorable(name, path)
            refuse_unstorable(item, f"{path}.{name}".lstrip("."))
    if isinstance(value, list):
        for item in value:
            refuse_unstorable(item, path)


def tidy_filter(text: str) -> str:
    """`primary eq "True"` means `primary eq true`."""
    return _BOOLEAN_AS_TEXT.sub(lambda m: f"{m[1]}{m[2]}{m[3].lower()}", _POINT_AFTER_URN.sub(r"\1:", text))


def tidy_operations(operation, model) -> list[dict]:
    """One operation of a PATCH as the standard would have it: several, where keys of its value are filtered paths."""
    if not isinstance(operation, dict):
        raise InvalidSyntaxException(detail="Each of Operations must be an object.")
    tidied = {name.lower(): item for name, item in operation.items()}
    path = tidied.get("path")
    if isinstance(path, str) and path.strip():
        tidied["path"] = tidy_filter(path.strip())
        if "value" in tidied:
            tidied["value"] = _tidy_value(tidied["path"], tidied["value"], model)
    elif path is None or path == "":
        tidied.pop("path", None)
        if isinstance(tidied.get("value"), dict):
            return _part_by_path(tidied, model)
    if str(tidied.get("op", "")).lower() == "remove" and tidied.get("value") in (None, "", []):
        tidied.pop("value", None)
    return [tidied]


def _part_by_path(operation: dict, model) -> list[dict]:
    """Keys such as `emails[type eq "work"].value` become operations with that path."""
    value = {name: item for name, item in operation["value"].items() if name.lower() != "meta"}
    plain = {name: item for name, item in value.items() if "[" not in name}
    first = [{**operation, "value": _tidy_object(plain, model)}] if plain or len(plain) == len(value) else []
    rest = [{**operation, "path": name, "value": item} for name, item in value.items() if "[" in name]
    return first + [one for operation in rest for one in tidy_operations(operation, model)]


def tidy_resource(data, model):
    """A resource as the standard would have it."""
    return _tidy_object(data, model) if isinstance(data, dict) else data


def _tidy_object(value: dict, model) -> dict:
    tidied = {}
    for name, item in value.items():
        name = tidy_filter(name)
        if isinstance(item, dict) and name.lower().startswith("urn:"):
            tidied[name] = {key: _tidy_value(f"{name}:{key}", inner, model) for key, inner in item.items()}
        else:
            tidied[name] = _tidy_value(name, item, model)
    return tidied


def _tidy_value(path: str, value, model):
    """A bare id for the manager becomes an object; a list of one becomes what it holds where one is asked for."""
    binding = _find(path, model)
    if binding is None:
        return value
    if binding.field_name == "manager" and binding.sub_field_name is None and isinstance(value, str):
        return {"value": value} if value else None
    is_list = binding.is_multivalued or binding.target_is_multivalued
    if isinstance(value, list) and len(value) == 1 and not is_list:
        only = value[0]
        holds_value = isinstance(only, dict) and "value" in only and binding.target_type in (str, bool)
        return only["value"] if holds_value else only
    return value


def _find(path: str, model):
    try:
        return Path[model](path).resolve()
    except (SCIMException, ValueError):  # what is wrong with the path is said when it is read
        return None
