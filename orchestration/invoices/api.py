"""/api/v1/invoices/ and /api/v1/discrepancies/"""

import django_filters
from django.db.models import OuterRef, Subquery
from drf_spectacular.utils import OpenApiExample, extend_schema_serializer
from rest_framework import mixins, serializers, status
from rest_framework.generics import get_object_or_404
from rest_framework.response import Response
from rest_framework.viewsets import GenericViewSet, ReadOnlyModelViewSet

from orchestration.invoices.decide import decide_discrepancy
from orchestration.invoices.explain import explain
from orchestration.invoices.models import Code, Decision, Discrepancy, Invoice, InvoiceLine
from workforce.accounts.api import IdFilter, SparseSerializer, StrictSerializer, may
from workforce.accounts.permissions import Permission, require
from workforce.contributors.confidential import mask


class InvoiceLineSerializer(serializers.ModelSerializer):
    status = serializers.CharField(source="match.status", default="", read_only=True, help_text="matched or discrepant")
    discrepancies = serializers.SlugRelatedField("code", many=True, read_only=True)

    class Meta:
        model = InvoiceLine
        fields = [
            "id",
            "line",
            "engagement",
            "engagement_text",
            "contributor",
            "contributor_text",
            "order_text",
            "period_start",
            "period_end",
            "category",
            "quantity",
            "per",
            "unit_price",
            "net_amount",
            "tax_rate",
            "description",
            "status",
            "discrepancies",
        ]


@extend_schema_serializer(
    examples=[
        OpenApiExample(
            "An invoice in a list",
            value={
                "id": 1001,
                "supplier": 12,
                "supplier_text": "Tide Staffing",
                "number": "T1001",
                "type_code": "380",
                "issue_date": "2026-10-01",
                "due_date": "2026-10-31",
                "currency": "EUR",
                "payee_account": "••••2051",
                "tax_exclusive": "1440.00",
                "tax_total": "273.60",
                "payable": "1713.60",
                "syntax": "ubl",
                "problems": [],
                "received_at": "2026-10-05T09:00:00Z",
            },
            response_only=True,
        )
    ]
)
class InvoiceSerializer(SparseSerializer):
    payee_account = serializers.SerializerMethodField(help_text="Its last four characters")

    class Meta:
        model = Invoice
        fields = [
            "id",
            "supplier",
            "supplier_text",
            "number",
            "type_code",
            "issue_date",
            "due_date",
            "currency",
            "payee_account",
            "tax_exclusive",
            "tax_total",
            "payable",
            "syntax",
            "problems",
            "received_at",
        ]

    def get_payee_account(self, invoice) -> str:
        return mask(invoice.payee_account)


class WholeInvoiceSerializer(InvoiceSerializer):
    lines = InvoiceLineSerializer(many=True, read_only=True)

    class Meta(InvoiceSerializer.Meta):
        fields = [*InvoiceSerializer.Meta.fields, "lines"]


class InvoiceFilter(django_filters.FilterSet):
    supplier = IdFilter()
    issued_from = django_filters.DateFilter(field_name="issue_date", lookup_expr="gte")
    issued_to = django_filters.DateFilter(field_name="issue_date", lookup_expr="lte")

    class Meta:
        model = Invoice
        fields = ["supplier", "number", "currency", "type_code", "issued_from", "issued_to"]


class InvoiceViewSet(ReadOnlyModelViewSet):
    """Invoices as they came; one invoice with its lines, each with how it was judged."""

    permission_classes = [may(Permission.INVOICE_VIEW)]
    queryset = Invoice.objects.none()
    filterset_class = InvoiceFilter

    def get_serializer_class(self):
        return WholeInvoiceSerializer if self.detail else InvoiceSerializer

    def get_queryset(self):
        found = Invoice.objects.visible_to(self.request.user)
        return found.prefetch_related("lines__match", "lines__discrepancies") if self.detail else found


