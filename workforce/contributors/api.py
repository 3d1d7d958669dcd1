"""/api/v1/contributors/"""

from datetime import date

import django_filters
from drf_spectacular.utils import OpenApiExample, OpenApiParameter, extend_schema, extend_schema_serializer
from rest_framework import serializers, status
from rest_framework.exceptions import APIException
from rest_framework.viewsets import ReadOnlyModelViewSet

from workforce.accounts.api import IdFilter, SparseSerializer, may
from workforce.accounts.permissions import Permission
from workforce.contributors.models import AgentProfile, Contributor, Kind
from workforce.contributors.query import QueryError, apply_query
from workforce.ledger.actions import Action
from workforce.ledger.api import EventSerializer
from workforce.ledger.as_of import read_day, registry_as_of
from workforce.ledger.models import Event
from workforce.organisation.models import Unit

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


class ContributorViewSet(ReadOnlyModelViewSet):
    """Anyone and anything that does work. A record merged into another is listed under that one."""

    permission_classes = [may(Permission.CONTRIBUTOR_VIEW)]
    queryset = Contributor.objects.none()
    serializer_class = ContributorSerializer
    filterset_class = ContributorFilter
    extra_parameters = ("q", "as_of")

    def asked_day(self):
        """The day that `?as_of=` names; None is now."""
        return read_day(self.request.query_params.get("as_of", ""))

    def get_queryset(self):
        found = Contributor.objects.visible_to(self.request.user)
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
            return apply_query(queryset.canonical(), self.request.query_params.get("q", ""), today=self.asked_day())
        except QueryError as error:
            raise QueryRefused(error) from error

    @extend_schema(
        parameters=[
            OpenApiParameter("q", str, description='The query language: `kind = "ai_agent" and owner = None`'),
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


@extend_schema_serializer(
    examples=[
        OpenApiExample(
            "Someone moves to another unit",
            value={
                "id": 4712,
                "at": "2026-10-05T09:00:00Z",
                "contributor": 42,
                "action": "contributor.updated",
                "subject_type": "contributor",
                "subject_id": 42,
                "subject_label": "Cyd Moor",
                "before": {"unit": 3},
                "after": {"unit": 4},
                "actor": "hr",
                "reason": "Import from hris, row 12",
            },
            response_only=True,
        )
    ]
)
class ChangeSerializer(EventSerializer):
    contributor = serializers.IntegerField(allow_null=True, read_only=True)

    class Meta:
        model = Event
        fields = ["id", "at", "contributor", "action", "subject_type", "subject_id", "subject_label"]
        fields += ["before", "after", "actor", "reason"]


class ChangeFilter(django_filters.FilterSet):
    since = django_filters.IsoDateTimeFilter(field_name="at", lookup_expr="gte", label="From this instant or day on")
    before = django_filters.IsoDateTimeFilter(field_name="at", lookup_expr="lt")
    contributor = IdFilter(method="of_contributor")
    action = django_filters.ChoiceFilter(choices=Action.choices)
    kind = django_filters.ChoiceFilter(choices=Kind.choices, method="of_kind")
    unit = IdFilter(method="in_unit")

    def of_contributor(self, found, name, value: int):
        return found.filter(contributor=value)

    def of_kind(self, found, name, value: str):
        return found.filter(contributor__in=Contributor.objects.filter(kind=value).order_by().values("pk"))

    def in_unit(self, found, name, value: int):
        """With all units below it, as the contributor stands now."""
        units = Unit.objects.below([value])
        return found.filter(contributor__in=Contributor.objects.filter(unit__in=units).order_by().values("pk"))


class ChangeViewSet(ReadOnlyModelViewSet):
    """What changed in the registry since an instant, oldest first: who joined, left, moved, was merged or engaged."""

    permission_classes = [may(Permission.CONTRIBUTOR_VIEW)]
    queryset = Event.objects.none()
    serializer_class = ChangeSerializer
    filterset_class = ChangeFilter

    def get_queryset(self):
        return Event.objects.in_registry(self.request.user).select_related("actor")
