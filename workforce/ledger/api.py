"""/api/v1/events/"""

import django_filters
from drf_spectacular.utils import OpenApiExample, extend_schema_serializer
from rest_framework import serializers
from rest_framework.viewsets import ReadOnlyModelViewSet

from workforce.accounts.api import IdFilter, SparseSerializer, may
from workforce.accounts.permissions import Permission
from workforce.ledger.actions import Action
from workforce.ledger.cover import HIDDEN, PAY_SUBJECTS, cover_values
from workforce.ledger.models import Event


@extend_schema_serializer(
    examples=[
        OpenApiExample(
            "An order is raised",
            value={
                "id": 4711,
                "at": "2026-10-05T09:00:00Z",
                "actor": "procurement",
                "on_behalf_of": None,
                "action": "record.updated",
                "subject_type": "purchaseorder",
                "subject_id": 12,
                "subject_label": "PO-100",
                "before": {"amount": "50000.00"},
                "after": {"amount": "65000.00"},
                "reason": "Second berth",
            },
            response_only=True,
        )
    ]
)
class EventSerializer(SparseSerializer):
    actor = serializers.CharField(source="actor.username", default=None, allow_null=True, read_only=True)
    on_behalf_of = serializers.CharField(source="on_behalf_of.username", default=None, allow_null=True, read_only=True)
    subject_label = serializers.SerializerMethodField()
    before = serializers.SerializerMethodField()
    after = serializers.SerializerMethodField()

    class Meta:
        model = Event
        fields = [
            "id",
            "at",
            "actor",
            "on_behalf_of",
            "action",
            "subject_type",
            "subject_id",
            "subject_label",
            "before",
            "after",
            "reason",
        ]

    def get_subject_label(self, event) -> str:
        """A rate is named by its amount."""
        is_pay = event.subject_type in PAY_SUBJECTS - {"purchaseorder"}
        return HIDDEN if is_pay and not self._may(Permission.CONTRIBUTOR_VIEW_PAY) else event.subject_label

    def get_before(self, event) -> dict:
        return self._cover(event.before)

    def get_after(self, event) -> dict:
        return self._cover(event.after)

    def _cover(self, values: dict) -> dict:
        return cover_values(values, self.context["request"].user)

    def _may(self, permission: str) -> bool:
        return self.context["request"].user.may(permission)


class EventFilter(django_filters.FilterSet):
    action = django_filters.ChoiceFilter(choices=Action.choices)
    subject_type = django_filters.CharFilter()
    subject_id = IdFilter()
    actor = django_filters.CharFilter(field_name="actor__username")
    since = django_filters.IsoDateTimeFilter(field_name="at", lookup_expr="gte")
    before = django_filters.IsoDateTimeFilter(field_name="at", lookup_expr="lt")


class EventViewSet(ReadOnlyModelViewSet):
    """The ledger: who changed what, when and why, oldest first."""

    permission_classes = [may(Permission.EVENT_VIEW)]
    queryset = Event.objects.none()
    serializer_class = EventSerializer
    filterset_class = EventFilter

    def get_queryset(self):
        return Event.objects.visible_to(self.request.user).select_related("actor", "on_behalf_of")
