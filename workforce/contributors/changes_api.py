"""/api/v1/changes/: what changed in the registry since an instant."""

import django_filters
from drf_spectacular.utils import OpenApiExample, extend_schema_serializer
from rest_framework import serializers
from rest_framework.viewsets import ReadOnlyModelViewSet

from workforce.accounts.api import IdFilter, may
from workforce.accounts.permissions import Permission
from workforce.contributors.models import Contributor, Kind
from workforce.ledger.actions import Action
from workforce.ledger.api import EventSerializer
from workforce.ledger.models import Event
from workforce.organisation.models import Unit


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
    contributor = IdFilter()
    action = django_filters.ChoiceFilter(choices=Action.choices)
    kind = django_filters.ChoiceFilter(choices=Kind.choices, method="of_kind")
    unit = IdFilter(method="in_unit")

    def of_kind(self, found, name, kind):
        return found.filter(contributor__in=Contributor.objects.filter(kind=kind).order_by().values("pk"))

    def in_unit(self, found, name, unit):
        """With all units below it, as the contributor stands now."""
        units = Unit.objects.below([unit])
        return found.filter(contributor__in=Contributor.objects.filter(unit__in=units).order_by().values("pk"))


class ChangeViewSet(ReadOnlyModelViewSet):
    """What changed in the registry since an instant, oldest first: who joined, left, moved, was merged or engaged."""

    permission_classes = [may(Permission.CONTRIBUTOR_VIEW)]
    queryset = Event.objects.none()
    serializer_class = ChangeSerializer
    filterset_class = ChangeFilter

    def get_queryset(self):
        return Event.objects.in_registry(self.request.user).select_related("actor")
