"""Bulk: each operation for itself, in an order in which what one refers to is there."""

import json
import re
from collections.abc import Callable

from scim2_models import (
    ConflictException,
    InvalidSyntaxException,
    InvalidValueException,
    PayloadTooLargeException,
    SCIMException,
)

from orchestration.scim.resources import MOST_OPERATIONS

REQUEST = "urn:ietf:params:scim:api:messages:2.0:BulkRequest"
RESPONSE = "urn:ietf:params:scim:api:messages:2.0:BulkResponse"
METHODS = ("POST", "PUT", "PATCH", "DELETE")
_REFERENCE = re.compile(r"bulkId:([\w.~-]+)")


def run_bulk(data, *, base: str, perform: Callable) -> dict:
    """A BulkResponse; `perform(method, path, data, version)` gives (status, location, version) or raises SCIMException.

    Operations that wait for the id of another are done after it. Where two wait for each other, the references of
    the first are put in when the second is there.
    """
    operations, most_errors = _read(data)
    job = _Job(operations, base, perform)
    waiting = list(range(len(operations)))
    while waiting and not job.has_failed_too_often(most_errors):
        place = next((i for i in waiting if job.is_ready(i)), None)
        if place is None:
            place = waiting[0]
            job.part_from_references(place)
        job.do(place)
        waiting.remove(place)
    job.mend()
    return {"schemas": [RESPONSE], "Operations": [job.results[i] for i in sorted(job.results)]}


def _read(data) -> tuple[list, int]:
    if not isinstance(data, dict):
        raise InvalidSyntaxException(detail="The body must be a JSON object.")
    data = {name.lower(): item for name, item in data.items()}
    if REQUEST not in (data.get("schemas") or [REQUEST]):
        raise InvalidSyntaxException(detail=f"schemas must hold {REQUEST}.")
    operations, most = data.get("operations"), data.get("failonerrors")
    if not isinstance(operations, list) or not all(isinstance(one, dict) for one in operations):
        raise InvalidSyntaxException(detail="Operations must be a list of objects.")
    if len(operations) > MOST_OPERATIONS:
        raise PayloadTooLargeException(
            detail=f"{len(operations)} operations exceed the maxOperations ({MOST_OPERATIONS})."
        )
    if most is not None and (not isinstance(most, int) or isinstance(most, bool) or most < 0):
        raise InvalidValueException(detail="failOnErrors must be a whole number.")
    return [{name.lower(): item for name, item in one.items()} for one in operations], most or 0


class _Job:
    """The operations under way: ids by bulkId, results by place, references that are still to be put in."""

    def __init__(self, operations: list[dict], base: str, perform: Callable):
        self.operations, self.base, self.perform = operations, base, perform
        self.ids: dict[str, str] = {}
        self.results: dict[int, dict] = {}
        self.parted: list[tuple[int, dict]] = []
        self.errors = 0
        self.references = [_find_references([one.get("path"), one.get("data")]) for one in operations]
        self.coming = {one.get("bulkid") for one in operations if isinstance(one.get("bulkid"), str)}

    def has_failed_too_often(self, most: int) -> bool:
        return bool(most) and self.errors >= most

    def is_ready(self, place: int) -> bool:
        """Nothing it names is still to come; what never comes is found out when it is done."""
        own = self.operations[place].get("bulkid")
        return all(bulk_id == own for bulk_id in self.references[place] & self.coming)

    def part_from_references(self, place: int) -> None:
        """Takes members and manager that wait in a circle out of a POST, to be put in at the end."""
        one = self.operations[place]
        if one.get("method") == "POST" and isinstance(one.get("data"), dict):
            open_ids = self.references[place] - self.ids.keys()
            self.operations[place] = {**one, "data": _without(one["data"], open_ids)}
            self.parted.append((place, one["data"]))

    def do(self, place: int) -> None:
        one = self.operations[place]
        method, bulk_id = one.get("method"), one.get("bulkid")
        result = {"method": method if isinstance(method, str) else None, "bulkId": bulk_id}
        try:
            _check(one)
            path, data = self._fill(one["path"]), self._fill(one.get("data"))
            if method != "POST":
                result["location"] = self.base + "/" + path.strip("/")
            status, location, version = self.perform(method.upper(), path, data, one.get("version"))
            result |= {"location": location, "version": version, "status": str(status)}
            if isinstance(bulk_id, str) and location:
                self.ids[bulk_id] = location.rpartition("/")[2]
        except SCIMException as refusal:
            self._fail(result, refusal)
        self.coming.discard(bulk_id if isinstance(bulk_id, str) else None)
        self.results[place] = {name: value for name, value in result.items() if value is not None}

    def mend(self) -> None:
        """Puts in what was parted, now that all ids are known."""
        for place, whole in self.parted:
            result = self.results.get(place, {})
            if "location" not in result or "response" in result:
                continue
            try:
                path = result["location"].removeprefix(self.base)
                _, _, version = self.perform("PUT", path, self._fill(whole), None)
                result["version"] = version
            except SCIMException as refusal:
                self._fail(result, refusal)

    def _fail(self, result: dict, refusal: SCIMException) -> None:
        self.errors += 1
        error = refusal.to_error()
        result |= {"status": str(error.status), "response": error.model_dump()}

    def _fill(self, value):
        """The value with ids in place of `bulkId:...`; raises ConflictException for one that never came."""
        if isinstance(value, dict):
            return {name: self._fill(item) for name, item in value.items()}
        if isinstance(value, list):
            return [self._fill(item) for item in value]
        if not isinstance(value, str) or "bulkId:" not in value:
            return value
        return _REFERENCE.sub(lambda found: self._id_of(found[1]), value)

    def _id_of(self, bulk_id: str) -> str:
        if bulk_id not in self.ids:
            raise ConflictException(detail=f"bulkId:{bulk_id} names no operation of this request that succeeded.")
        return self.ids[bulk_id]


def _find_references(value) -> set[str]:
    return set(_REFERENCE.findall(json.dumps(value)))


def _check(one: dict) -> None:
    method, path = one.get("method"), one.get("path")
    if not isinstance(method, str) or method.upper() not in METHODS:
        raise InvalidSyntaxException(detail=f"method must be one of {', '.join(METHODS)}.")
    if not isinstance(path, str) or not path:
        raise InvalidSyntaxException(detail="path is required: as /Users, or /Users/<id>.")
    if method.upper() == "POST" and not (isinstance(one.get("bulkid"), str) and one["bulkid"]):
        raise InvalidSyntaxException(detail="bulkId is required for POST.")
    if method.upper() != "DELETE" and not isinstance(one.get("data"), dict):
        raise InvalidSyntaxException(detail="data is required for POST, PUT and PATCH.")


def _without(value, bulk_ids: set[str]):
    """The value without the objects that name one of these ids."""

    def names_one(item) -> bool:
        text = item.get("value") if isinstance(item, dict) else item
        return isinstance(text, str) and bool(set(_REFERENCE.findall(text)) & bulk_ids)

    if isinstance(value, dict):
        return {name: _without(item, bulk_ids) for name, item in value.items() if not names_one(item)}
    if isinstance(value, list):
        return [_without(item, bulk_ids) for item in value if not names_one(item)]
    return value
