"""/api/v1/time-entries/"""

import django_filters
from rest_framework import serializers
from rest_framework.viewsets import ReadOnlyModelViewSet

from workforce.accounts.api import IdFilter, SparseSerializer, may
from workforce.accounts.permissions import Permission
from workforce.timesheets.models import TimeEntry


class TimeEntrySerializer(SparseSerializer):
    contributor = serializers.IntegerField(source="engagement.contributor_id", read_only=True)

    class Meta:
        model = TimeEntry
        fields = ["id", "engagement", "contributor", "work_date", "hours", "category", "status"]


class TimeEntryFilter(django_filters.FilterSet):
    engagement = IdFilter()
    contributor = IdFilter(field_name="engagement__contributor")
    unit = IdFilter(field_name="engagement__unit")
    from_date = django_filters.DateFilter(field_name="work_date", lookup_expr="gte")
    to_date = django_filters.DateFilter(field_name="work_date", lookup_expr="lte")

    class Meta:
        model = TimeEntry
        fields = ["engagement", "contributor", "unit", "from_date", "to_date", "status", "category"]


class TimeEntryViewSet(ReadOnlyModelViewSet):
    """Hours on a day."""

    permission_classes = [may(Permission.CONTRIBUTOR_VIEW)]
    queryset = TimeEntry.objects.none()
    serializer_class = TimeEntrySerializer
    filterset_class = TimeEntryFilter

    def get_queryset(self):
        return TimeEntry.objects.visible_to(self.request.user).select_related("engagement")
