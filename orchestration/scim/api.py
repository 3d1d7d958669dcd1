"""/scim/v2/: RFC 7644 over HTTP. A SCIM token reads and writes what its own provider put, and nothing else."""

import uuid
from contextlib import contextmanager

from django.core.exceptions import RequestDataTooBig
from django.db import IntegrityError, transaction
from django.http import Http404
from rest_framework import exceptions
from rest_framework.parsers import JSONParser
from rest_framework.permissions import IsAuthenticated
from rest_framework.renderers import JSONRenderer
from rest_framework.response import Response
from rest_framework.views import APIView, set_rollback
from scim2_models import (
    Context,
    ForbiddenException,
    InvalidPathException,
    NotFoundException,
    NotImplementedException,
    PayloadTooLargeException,
    PreconditionFailedException,
    SCIMException,
    UniquenessException,
)
from scim2_models import Error as ScimError

from orchestration.scim import groups, users
from orchestration.scim.bulk import run_bulk
from orchestration.scim.models import IdentityProvider, ScimGroup, ScimResource, ScimUser
from orchestration.scim.represent import MODELS, locate, read_parameters, represent
from orchestration.scim.resources import CONFIG, LARGEST_PAGE, LARGEST_PAYLOAD, PROVIDER
from orchestration.scim.search import LIST, search
from orchestration.scim.tokens import ScimAuthentication

MEDIA_TYPE = "application/scim+json"
TABLES = {"Users": ScimUser, "Groups": ScimGroup}
VERBS = {
    ScimUser: (users.create_user, users.replace_user, users.patch_user, users.delete_user, "user"),
    ScimGroup: (groups.create_group, groups.replace_group, groups.patch_group, groups.delete_group, "group"),
}


class ScimParser(JSONParser):
    media_type = MEDIA_TYPE


class ScimRenderer(JSONRenderer):
    media_type = MEDIA_TYPE


class ScimView(APIView):
    """What all routes share: tokens, media types, and refusals as SCIM errors with a request id."""

    authentication_classes = [ScimAuthentication]
    permission_classes = [IsAuthenticated]
    parser_classes = [ScimParser, JSONParser]
    renderer_classes = [ScimRenderer, JSONRenderer]
    schema = None

    @property
    def base(self) -> str:
        return self.request.build_absolute_uri("/scim/v2")

    @property
    def provider(self):
        return self.request.auth.provider

    def read_body(self):
        """The JSON that was sent, whatever it is; raises SCIMException where it cannot be read."""
        if not int(self.request.META.get("CONTENT_LENGTH") or 0):
            raise exceptions.ParseError("It is empty.")
        try:
            return self.request.data
        except RequestDataTooBig:
            raise PayloadTooLargeException(detail="The body is larger than is taken here.") from None
        except RecursionError:
            raise exceptions.ParseError("The JSON is nested too deeply.") from None

    def handle_exception(self, exc):
        error = as_error(exc)
        if error is None:
            return super().handle_exception(exc)
        set_rollback()
        response = Response(error.model_dump(), status=error.status)
        if error.status == 401:
            response["WWW-Authenticate"] = self.get_authenticate_header(self.request)
        if wait := getattr(exc, "wait", None):
            response["Retry-After"] = str(int(wait) + 1)
        response.exception = True
        return response

    def finalize_response(self, request, response, *args, **kwargs):
        given = request.headers.get("X-Request-Id", "")
        is_usable = given.isascii() and given.isprintable() and 0 < len(given) <= 100
        response["X-Request-Id"] = given if is_usable else str(uuid.uuid4())
        return super().finalize_response(request, response, *args, **kwargs)


