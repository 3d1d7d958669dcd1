"""What the API routes of every room share: who may call, which fields they get, how lists are filtered."""

import difflib
import hashlib
import json
from datetime import timedelta

import django_filters
from django import forms
from django.db import transaction
from django.utils import timezone
from django_filters.rest_framework import DjangoFilterBackend
from rest_framework import permissions, serializers, status
from rest_framework.exceptions import APIException, ValidationError
from rest_framework.response import Response

from workforce.accounts.models import IdempotencyKey
from workforce.accounts.permissions import require

LARGEST_ID = 2**63 - 1
PAGING = {"cursor", "page_size", "fields", "format"}
KEYS_KEPT = timedelta(days=7)


class KeyReused(APIException):
    status_code = status.HTTP_422_UNPROCESSABLE_ENTITY
    default_code = "idempotency_key_reused"
    default_detail = "This Idempotency-Key was used for another request."


def may(permission: str) -> type[permissions.BasePermission]:
    """A DRF permission: signed in, and one of the roles carries the permission."""

    class May(permissions.BasePermission):
        def has_permission(self, request, view):
            if not request.user.is_authenticated:
                return False
            require(request.user, permission)
            return True

    return May


def suggest(word: str, known) -> str:
    """` Did you mean x?`, or what is known."""
    close = difflib.get_close_matches(word, known, n=1, cutoff=0.6)
    return f" Did you mean {close[0]}?" if close else f" Known are: {', '.join(sorted(known))}."


class SparseSerializer(serializers.ModelSerializer):
    """Answers the fields asked for by `?fields=a,b`; fields of `guarded` only to those with the permission."""

    guarded: dict[str, str] = {}

    def get_fields(self):
        fields = super().get_fields()
        request, view = self.context.get("request"), self.context.get("view")
        if request is None or getattr(view, "swagger_fake_view", False):
            return fields
        fields = {name: field for name, field in fields.items() if self._is_open(name, request.user)}
        wanted = request.query_params.get("fields") if self._is_outermost() and request.method == "GET" else None
        return pick_fields(fields, wanted) if wanted else fields

    def _is_open(self, name: str, user) -> bool:
        return name not in self.guarded or user.may(self.guarded[name])

    def _is_outermost(self) -> bool:
        return self.root is self or self.root is self.parent


def pick_fields(fields: dict, wanted: str) -> dict:
    names = [name.strip() for name in wanted.split(",") if name.strip()]
    for name in names:
        if name not in fields:
            raise ValidationError({"fields": [f"There is no field {name} that you may see.{suggest(name, fields)}"]})
    return {name: fields[name] for name in fields if name in names}


class StrictSerializer(SparseSerializer):
    """Takes no field it does not know."""

    def to_internal_value(self, data):
        if isinstance(data, dict):
            known = [name for name, field in self.fields.items() if not field.read_only]
            unknown = {n: [f"This field cannot be set.{suggest(n, known)}"] for n in data if n not in known}
            if unknown:
                raise ValidationError(unknown)
        return super().to_internal_value(data)


class IdFilter(django_filters.Filter):
    """By the id of another record; an id that is not there gives an empty list."""

    field_class = forms.IntegerField

    def __init__(self, *args, **kwargs):
        super().__init__(*args, min_value=1, max_value=LARGEST_ID, **kwargs)


class KnownFilters(DjangoFilterBackend):
    """Filters, and refuses parameters that are none, so that a misspelt filter never means `everything`."""

    def filter_queryset(self, request, queryset, view):
        filterset_class = self.get_filterset_class(view, queryset)
        known = PAGING | set(getattr(view, "extra_parameters", ()))
        known |= set(filterset_class.base_filters) if filterset_class else set()
        for name in request.query_params:
            if name not in known:
                raise ValidationError({name: [f"There is no such parameter.{suggest(name, known)}"]})
        return super().filter_queryset(request, queryset, view)


def answer_once(request, create) -> Response:
    """The answer of `create()`; with an `Idempotency-Key` seen before, the first answer again, doing nothing."""
    key = request.headers.get("Idempotency-Key", "")
    if not key:
        return create()
    if len(key) > 200:
        raise ValidationError({"Idempotency-Key": ["At most 200 characters."]})
    asked = json.dumps([request.method, request.path, request.data], sort_keys=True, default=str)
    request_hash = hashlib.sha256(asked.encode()).hexdigest()
    with transaction.atomic():
        # A second request with the same key waits here until the first has ended.
        row, is_new = IdempotencyKey.objects.get_or_create(
            user=request.user, key=key, defaults={"request_hash": request_hash, "answer": None}
        )
        if not is_new:
            if row.request_hash != request_hash:
                raise KeyReused("This Idempotency-Key was used for another request. Take a new key.")
            return Response(row.answer, status=row.status, headers={"Idempotency-Replayed": "true"})
        IdempotencyKey.objects.filter(user=request.user, created_at__lt=timezone.now() - KEYS_KEPT).delete()
        response = create()
        row.answer, row.status = response.data, response.status_code
        row.save()
    return response
