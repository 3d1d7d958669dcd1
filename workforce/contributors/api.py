"""/api/v1/contributors/"""

from datetime import date

import django_filters
from drf_spectacular.utils import OpenApiExample, OpenApiParameter, extend_schema, extend_schema_serializer
from rest_framework import serializers, status
from rest_framework.exceptions import APIException
from rest_framework.pagination import BasePagination
from rest_framework.response import Response
from rest_framework.utils.urls import replace_query_param
from rest_framework.viewsets import ReadOnlyModelViewSet

from workforce.accounts.api import IdFilter, SparseSerializer, may
from workforce.accounts.permissions import Permission
from workforce.contributors.models import AgentProfile, Contributor
from workforce.contributors.query import QueryError, apply_query
from workforce.contributors.search import in_order, search_contributors
from workforce.contributors.views import listed_for
from workforce.ledger.as_of import read_day, registry_as_of

CONFIDENTIAL = ("national_id", "tax_id", "bank_account")
AS_OF = OpenApiParameter("as_of", date, description="As the registry knew it at the end of this day (UTC)")


class QueryRefused(APIException):
    """A query that cannot be read; `problem` joins the answer."""

    status_code = status.HTTP_400_BAD_REQUEST
    default_code = "query_refused"
    default_detail = "The query cannot be read."

    def __init__(self, error: QueryError):
        super().__init__(str(error))
        self.problem = {
            "errors": {"q": [error.message]},
            "line": error.line,
            "column": error.column,
            "suggestion": error.suggestion,
        }


class AgentProfileSerializer(serializers.ModelSerializer):
    class Meta:
        model = AgentProfile
        fields = ["provider", "version", "model", "description", "url"]


@extend_schema_serializer(
    examples=[
        OpenApiExample(
            "An AI agent",
            value={
                "id": 42,
                "kind": "ai_agent",
                "name": "Berth planner",
                "status": "active",
                "unit": 3,
                "unit_name": "Quay",
                "owner": 7,
                "country": "DE",
                "weekly_hours": None,
                "skills": ["Scheduling"],
                "agent_profile": {"provider": "Harbour IT", "version": "2.1", "model": "planner-2"},
            },
            response_only=True,
        )
    ]
)
class ContributorSerializer(SparseSerializer):
    guarded = dict.fromkeys(("birth_date", "street", "postcode", *CONFIDENTIAL), Permission.CONTRIBUTOR_VIEW_IDENTITY)
    unit_name = serializers.CharField(source="unit.name", default=None, allow_null=True, read_only=True)
    supplier_name = serializers.CharField(source="supplier.name", default=None, allow_null=True, read_only=True)
    location = serializers.CharField(source="location.name", default=None, allow_null=True, read_only=True)
    cost_centre = serializers.CharField(source="cost_centre.code", default=None, allow_null=True, read_only=True)
    skills = serializers.SlugRelatedField("name", many=True, read_only=True)
    agent_profile = AgentProfileSerializer(read_only=True, allow_null=True)

    class Meta:
        model = Contributor
        fields = [
            "id",
            "kind",
            "name",
            "given_name",
            "family_name",
            "email",
            "phone",
            "title",
            "status",
            "unit",
            "unit_name",
            "supplier",
            "supplier_name",
            "manager",
            "owner",
            "location",
            "cost_centre",
            "country",
            "region",
            "city",
            "street",
            "postcode",
            "birth_date",
            *CONFIDENTIAL,
            "start_date",
            "end_date",
            "weekly_hours",
            "skills",
            "agent_profile",
            "merged_into",
        ]


class ContributorFilter(django_filters.FilterSet):
    unit = IdFilter()
    supplier = IdFilter()
    owner = IdFilter()
    manager = IdFilter()
    skill = django_filters.CharFilter(field_name="skills__slug", lookup_expr="iexact")

    class Meta:
        model = Contributor
        fields = ["kind", "status", "country", "email", "unit", "supplier", "owner", "manager", "skill"]


class FoundPages(BasePagination):
    """Pages of what a search found, best first; a cursor is the place in that order."""

    size, largest_size = 50, 500

    def paginate_queryset(self, queryset, request, view=None):
        self.address = request.build_absolute_uri()
        self.start = self.read(request, "cursor", 0)
        self.page_size = min(self.read(request, "page_size", self.size) or self.size, self.largest_size)
        self.total = len(view.found_ids)
        return in_order(queryset, view.found_ids[self.start : self.start + self.page_size])

    def read(self, request, name: str, otherwise: int) -> int:
        text = request.query_params.get(name, "")
        return int(text) if text.isascii() and text.isdigit() and len(text) < 6 else otherwise

    def get_paginated_response(self, data):
        after, before = self.start + self.page_size, max(0, self.start - self.page_size)
        has_more, is_later = after < self.total, self.start > 0
        link = {
            "next": replace_query_param(self.address, "cursor", after) if has_more else None,
            "previous": replace_query_param(self.address, "cursor", before) if is_later else None,
        }
        return Response({**link, "results": data})


class ContributorViewSet(ReadOnlyModelViewSet):
    """Anyone and anything that does work. A record merged into another is listed under that one."""

    permission_classes = [may(Permission.CONTRIBUTOR_VIEW)]
    queryset = Contributor.objects.none()
    serializer_class = ContributorSerializer
    filterset_class = ContributorFilter
    extra_parameters = ("q", "search", "as_of")
    found_ids: list[int] | None = None

    def asked_day(self):
        """The day that `?as_of=` names; None is now."""
        return read_day(self.request.query_params.get("as_of", ""))

    @property
    def paginator(self):
        if not hasattr(self, "_paginator") and self.found_ids is not None:
            self._paginator = FoundPages()
        return super().paginator

    def get_queryset(self):
        user = self.request.user
        found = Contributor.objects.visible_to(user) if self.detail else listed_for(user)
        if not self.request.user.may(Permission.CONTRIBUTOR_VIEW_IDENTITY):
            found = found.defer(*CONFIDENTIAL)
        return found.select_related(
            "unit", "supplier", "location", "cost_centre", "agent_profile"
        ).prefetch_related("skills")  # fmt: skip

    def filter_queryset(self, queryset):
        queryset = super().filter_queryset(queryset)
        if self.detail:
            return queryset
        try:
            queryset = apply_query(queryset.canonical(), self.request.query_params.get("q", ""), today=self.asked_day())
        except QueryError as error:
            raise QueryRefused(error) from error
        words = self.request.query_params.get("search", "")
        if words.strip():
            self.found_ids = search_contributors(queryset, words, user=self.request.user)
        return queryset

    @extend_schema(
        parameters=[
            OpenApiParameter("q", str, description='The query language: `kind = "ai_agent" and owner = None`'),
            OpenApiParameter(
                "search", str, description="Words of a name or alias, or any id: the best 500, best first"
            ),
            AS_OF,
            OpenApiParameter("fields", str, description="Only these fields: `id,name`"),
        ]
    )
    def list(self, request, *args, **kwargs):
        with registry_as_of(self.asked_day()):
            return super().list(request, *args, **kwargs)

    @extend_schema(parameters=[AS_OF])
    def retrieve(self, request, *args, **kwargs):
        with registry_as_of(self.asked_day()):
            return super().retrieve(request, *args, **kwargs)