def as_error(exc: Exception) -> ScimError | None:
    """A refusal in the terms of RFC 7644 section 3.12; None for a fault of our own."""
    if isinstance(exc, SCIMException):
        return exc.to_error()
    if isinstance(exc, IntegrityError):
        return UniquenessException(detail="Another request wrote the same userName first.").to_error()
    if isinstance(exc, Http404):
        return NotFoundException().to_error()
    if isinstance(exc, exceptions.ParseError):
        return ScimError(status=400, scim_type="invalidSyntax", detail=f"The body is not JSON. {exc.detail}")
    if isinstance(exc, exceptions.NotAuthenticated):
        return ScimError(status=401, detail="Send a SCIM token: Authorization: Bearer ens_scim_...")
    if isinstance(exc, exceptions.APIException):
        return ScimError(status=exc.status_code, detail=str(exc.detail))
    return None


class ResourcesView(ScimView):
    """/Users and /Groups."""

    def get(self, request, noun: str):
        return Response(
            search(provider=self.provider, tables=[TABLES[noun]], given=read_query(request), base=self.base)
        )

    def post(self, request, noun: str):
        table = TABLES[noun]
        asked = read_parameters(request.query_params, MODELS[table][1])
        data = self.read_body()
        with writing(self.provider):
            one = VERBS[table][0](provider=self.provider, data=data, by=request.user)
        return answer_one(one, self.base, asked, status=201)


class ResourceView(ScimView):
    """/Users/<id> and /Groups/<id>."""

    def get(self, request, noun: str, scim_id: str):
        one = find_one(self.provider, noun, scim_id)
        asked = read_parameters(request.query_params, MODELS[type(one)][1])
        if is_named(request.headers.get("If-None-Match"), one.etag):
            return Response(status=304, headers={"ETag": one.etag})
        return answer_one(one, self.base, asked)

    def put(self, request, noun: str, scim_id: str):
        return self._change(request, noun, scim_id, place=1)

    def patch(self, request, noun: str, scim_id: str):
        return self._change(request, noun, scim_id, place=2)

    def delete(self, request, noun: str, scim_id: str):
        with writing(self.provider):
            one = find_one(self.provider, noun, scim_id)
            check_version(one, request.headers)
            VERBS[type(one)][3](**{VERBS[type(one)][4]: one}, by=request.user)
        return Response(status=204)

    def _change(self, request, noun: str, scim_id: str, *, place: int):
        asked = read_parameters(request.query_params, MODELS[TABLES[noun]][1])
        with writing(self.provider):
            one = find_one(self.provider, noun, scim_id)
            check_version(one, request.headers)
            VERBS[type(one)][place](**{VERBS[type(one)][4]: one}, data=self.read_body(), by=request.user)
        if (
            request.method == "PATCH"
            and noun == "Groups"
            and one.members.count() > LARGEST_PAGE
            and not asked.attributes
        ):
            return Response(status=204, headers={"Location": locate(one, self.base), "ETag": one.etag})
        return answer_one(one, self.base, asked)


class SearchView(ScimView):
    """POST /Users/.search, /Groups/.search and /.search: a query too long or too private for an address."""

    def post(self, request, noun: str = ""):
        tables = [TABLES[noun]] if noun else list(TABLES.values())
        given = self.read_body()
        if not isinstance(given, dict):
            raise exceptions.ParseError("It must be an object.")
        return Response(search(provider=self.provider, tables=tables, given=given, base=self.base))


class RootView(ScimView):
    """GET /scim/v2/: users and groups in one list."""

    def get(self, request):
        found = search(provider=self.provider, tables=list(TABLES.values()), given=read_query(request), base=self.base)
        return Response(found)


class BulkView(ScimView):
    def post(self, request):
        if int(request.META.get("CONTENT_LENGTH") or 0) > LARGEST_PAYLOAD:
            raise PayloadTooLargeException(
                detail=f"The size of the bulk operation exceeds the maxPayloadSize ({LARGEST_PAYLOAD})."
            )
        return Response(run_bulk(self.read_body(), base=self.base, perform=self._perform))

    def _perform(self, *operation):
        """One operation as its own request would be: (status, location, version)."""
        try:
            with writing(self.provider):
                return self._perform_alone(*operation)
        except IntegrityError as error:
            raise SCIMException.from_error(as_error(error)) from error

    def _perform_alone(self, method: str, path: str, data, version: str | None):
        noun, _, scim_id = path.strip("/").partition("/")
        if noun not in TABLES or (method == "POST") == bool(scim_id):
            raise InvalidPathException(detail=f"{method} {path} is no operation of a bulk request.")
        create, *change, delete, role = VERBS[TABLES[noun]]
        if method == "POST":
            one = create(provider=self.provider, data=data, by=self.request.user)
            return 201, locate(one, self.base), one.etag
        one = find_one(self.provider, noun, scim_id)
        check_version(one, {"If-Match": version} if version else {})
        if method == "DELETE":
            location = locate(one, self.base)
            delete(**{role: one}, by=self.request.user)
            return 204, location, None
        change[method == "PATCH"](**{role: one}, data=data, by=self.request.user)
        return 200, locate(one, self.base), one.etag


