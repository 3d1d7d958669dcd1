"""What every API route shares: cursor pages and refusals as problem+json (RFC 9457)."""

from django.core.exceptions import PermissionDenied
from django.http import Http404
from rest_framework import exceptions
from rest_framework.pagination import CursorPagination
from rest_framework.views import exception_handler


class CursorPages(CursorPagination):
    ordering = "id"
    page_size_query_param = "page_size"
    max_page_size = 500


def answer_problem(exc, context):
    """Turns a refusal into problem+json with `title`, `status`, `detail` and, per field, `errors`."""
    if isinstance(exc, Http404):
        exc = exceptions.NotFound("There is nothing here that you may see.")
    elif isinstance(exc, PermissionDenied):
        exc = exceptions.PermissionDenied(str(exc) or None)
    response = exception_handler(exc, context)
    if response is None:
        return None
    problem = {"type": "about:blank", "title": exc.default_detail, "status": response.status_code}
    if isinstance(exc, exceptions.ValidationError):
        problem |= {"title": "Some fields cannot be taken.", "errors": exc.detail}
    else:
        problem["detail"] = str(exc.detail)
    response.data = problem
    response.content_type = "application/problem+json"
    return response
