"""/api/v1/screening-hits/ and the decisions on each"""

import django_filters
from django.shortcuts import get_object_or_404
from drf_spectacular.utils import OpenApiExample, extend_schema_serializer
from rest_framework import mixins, serializers, status
from rest_framework.response import Response
from rest_framework.viewsets import GenericViewSet, ReadOnlyModelViewSet

from governance.screening.decide import decide_hit
from governance.screening.models import HitDecision, ScreeningHit, Signal
from workforce.accounts.api import IdFilter, SparseSerializer, StrictSerializer, answer_once, may
from workforce.accounts.permissions import Permission, require


@extend_schema_serializer(
    examples=[
        OpenApiExample(
            "Two share an account",
            value={
                "id": 12,
                "contributor": 42,
                "contributor_name": "Cyd Moor",
                "signal": "shared_bank_account",
                "title": "Shared bank account",
                "points": 40,
                "total": 65,
                "score": None,
                "lines": [
                    {"what": "shared_bank_account", "points": 40, "why": "Shared bank account with 1 other"}
                ],
                "entry_name": None,
                "entry_list": None,
                "list_version": "",
                "verdict": "",
                "found_at": "2026-10-05T09:00:00Z",
                "closed_at": None,
            },
            response_only=True,
        )
    ]
)  # fmt: skip
class ScreeningHitSerializer(SparseSerializer):
    title = serializers.CharField(source="get_signal_display", read_only=True)
    contributor_name = serializers.CharField(source="contributor.name", read_only=True)
    total = serializers.IntegerField(read_only=True, help_text="Points of the contributor over all signals")
    entry_name = serializers.CharField(source="entry.name", default=None, allow_null=True, read_only=True)
    entry_list = serializers.CharField(source="entry.list", default=None, allow_null=True, read_only=True)

    class Meta:
        model = ScreeningHit
        fields = [
            "id",
            "contributor",
            "contributor_name",
            "signal",
            "title",
            "points",
            "total",
            "score",
            "lines",
            "entry_name",
            "entry_list",
            "list_version",
            "verdict",
            "found_at",
            "closed_at",
        ]


class ScreeningHitFilter(django_filters.FilterSet):
    signal = django_filters.ChoiceFilter(choices=Signal.choices)
    contributor = IdFilter()
    open = django_filters.BooleanFilter(field_name="closed_at", lookup_expr="isnull")
    decided = django_filters.BooleanFilter(field_name="verdict", lookup_expr="exact", method="choose_decided")
    least_total = django_filters.NumberFilter(field_name="total", lookup_expr="gte")

    def choose_decided(self, hits, name, is_decided):
        return hits.exclude(verdict="") if is_decided else hits.filter(verdict="")


class ScreeningHitViewSet(ReadOnlyModelViewSet):
    """Whom screening found, by which signal, with the reasons line by line and the decision that stands."""

    permission_classes = [may(Permission.SCREENING_VIEW)]
    queryset = ScreeningHit.objects.none()
    serializer_class = ScreeningHitSerializer
    filterset_class = ScreeningHitFilter

    def get_queryset(self):
        return ScreeningHit.objects.visible_to(self.request.user).with_total().select_related("contributor", "entry")


@extend_schema_serializer(
    examples=[
        OpenApiExample(
            "Somebody else",
            value={"verdict": "cleared", "reason": "Born in another year, passport seen"},
            request_only=True,
        )
    ]
)
class HitDecisionSerializer(StrictSerializer):
    by = serializers.CharField(source="by.username", read_only=True)

    class Meta:
        model = HitDecision
        fields = ["id", "verdict", "reason", "seen", "at", "by"]
        read_only_fields = ["seen", "at"]


class HitDecisionViewSet(mixins.ListModelMixin, GenericViewSet):
    """What was decided on a hit; the newest stands while the facts do not change."""

    permission_classes = [may(Permission.SCREENING_VIEW)]
    queryset = HitDecision.objects.none()
    serializer_class = HitDecisionSerializer

    def get_hit(self) -> ScreeningHit:
        visible = ScreeningHit.objects.visible_to(self.request.user).select_related("contributor")
        return get_object_or_404(visible, pk=self.kwargs["hit_id"])

    def get_queryset(self):
        return HitDecision.objects.filter(hit=self.get_hit()).select_related("by")

    def create(self, request, *args, **kwargs):
        require(request.user, Permission.SCREENING_DECIDE)
        one = self.get_hit()

        def write() -> Response:
            asked = self.get_serializer(data=request.data)
            asked.is_valid(raise_exception=True)
            decision = decide_hit(hit=one, **asked.validated_data, by=request.user)
            return Response(self.get_serializer(decision).data, status=status.HTTP_201_CREATED)

        return answer_once(request, write)
