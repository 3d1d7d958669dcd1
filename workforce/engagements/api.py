"""/api/v1/engagements/ and /api/v1/purchase-orders/"""

import django_filters
from django.core.validators import RegexValidator
from drf_spectacular.utils import OpenApiExample, OpenApiParameter, extend_schema, extend_schema_serializer
from rest_framework import mixins, serializers, status
from rest_framework.exceptions import APIException
from rest_framework.response import Response
from rest_framework.viewsets import ReadOnlyModelViewSet

from workforce.accounts.api import IdFilter, SparseSerializer, StrictSerializer, answer_once, may
from workforce.accounts.permissions import Permission, require
from workforce.contributors.models import Contributor, Kind
from workforce.engagements.models import Engagement, PurchaseOrder, Rate
from workforce.engagements.orders import OrderChanged, change_order, create_order, version_of

SUPPLIERS = [Kind.VENDOR, Kind.PARTNER, Kind.CONTRACTOR]
IF_MATCH = OpenApiParameter("If-Match", str, OpenApiParameter.HEADER, required=True, description="The ETag last read")
IDEMPOTENCY_KEY = OpenApiParameter(
    "Idempotency-Key", str, OpenApiParameter.HEADER, description="Sent again within a week, it gives the first answer"
)
is_currency = RegexValidator(r"\A[A-Z]{3}\Z", "Give an ISO 4217 currency code in capitals, like EUR.")


class PreconditionFailed(APIException):
    status_code = status.HTTP_412_PRECONDITION_FAILED
    default_code = "precondition_failed"
    default_detail = "The record was changed since you read it."


class PreconditionRequired(APIException):
    status_code = status.HTTP_428_PRECONDITION_REQUIRED
    default_code = "precondition_required"
    default_detail = "Send the ETag that you last read as If-Match."


class RateSerializer(serializers.ModelSerializer):
    class Meta:
        model = Rate
        fields = ["category", "per", "amount", "currency", "valid_from", "valid_to"]


@extend_schema_serializer(
    examples=[
        OpenApiExample(
            "A contractor by the hour",
            value={
                "id": 9,
                "contributor": 31,
                "contributor_name": "Cyd Moor",
                "unit": 3,
                "basis": "hourly",
                "start_date": "2026-01-01",
                "end_date": None,
                "supplier": 12,
                "title": "Welder",
                "purchase_order": "PO-100",
                "weekly_hours": "40.00",
                "owner": 7,
                "rates": [
                    {
                        "category": "standard",
                        "per": "hour",
                        "amount": "80.0000",
                        "currency": "EUR",
                        "valid_from": "2026-01-01",
                        "valid_to": None,
                    }
                ],
            },
            response_only=True,
        )
    ]
)
class EngagementSerializer(SparseSerializer):
    guarded = {"rates": Permission.CONTRIBUTOR_VIEW_PAY}
    contributor_name = serializers.CharField(source="contributor.name", read_only=True)
    rates = RateSerializer(many=True, read_only=True)

    class Meta:
        model = Engagement
        fields = [
            "id",
            "contributor",
            "contributor_name",
            "unit",
            "basis",
            "start_date",
            "end_date",
            "supplier",
            "title",
            "purchase_order",
            "weekly_hours",
            "owner",
            "rates",
        ]


class EngagementFilter(django_filters.FilterSet):
    contributor = IdFilter()
    unit = IdFilter()
    supplier = IdFilter()
    active_on = django_filters.DateFilter(method="keep_active")

    class Meta:
        model = Engagement
        fields = ["contributor", "unit", "supplier", "basis", "purchase_order", "active_on"]

    def keep_active(self, queryset, name, day):
        return queryset.active_on(day)