class MeView(ScimView):
    def initial(self, request, *args, **kwargs):
        super().initial(request, *args, **kwargs)
        raise NotImplementedException(
            detail="A token stands for an identity provider, not for a User, so that /Me names nobody."
        )


class ConfigView(ScimView):
    def get(self, request):
        return Response(describe(CONFIG, f"{self.base}/ServiceProviderConfig"))


class DescriptionsView(ScimView):
    """/Schemas and /ResourceTypes, all or one."""

    def get(self, request, noun: str, name: str = ""):
        if "filter" in request.query_params:
            raise ForbiddenException(detail=f"{noun} cannot be filtered. Leave the filter out.")
        found = PROVIDER.schemas if noun == "Schemas" else PROVIDER.resource_types
        described = [describe(one, f"{self.base}/{noun}/{one.id}") for one in found]
        if name:
            return Response(
                next((one for one in described if one["id"].lower() == name.lower()), None) or not_found(name)
            )
        total = len(described)
        return Response(
            {"schemas": [LIST], "totalResults": total, "itemsPerPage": total, "startIndex": 1, "Resources": described}
        )


class NoRouteView(ScimView):
    def initial(self, request, *args, **kwargs):
        super().initial(request, *args, **kwargs)
        not_found(request.path)


@contextmanager
def writing(provider: IdentityProvider):
    """A transaction in which nobody else writes for this provider, so that versions hold what they promise."""
    with transaction.atomic():
        IdentityProvider.objects.select_for_update().get(pk=provider.pk)
        yield


def read_query(request) -> dict:
    return {name: request.query_params[name] for name in request.query_params}


def describe(resource, location: str) -> dict:
    dumped = resource.model_dump(scim_ctx=Context.RESOURCE_QUERY_RESPONSE)
    return dumped | {"meta": {"resourceType": type(resource).__name__, "location": location}}


def not_found(what: str):
    raise NotFoundException(detail=f"Resource {what} not found")


def find_one(provider, noun: str, scim_id: str) -> ScimResource:
    """The user or group of this provider with the id; raises NotFoundException."""
    found = TABLES[noun].objects.filter(provider=provider, scim_id=scim_id).select_related("provider__source")
    if noun == "Users":
        found = found.select_related("provider__source", "provider__user", "record__source", "record__run")
    return found.first() or not_found(scim_id)


def answer_one(one: ScimResource, base: str, asked, *, status: int = 200) -> Response:
    (body,) = represent([one], base, asked, created=status == 201)
    return Response(body, status=status, headers={"Location": locate(one, base), "ETag": one.etag})


def check_version(one: ScimResource, headers) -> None:
    """Raises PreconditionFailedException unless the resource is the one the client has seen."""
    wanted, unwanted = headers.get("If-Match"), headers.get("If-None-Match")
    if (wanted and not is_named(wanted, one.etag)) or is_named(unwanted, one.etag):
        raise PreconditionFailedException(detail="Failed to update. Resource changed on the server.")


def is_named(header: str | None, etag: str) -> bool:
    """Whether the list of entity tags names this one; weak and strong compare alike, as both are ours."""
    names = [name.strip().removeprefix("W/") for name in (header or "").replace("\\/", "/").split(",")]
    return "*" in names or etag.removeprefix("W/") in names
