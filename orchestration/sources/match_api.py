"""/api/v1/matches/, /api/v1/merges/ and /api/v1/match-decisions/"""

from drf_spectacular.utils import OpenApiExample, extend_schema, extend_schema_serializer
from rest_framework import mixins, serializers, status
from rest_framework.exceptions import APIException
from rest_framework.generics import get_object_or_404
from rest_framework.response import Response
from rest_framework.viewsets import GenericViewSet, ReadOnlyModelViewSet

from orchestration.sources.identity import MergeRefused, decide_match, merge_contributors, take_back, unmerge
from orchestration.sources.models import Match, MatchDecision, Merge
from workforce.accounts.api import SparseSerializer, StrictSerializer, may
from workforce.accounts.permissions import Permission
from workforce.contributors.models import Contributor

REASONS_HELP = "[words, bits], the strongest first: each bit doubles (or, below zero, halves) the odds"
VERDICTS = [("merge", "They are one"), ("apart", "They are not one"), ("later", "To be looked at later")]


class Refused(APIException):
    """A decision that cannot be taken as things stand."""

    status_code = status.HTTP_409_CONFLICT
    default_code = "refused"


@extend_schema_serializer(
    examples=[
        OpenApiExample(
            "Alike, but for the birth date",
            value={
                "id": 5,
                "first": 12,
                "first_name": "Paul Kern",
                "second": 80,
                "second_name": "Paul Kern",
                "bits": 14.2,
                "probability": 0.999947,
                "reasons": [["same national id", 19.9], ["birth date differs", -7.6]],
                "found_at": "2026-10-05T09:00:00Z",
            },
            response_only=True,
        )
    ]
)
class MatchSerializer(SparseSerializer):
    first_name = serializers.CharField(source="first.name", read_only=True)
    second_name = serializers.CharField(source="second.name", read_only=True)
    reasons = serializers.JSONField(read_only=True, help_text=REASONS_HELP)

    class Meta:
        model = Match
        fields = ["id", "first", "first_name", "second", "second_name", "bits", "probability", "reasons", "found_at"]


class MatchViewSet(ReadOnlyModelViewSet):
    """Pairs of records that may be one contributor and wait for a person's word."""

    permission_classes = [may(Permission.IDENTITY_REVIEW)]
    queryset = Match.objects.none()
    serializer_class = MatchSerializer

    def get_queryset(self):
        found = Match.objects.visible_to(self.request.user).filter(first__merged_into=None, second__merged_into=None)
        return found.select_related("first", "second")


class MatchDecisionSerializer(StrictSerializer):
    by = serializers.CharField(source="by.username", read_only=True, default=None, allow_null=True)

    class Meta:
        model = MatchDecision
        fields = ["id", "first", "second", "verdict", "reason", "at", "by", "taken_back_at"]


class MergeSerializer(StrictSerializer):
    kept = serializers.PrimaryKeyRelatedField(queryset=Contributor.objects.none())
    merged = serializers.PrimaryKeyRelatedField(queryset=Contributor.objects.none())
    reason = serializers.CharField(write_only=True, max_length=2000, help_text="Why they are one")
    reasons = serializers.JSONField(read_only=True, help_text=REASONS_HELP + "; a person's words have null")
    by = serializers.CharField(source="by.username", read_only=True, default=None, allow_null=True)

    class Meta:
        model = Merge
        fields = ["id", "kept", "merged", "reason", "reasons", "at", "by", "undone_at"]
        read_only_fields = ["at", "undone_at"]

    def get_fields(self):
        fields = super().get_fields()
        user = getattr(self.context.get("request"), "user", None)
        if user is not None and user.is_authenticated:
            seen = Contributor.objects.visible_to(user)
            for name in {"kept", "merged"} & fields.keys():
                fields[name].queryset = seen
        return fields


@extend_schema_serializer(
    examples=[OpenApiExample("Kept apart", value={"verdict": "apart", "reason": "Twins"}, request_only=True)]
)
class VerdictSerializer(serializers.Serializer):
    verdict = serializers.ChoiceField(VERDICTS)
    reason = serializers.CharField(max_length=2000, required=False, default="", allow_blank=True)


