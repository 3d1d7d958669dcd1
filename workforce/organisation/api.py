"""/api/v1/units/"""

import django_filters
from rest_framework import serializers
from rest_framework.viewsets import ReadOnlyModelViewSet

from workforce.accounts.api import IdFilter, SparseSerializer, may
from workforce.accounts.permissions import Permission
from workforce.organisation.models import Unit


class UnitSerializer(SparseSerializer):
    cost_centre = serializers.CharField(source="cost_centre.code", default=None, allow_null=True, read_only=True)

    class Meta:
        model = Unit
        fields = ["id", "name", "parent", "cost_centre", "country", "currency", "manager"]


class UnitFilter(django_filters.FilterSet):
    parent = IdFilter()
    name = django_filters.CharFilter(lookup_expr="icontains")

    class Meta:
        model = Unit
        fields = ["parent", "name", "country"]


class UnitViewSet(ReadOnlyModelViewSet):
    """Departments and teams, a tree by `parent`."""

    permission_classes = [may(Permission.CONTRIBUTOR_VIEW)]
    queryset = Unit.objects.none()
    serializer_class = UnitSerializer
    filterset_class = UnitFilter

    def get_queryset(self):
        return Unit.objects.visible_to(self.request.user).select_related("cost_centre")
