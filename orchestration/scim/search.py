"""Lists: filter, order and page, over users, groups or both."""

import base64
import binascii
from dataclasses import dataclass

from django.db.models import F, QuerySet
from pydantic import ValidationError
from scim2_models import Context, Group, InvalidCursorException, InvalidValueException, SearchRequest

from orchestration.scim.filters import compile_filter, compile_sort
from orchestration.scim.models import IdentityProvider, ScimResource
from orchestration.scim.read import as_scim_exception
from orchestration.scim.represent import MODELS, read_parameters, represent
from orchestration.scim.resources import DEFAULT_PAGE, LARGEST_PAGE, Person
from orchestration.scim.tidy import refuse_unstorable, tidy_filter

LIST = "urn:ietf:params:scim:api:messages:2.0:ListResponse"
NUMBERS = {"count", "startindex"}
KNOWN = {
    "filter",
    "sortby",
    "sortorder",
    "startindex",
    "count",
    "cursor",
    "attributes",
    "excludedattributes",
    "schemas",
}


@dataclass
class Page:
    total: int
    found: list[ScimResource]
    next_cursor: str | None = None


def search(*, provider: IdentityProvider, tables: list[type[ScimResource]], given: dict, base: str) -> dict:
    """A ListResponse; raises SCIMException with what is wrong in the request."""
    models = [MODELS[table][1] for table in tables]
    bound = models[0] if len(models) == 1 else Person | Group
    request = read_request(given, bound)
    chosen = [(table, _choose(provider, table, request, is_only=len(tables) == 1)) for table in tables]
    page = _page_by_cursor(chosen, request) if request.cursor is not None else _page_by_index(chosen, request)
    answer = {"schemas": [LIST], "totalResults": page.total, "itemsPerPage": len(page.found)}
    if request.cursor is None:
        answer["startIndex"] = request.start_index or 1
    if page.next_cursor:
        answer["nextCursor"] = page.next_cursor
    answer["Resources"] = _represent_in_order(page.found, base, given)
    return answer


def read_request(given: dict, bound) -> SearchRequest:
    """The parameters of a query or the body of a search, whatever the case of their names."""
    asked = {name: value for name, value in given.items() if name.lower() in KNOWN and value is not None}
    refuse_unstorable(asked)
    for name, value in asked.items():
        if name.lower() in NUMBERS and isinstance(value, str) and value.strip():
            asked[name] = _read_number(name, value)
        if name.lower() in ("filter", "sortby") and isinstance(value, str):
            asked[name] = tidy_filter(value)
    asked = {name: value for name, value in asked.items() if value != "" or name.lower() == "cursor"}
    try:
        return SearchRequest[bound].model_validate(asked, scim_ctx=Context.SEARCH_REQUEST)
    except ValidationError as error:
        raise as_scim_exception(error) from error


def _read_number(name: str, text: str) -> int:
    try:
        return max(-1, min(int(text), 2**31))
    except ValueError:
        raise InvalidValueException(detail=f"{name} is {text!r}, not a whole number.") from None


def _choose(provider: IdentityProvider, table, request: SearchRequest, *, is_only: bool) -> QuerySet:
    found, model = table.objects.filter(provider=provider), MODELS[table][1]
    if request.filter:
        found = found.filter(compile_filter(str(request.filter), model, table, strict=is_only))
    return _order(found, model, table, request)


def _order(found: QuerySet, model, table, request: SearchRequest) -> QuerySet:
    """In the order asked for, else as they were created; what has no value comes last, or first if descending."""
    key = compile_sort(request.sort_by, model, table) if request.sort_by else None
    if key is None:
        return found.order_by("pk")
    found = found.annotate(sort_key=key)
    if request.sort_order == SearchRequest.SortOrder.descending:
        return found.order_by(F("sort_key").desc(nulls_first=True), "-pk")
    return found.order_by(F("sort_key").asc(nulls_last=True), "pk")


def _size(request: SearchRequest) -> int:
    return min(DEFAULT_PAGE if request.count is None else request.count, LARGEST_PAGE)


def _page_by_index(chosen: list[tuple], request: SearchRequest) -> Page:
    return _page_at(chosen, (request.start_index or 1) - 1, _size(request))


def _page_at(chosen: list[tuple], start: int, size: int) -> Page:
    """Users, then groups: one stretch over both lists."""
    total, found = 0, []
    for _, rows in chosen:
        own = rows.count()
        first = max(0, start - total)
        if len(found) < size and first < own:
            found += rows[first : first + size - len(found)]
        total += own
    return Page(total, found)


def _page_by_cursor(chosen: list[tuple], request: SearchRequest) -> Page:
    """Keyset pages of one list in the order of creation (RFC 9865); of other lists, places in them."""
    size, is_keyset = _size(request), len(chosen) == 1 and not request.sort_by
    after = read_cursor(request.cursor, "k" if is_keyset else "o") if request.cursor else 0
    if not is_keyset:
        page = _page_at(chosen, after, size)
        at = after + len(page.found)
        page.next_cursor = write_cursor("o", at) if page.found and at < page.total else None
        return page
    _, rows = chosen[0]
    found = list(rows.filter(pk__gt=after)[: size + 1])
    more = len(found) > size
    found = found[:size]
    return Page(rows.count(), found, write_cursor("k", found[-1].pk) if more and found else None)


def write_cursor(form: str, place: int) -> str:
    return base64.urlsafe_b64encode(f"{form}{place}".encode()).decode().rstrip("=")


def read_cursor(cursor: str, form: str) -> int:
    try:
        text = base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)).decode("ascii")
        if text[:1] != form or not text[1:].isdigit() or int(text[1:]) >= 2**63:
            raise ValueError
        return int(text[1:])
    except (ValueError, binascii.Error):
        raise InvalidCursorException(detail="This cursor is not one of this list. Start again without it.") from None


def _represent_in_order(found: list[ScimResource], base: str, given: dict) -> list[dict]:
    """Users and groups each as a set; what is asked of attributes is read for each type by itself."""
    answers = []
    for table in MODELS:
        some = [one for one in found if isinstance(one, table)]
        if some:
            answers += represent(some, base, read_parameters(_by_name(given), MODELS[table][1]))
    return answers


def _by_name(given: dict) -> dict:
    proper = {"attributes": "attributes", "excludedattributes": "excludedAttributes"}
    return {proper[name.lower()]: value for name, value in given.items() if name.lower() in proper}