class VerdictViewSet(GenericViewSet):
    """A person's word on a match: `merge` answers with the Merge, `apart` and `later` with the decision."""

    permission_classes = [may(Permission.IDENTITY_REVIEW)]
    queryset = MatchDecision.objects.none()
    serializer_class = VerdictSerializer

    def list(self, request, *args, **kwargs):
        match = self.get_match()
        rows = MatchDecision.objects.filter(first=match.first_id, second=match.second_id).select_related("by")
        return Response(MatchDecisionSerializer(rows, many=True, context=self.get_serializer_context()).data)

    @extend_schema(responses={201: MatchDecisionSerializer})
    def create(self, request, *args, **kwargs):
        match = self.get_match()
        asked = self.get_serializer(data=request.data)
        asked.is_valid(raise_exception=True)
        decision = _try(decide_match, match=match, **asked.validated_data, by=request.user)
        answer = MergeSerializer if isinstance(decision, Merge) else MatchDecisionSerializer
        return Response(answer(decision, context=self.get_serializer_context()).data, status=status.HTTP_201_CREATED)

    def get_match(self) -> Match:
        seen = Match.objects.visible_to(self.request.user).select_related("first", "second")
        return get_object_or_404(seen, pk=self.kwargs["match_id"])


def _try(verb, *args, **kwargs):
    """What the verb gives; its refusal becomes a 409 with the words."""
    try:
        return verb(*args, **kwargs)
    except MergeRefused as refusal:
        raise Refused(str(refusal)) from refusal


class MergeViewSet(mixins.CreateModelMixin, ReadOnlyModelViewSet):
    """What is, or was, held to be one contributor; posting merges two records by a person's word."""

    permission_classes = [may(Permission.IDENTITY_REVIEW)]
    queryset = Merge.objects.none()
    serializer_class = MergeSerializer

    def get_queryset(self):
        return Merge.objects.visible_to(self.request.user).select_related("by")

    def perform_create(self, serializer):
        serializer.instance = _try(merge_contributors, **serializer.validated_data, by=self.request.user)


class UndoingViewSet(GenericViewSet):
    """Gives both records of a merge back as they were, and keeps them apart from then on."""

    permission_classes = [may(Permission.IDENTITY_REVIEW)]
    queryset = Merge.objects.none()
    serializer_class = MergeSerializer

    @extend_schema(request=None, responses={201: MergeSerializer})
    def create(self, request, *args, **kwargs):
        merge = get_object_or_404(Merge.objects.visible_to(request.user), pk=self.kwargs["merge_id"])
        _try(unmerge, merge, by=request.user)
        merge.refresh_from_db()
        return Response(self.get_serializer(merge).data, status=status.HTTP_201_CREATED)


class MatchDecisionViewSet(ReadOnlyModelViewSet):
    """Who kept which records apart, or put them off, and when; `taken_back_at` says that it no longer stands."""

    permission_classes = [may(Permission.IDENTITY_REVIEW)]
    queryset = MatchDecision.objects.none()
    serializer_class = MatchDecisionSerializer

    def get_queryset(self):
        return MatchDecision.objects.visible_to(self.request.user).select_related("by").order_by("pk")


class WithdrawalViewSet(GenericViewSet):
    """Takes a decision back, so that the next resolution judges the pair again."""

    permission_classes = [may(Permission.IDENTITY_REVIEW)]
    queryset = MatchDecision.objects.none()
    serializer_class = MatchDecisionSerializer

    @extend_schema(request=None, responses={201: MatchDecisionSerializer})
    def create(self, request, *args, **kwargs):
        decision = get_object_or_404(MatchDecision.objects.visible_to(request.user), pk=self.kwargs["decision_id"])
        _try(take_back, decision, by=request.user)
        decision.refresh_from_db()
        return Response(self.get_serializer(decision).data, status=status.HTTP_201_CREATED)
