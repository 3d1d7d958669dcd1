"""/api/v1/requests/"""

import django_filters
from django.core.validators import RegexValidator
from drf_spectacular.utils import OpenApiExample, OpenApiParameter, extend_schema, extend_schema_serializer
from rest_framework import mixins, serializers, status
from rest_framework.response import Response
from rest_framework.viewsets import ReadOnlyModelViewSet

from orchestration.demand.create import create_request
from orchestration.demand.models import Request
from workforce.accounts.api import IdFilter, StrictSerializer, answer_once, may
from workforce.accounts.permissions import Permission, require
from workforce.organisation.models import Unit

is_currency = RegexValidator(r"\A[A-Z]{3}\Z", "Give an ISO 4217 currency code in capitals, like EUR.")
is_country = RegexValidator(r"\A[A-Z]{2}\Z", "Give an ISO 3166-1 country code in capitals, like DE.")


class UnitField(serializers.PrimaryKeyRelatedField):
    """One of the units that the user may see."""

    def get_queryset(self):
        return Unit.objects.visible_to(self.context["request"].user)


class SkillNames(serializers.ListField):
    """Names of skills."""

    child = serializers.CharField(max_length=120)

    def to_representation(self, skills):
        return [skill.name for skill in skills.all()]


@extend_schema_serializer(
    examples=[
        OpenApiExample(
            "Two welders for three months",
            value={
                "unit": 3,
                "title": "Two welders for the new berth",
                "skills": ["Welding"],
                "weekly_hours": "40.00",
                "start_date": "2027-01-04",
                "end_date": "2027-03-26",
                "headcount": 2,
                "budget": "60000.00",
                "currency": "EUR",
                "country": "DE",
            },
            request_only=True,
        )
    ]
)
class RequestSerializer(StrictSerializer):
    unit = UnitField(queryset=Unit.objects.none())
    skills = SkillNames(allow_empty=False, max_length=50)
    currency = serializers.CharField(validators=[is_currency], required=False, allow_blank=True)
    country = serializers.CharField(validators=[is_country], required=False, allow_blank=True)

    class Meta:
        model = Request
        fields = [
            "id",
            "unit",
            "title",
            "skills",
            "weekly_hours",
            "start_date",
            "end_date",
            "headcount",
            "budget",
            "currency",
            "country",
            "status",
        ]
        read_only_fields = ["status"]
        extra_kwargs = {
            "weekly_hours": {"min_value": 0},
            "headcount": {"min_value": 1},
            "budget": {"min_value": 0},
        }


class RequestFilter(django_filters.FilterSet):
    unit = IdFilter()
    starts_before = django_filters.DateFilter(field_name="start_date", lookup_expr="lt")

    class Meta:
        model = Request
        fields = ["unit", "status", "country", "starts_before"]


class RequestViewSet(mixins.CreateModelMixin, ReadOnlyModelViewSet):
    """Needs for work, stated before the channel is chosen."""

    permission_classes = [may(Permission.REQUEST_VIEW)]
    queryset = Request.objects.none()
    serializer_class = RequestSerializer
    filterset_class = RequestFilter

    def get_queryset(self):
        return Request.objects.visible_to(self.request.user).prefetch_related("skills")

    @extend_schema(parameters=[OpenApiParameter("Idempotency-Key", str, OpenApiParameter.HEADER)])
    def create(self, request, *args, **kwargs):
        require(request.user, Permission.REQUEST_CREATE)

        def create_from_body():
            asked = self.get_serializer(data=request.data)
            asked.is_valid(raise_exception=True)
            made = create_request(**asked.validated_data, by=request.user)
            return Response(self.get_serializer(made).data, status=status.HTTP_201_CREATED)

        return answer_once(request, create_from_body)
