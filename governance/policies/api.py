"""/api/v1/findings/"""

import django_filters
from rest_framework import serializers
from rest_framework.viewsets import ReadOnlyModelViewSet

from governance.policies.models import Effect, Finding
from workforce.accounts.api import IdFilter, SparseSerializer, may
from workforce.accounts.permissions import Permission


class FindingSerializer(SparseSerializer):
    policy = serializers.CharField(source="policy.name", read_only=True)
    title = serializers.CharField(source="policy.title", read_only=True)
    effect = serializers.ChoiceField(Effect.choices, source="policy.effect", read_only=True)
    severity = serializers.CharField(source="policy.severity", read_only=True)
    owner_role = serializers.CharField(source="policy.owner_role", read_only=True)
    reason = serializers.CharField(source="policy.reason", read_only=True)
    contributor_name = serializers.CharField(source="contributor.name", read_only=True)

    class Meta:
        model = Finding
        fields = [
            "id",
            "policy",
            "title",
            "effect",
            "severity",
            "owner_role",
            "reason",
            "contributor",
            "contributor_name",
            "found_on",
            "due_date",
            "opened_at",
            "closed_at",
        ]


class FindingFilter(django_filters.FilterSet):
    policy = django_filters.CharFilter(field_name="policy__name")
    contributor = IdFilter()
    owner_role = django_filters.CharFilter(field_name="policy__owner_role")
    open = django_filters.BooleanFilter(field_name="closed_at", lookup_expr="isnull")


class FindingViewSet(ReadOnlyModelViewSet):
    """Who breaks which policy since when."""

    permission_classes = [may(Permission.FINDING_VIEW)]
    queryset = Finding.objects.none()
    serializer_class = FindingSerializer
    filterset_class = FindingFilter

    def get_queryset(self):
        return Finding.objects.visible_to(self.request.user).select_related("policy", "contributor")
