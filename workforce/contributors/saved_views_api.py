"""/api/v1/views/: saved views of the registry."""

from drf_spectacular.utils import OpenApiExample, extend_schema_serializer
from rest_framework import mixins, serializers
from rest_framework.viewsets import ReadOnlyModelViewSet

from workforce.accounts.api import StrictSerializer, answer_once, may
from workforce.accounts.permissions import Permission
from workforce.contributors.models import SavedView, Sharing
from workforce.contributors.saved_views import change_view, delete_view, save_view


@extend_schema_serializer(
    examples=[
        OpenApiExample(
            "Contractors on for long",
            value={
                "id": 5,
                "name": "Long tenures",
                "query": 'kind = "contractor" and tenure_days > 540',
                "search": "",
                "kind": "",
                "status": "active",
                "sort": "start_date",
                "columns": "kind,unit,start_date",
                "sharing": "role",
                "role": "hr",
                "owner": "hr",
                "is_default": False,
            },
            response_only=True,
        )
    ]
)
class SavedViewSerializer(StrictSerializer):
    owner = serializers.CharField(source="owner.username", read_only=True)
    is_default = serializers.BooleanField(read_only=True, default=False)
    sharing = serializers.ChoiceField(Sharing.choices, required=False)

    class Meta:
        model = SavedView
        fields = [
            "id", "name", "query", "search", "kind", "status", "sort", "columns", "sharing", "role", "owner", "is_default",
        ]  # fmt: skip


class SavedViewViewSet(
    mixins.CreateModelMixin, mixins.UpdateModelMixin, mixins.DestroyModelMixin, ReadOnlyModelViewSet
):
    """Views of the registry: one's own, and those that others share; only one's own can be changed."""

    permission_classes = [may(Permission.CONTRIBUTOR_VIEW)]
    queryset = SavedView.objects.none()
    serializer_class = SavedViewSerializer
    http_method_names = ["get", "post", "patch", "delete", "head", "options"]

    def get_queryset(self):
        return SavedView.objects.with_default(self.request.user)

    def create(self, request, *args, **kwargs):
        """Saves a view; an `Idempotency-Key` sent again gives the first answer."""
        return answer_once(request, lambda: super(SavedViewViewSet, self).create(request, *args, **kwargs))

    def perform_create(self, serializer):
        serializer.instance = save_view(by=self.request.user, **serializer.validated_data)

    def perform_update(self, serializer):
        change_view(serializer.instance, by=self.request.user, **serializer.validated_data)

    def perform_destroy(self, instance):
        delete_view(instance, by=self.request.user)
