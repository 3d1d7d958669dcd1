"""What every API route answers with: cursor pages, and refusals as problem+json (RFC 9457)."""

from http import HTTPStatus

from django.core.exceptions import PermissionDenied
from django.core.exceptions import ValidationError as DjangoValidationError
from django.http import Http404
from rest_framework import exceptions
from rest_framework.pagination import CursorPagination
from rest_framework.permissions import AllowAny
from rest_framework.settings import api_settings
from rest_framework.views import APIView, exception_handler

LARGEST_ID = 2**63 - 1


class CursorPages(CursorPagination):
    """Pages in the order of ids, so that what arrives meanwhile neither hides nor repeats a row."""

    ordering = "id"
    page_size_query_param = "page_size"
    max_page_size = 500

    def decode_cursor(self, request):
        cursor = super().decode_cursor(request)
        if cursor is not None and cursor.position is not None:
            is_id = cursor.position.isascii() and cursor.position.isdigit() and int(cursor.position) <= LARGEST_ID
            if not is_id:
                raise exceptions.NotFound("This cursor is not one of ours. Start again without it.")
        return cursor

    def get_paginated_response_schema(self, schema):
        link = {"type": ["string", "null"], "format": "uri", "example": "/api/v1/units/?cursor=cD01MA%3D%3D"}
        return {
            "type": "object",
            "required": ["next", "previous", "results"],
            "properties": {"next": link, "previous": link, "results": schema},
        }


def answer_problem(exc, context):
    """Turns a refusal into problem+json with `title`, `status`, `detail` and, per field, `errors`."""
    exc = as_api_exception(exc)
    response = exception_handler(exc, context)
    if response is None:
        return None
    problem = {"type": "about:blank", "title": HTTPStatus(response.status_code).phrase, "status": response.status_code}
    if isinstance(exc, exceptions.ValidationError):
        errors = exc.detail if isinstance(exc.detail, dict) else {api_settings.NON_FIELD_ERRORS_KEY: exc.detail}
        problem |= {"detail": "Some fields cannot be taken: see errors.", "errors": errors}
    else:
        problem["detail"] = str(exc.detail)
    response.data = problem | getattr(exc, "problem", {})
    response.content_type = "application/problem+json"
    return response


def as_api_exception(exc):
    """Django's own refusals in DRF's terms."""
    if isinstance(exc, Http404):
        return exceptions.NotFound("There is nothing here that you may see.")
    if isinstance(exc, PermissionDenied):
        return exceptions.PermissionDenied(str(exc) or None)
    if isinstance(exc, DjangoValidationError):
        detail = exc.message_dict if hasattr(exc, "error_dict") else exc.messages
        return exceptions.ValidationError(detail)
    return exc


class NoRouteView(APIView):
    """Any address under the API that is none."""

    permission_classes = [AllowAny]
    schema = None

    def initial(self, request, *args, **kwargs):
        super().initial(request, *args, **kwargs)
        raise exceptions.NotFound(f"There is no route {request.path}. The routes are listed at /api/v1/schema/.")