@extend_schema_serializer(
    examples=[
        OpenApiExample(
            "A price above the contract",
            value={
                "id": 5,
                "code": "rate_above_contract",
                "title": "Rate above contract",
                "sentence": "The price 90.00 is above the agreed 80.00: 160.00 EUR too much.",
                "owner_role": "procurement",
                "fix": "Ask for a credit note of 160.00 EUR, or record the new rate.",
                "invoice": 1001,
                "invoice_number": "T1001",
                "supplier": 12,
                "line": 2001,
                "line_number": "1",
                "expected": "80.00",
                "actual": "90.00",
                "amount": "160.00",
                "currency": "EUR",
                "found_at": "2026-10-05T09:00:00Z",
                "verdict": None,
            },
            response_only=True,
        )
    ]
)
class DiscrepancySerializer(SparseSerializer):
    title = serializers.CharField(source="get_code_display", read_only=True)
    sentence = serializers.SerializerMethodField(help_text="What is wrong, with the figures")
    owner_role = serializers.SerializerMethodField(help_text="Who should decide")
    fix = serializers.SerializerMethodField(help_text="What would mend it")
    invoice = serializers.IntegerField(source="line.invoice_id", read_only=True)
    invoice_number = serializers.CharField(source="line.invoice.number", read_only=True)
    supplier = serializers.IntegerField(source="line.invoice.supplier_id", read_only=True, allow_null=True)
    line_number = serializers.CharField(source="line.line", read_only=True)
    currency = serializers.CharField(source="line.invoice.currency", read_only=True)
    verdict = serializers.CharField(read_only=True, allow_null=True, help_text="The newest decision, if any")

    class Meta:
        model = Discrepancy
        fields = [
            "id",
            "code",
            "title",
            "sentence",
            "owner_role",
            "fix",
            "invoice",
            "invoice_number",
            "supplier",
            "line",
            "line_number",
            "expected",
            "actual",
            "amount",
            "currency",
            "found_at",
            "verdict",
        ]

    def get_sentence(self, discrepancy) -> str:
        return explain(discrepancy).sentence

    def get_owner_role(self, discrepancy) -> str:
        return explain(discrepancy).owner_role

    def get_fix(self, discrepancy) -> str:
        return explain(discrepancy).fix


class DiscrepancyFilter(django_filters.FilterSet):
    code = django_filters.ChoiceFilter(choices=Code.choices)
    invoice = IdFilter(field_name="line__invoice")
    supplier = IdFilter(field_name="line__invoice__supplier")
    decided = django_filters.BooleanFilter(field_name="verdict", lookup_expr="isnull", exclude=True)


class DiscrepancyViewSet(ReadOnlyModelViewSet):
    """What is wrong with lines of invoices, with the figures and the newest decision."""

    permission_classes = [may(Permission.INVOICE_VIEW)]
    queryset = Discrepancy.objects.none()
    serializer_class = DiscrepancySerializer
    filterset_class = DiscrepancyFilter

    def get_queryset(self):
        newest = Decision.objects.filter(line=OuterRef("line"), code=OuterRef("code")).order_by("-id")
        found = Discrepancy.objects.visible_to(self.request.user).select_related("line__invoice")
        return found.defer("line__invoice__payee_account").annotate(verdict=Subquery(newest.values("verdict")[:1]))


@extend_schema_serializer(
    examples=[
        OpenApiExample(
            "Accepted", value={"verdict": "accept", "reason": "Agreed by phone on 2 October"}, request_only=True
        )
    ]
)
class DecisionSerializer(StrictSerializer):
    by = serializers.CharField(source="by.username", read_only=True)

    class Meta:
        model = Decision
        fields = ["id", "verdict", "reason", "seen", "at", "by"]
        read_only_fields = ["seen", "at"]


class DecisionViewSet(mixins.ListModelMixin, GenericViewSet):
    """What was decided on a discrepancy; the newest stands."""

    permission_classes = [may(Permission.INVOICE_VIEW)]
    queryset = Decision.objects.none()
    serializer_class = DecisionSerializer

    def get_discrepancy(self) -> Discrepancy:
        visible = Discrepancy.objects.visible_to(self.request.user).select_related("line__invoice")
        return get_object_or_404(visible, pk=self.kwargs["discrepancy_id"])

    def get_queryset(self):
        discrepancy = self.get_discrepancy()
        return Decision.objects.filter(line=discrepancy.line_id, code=discrepancy.code).select_related("by")

    def create(self, request, *args, **kwargs):
        require(request.user, Permission.DISCREPANCY_DECIDE)
        discrepancy = self.get_discrepancy()
        asked = self.get_serializer(data=request.data)
        asked.is_valid(raise_exception=True)
        decision = decide_discrepancy(discrepancy=discrepancy, **asked.validated_data, by=request.user)
        return Response(self.get_serializer(decision).data, status=status.HTTP_201_CREATED)