class EngagementViewSet(ReadOnlyModelViewSet):
    """On which dated terms a contributor works for a unit; rates for those who may see pay."""

    permission_classes = [may(Permission.CONTRIBUTOR_VIEW)]
    queryset = Engagement.objects.none()
    serializer_class = EngagementSerializer
    filterset_class = EngagementFilter

    def get_queryset(self):
        found = Engagement.objects.visible_to(self.request.user).select_related("contributor")
        sees_pay = self.request.user.may(Permission.CONTRIBUTOR_VIEW_PAY)
        return found.prefetch_related("rates") if sees_pay else found


class SupplierField(serializers.PrimaryKeyRelatedField):
    """One of the suppliers that the user may see."""

    def get_queryset(self):
        return Contributor.objects.visible_to(self.context["request"].user).filter(kind__in=SUPPLIERS)


@extend_schema_serializer(
    examples=[
        OpenApiExample(
            "An order for 2026",
            value={
                "number": "PO-100",
                "supplier": 12,
                "currency": "EUR",
                "amount": "50000.00",
                "valid_from": "2026-01-01",
                "valid_to": "2026-12-31",
            },
            request_only=True,
        )
    ]
)
class PurchaseOrderSerializer(StrictSerializer):
    supplier = SupplierField(queryset=Contributor.objects.none())
    currency = serializers.CharField(validators=[is_currency])

    class Meta:
        model = PurchaseOrder
        fields = ["id", "number", "supplier", "currency", "amount", "valid_from", "valid_to"]
        extra_kwargs = {"amount": {"min_value": 0}}
        validators = []  # the verb says it with names


class OrderChangeSerializer(StrictSerializer):
    """What may change; number and supplier are what an order is known by."""

    currency = serializers.CharField(validators=[is_currency])

    class Meta:
        model = PurchaseOrder
        fields = ["currency", "amount", "valid_from", "valid_to"]
        extra_kwargs = {"amount": {"min_value": 0}}


class PurchaseOrderFilter(django_filters.FilterSet):
    supplier = IdFilter()

    class Meta:
        model = PurchaseOrder
        fields = ["supplier", "number", "currency"]


class PurchaseOrderViewSet(mixins.CreateModelMixin, ReadOnlyModelViewSet):
    """Money promised to suppliers."""

    permission_classes = [may(Permission.CONTRIBUTOR_VIEW_PAY)]
    queryset = PurchaseOrder.objects.none()
    serializer_class = PurchaseOrderSerializer
    filterset_class = PurchaseOrderFilter

    def get_queryset(self):
        return PurchaseOrder.objects.visible_to(self.request.user)

    def retrieve(self, request, *args, **kwargs):
        order = self.get_object()
        return Response(self.get_serializer(order).data, headers=etag(order))

    @extend_schema(parameters=[IDEMPOTENCY_KEY])
    def create(self, request, *args, **kwargs):
        require(request.user, Permission.ORDER_EDIT)

        def create_from_body():
            asked = self.get_serializer(data=request.data)
            asked.is_valid(raise_exception=True)
            order = create_order(**asked.validated_data, by=request.user)
            return Response(self.get_serializer(order).data, status=status.HTTP_201_CREATED, headers=etag(order))

        return answer_once(request, create_from_body)

    @extend_schema(request=OrderChangeSerializer, parameters=[IF_MATCH])
    def partial_update(self, request, *args, **kwargs):
        require(request.user, Permission.ORDER_EDIT)
        order = self.get_object()
        seen = request.headers.get("If-Match", "").strip().removeprefix("W/").strip('"')
        if not seen:
            raise PreconditionRequired
        asked = OrderChangeSerializer(order, data=request.data, partial=True, context=self.get_serializer_context())
        asked.is_valid(raise_exception=True)
        try:
            order = change_order(order=order, changes=asked.validated_data, seen=seen, by=request.user)
        except OrderChanged as refusal:
            raise PreconditionFailed(str(refusal)) from refusal
        return Response(self.get_serializer(order).data, headers=etag(order))


def etag(order: PurchaseOrder) -> dict[str, str]:
    return {"ETag": f'"{version_of(order)}"'}
