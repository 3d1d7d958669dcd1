"""/api/v1/contributors/{id}/provenance/ and /overrides/"""

from datetime import date

from drf_spectacular.utils import OpenApiExample, extend_schema
from rest_framework import serializers, status
from rest_framework.generics import get_object_or_404
from rest_framework.response import Response
from rest_framework.viewsets import ViewSet

from orchestration.sources.golden import COLUMNS
from orchestration.sources.models import Override
from orchestration.sources.override import end_override, override_fact
from orchestration.sources.provenance import trace_facts
from workforce.accounts.api import answer_once, may
from workforce.accounts.permissions import Permission
from workforce.contributors.views import find_contributor


class WordSerializer(serializers.Serializer):
    """What one source says; `counts` for the one that is shown."""

    source = serializers.CharField(help_text="Empty: entered here")
    source_id = serializers.CharField()
    value = serializers.CharField()
    last_seen_at = serializers.DateTimeField(allow_null=True)
    is_in_last_row = serializers.BooleanField()
    counts = serializers.BooleanField()


class StandingOverrideSerializer(serializers.ModelSerializer):
    by = serializers.CharField(source="by.username", default=None, allow_null=True)

    class Meta:
        model = Override
        fields = ["id", "reason", "until", "at", "by"]


class OriginSerializer(serializers.Serializer):
    """Where a field comes from. Values are in words; what you may not see is masked."""

    field = serializers.CharField(source="column")
    value = serializers.CharField()
    why = serializers.CharField()
    sources = WordSerializer(source="words", many=True)
    override = StandingOverrideSerializer(allow_null=True)


class OverrideSerializer(serializers.Serializer):
    """`value` as in a table: ISO dates, `;` between skills, `source:source_id` or an id for a reference, `-` for nothing."""

    field = serializers.ChoiceField(choices=list(COLUMNS))
    value = serializers.CharField(max_length=4000, allow_blank=True)
    reason = serializers.CharField(max_length=2000)
    until = serializers.DateField(help_text="The last day on which it counts")


class ProvenanceViewSet(ViewSet):
    """Where each field of a contributor comes from, when each source was last seen, and what the others say."""

    permission_classes = [may(Permission.CONTRIBUTOR_VIEW)]

    @extend_schema(responses=OriginSerializer(many=True))
    def list(self, request, contributor_id: int):
        one = find_contributor(request.user, contributor_id)
        return Response(OriginSerializer(trace_facts(one, request.user), many=True).data)


class OverrideViewSet(ViewSet):
    """Facts set by hand, with a reason and a last day."""

    permission_classes = [may(Permission.CONTRIBUTOR_EDIT)]

    @extend_schema(
        request=OverrideSerializer,
        responses={201: StandingOverrideSerializer},
        examples=[
            OpenApiExample(
                "A title, until the source is mended",
                value={"field": "title", "value": "Lead welder", "reason": "Promoted", "until": "2027-01-31"},
                request_only=True,
            )
        ],
    )
    def create(self, request, contributor_id: int):
        one = find_contributor(request.user, contributor_id)
        asked = OverrideSerializer(data=request.data)
        asked.is_valid(raise_exception=True)
        return answer_once(request, lambda: self._override(one, asked.validated_data, request.user))

    def _override(self, one, asked: dict, by) -> Response:
        until: date = asked["until"]
        made = override_fact(
            contributor=one, column=asked["field"], text=asked["value"], reason=asked["reason"], until=until, by=by
        )
        return Response(StandingOverrideSerializer(made).data, status=status.HTTP_201_CREATED)

    @extend_schema(responses={204: None})
    def destroy(self, request, pk: int):
        override = get_object_or_404(Override, pk=pk)
        find_contributor(request.user, override.contributor_id)
        end_override(override=override, by=request.user)
        return Response(status=status.HTTP_204_NO_CONTENT)
