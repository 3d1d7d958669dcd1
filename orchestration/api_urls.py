"""Every route of the API, /api/v1/."""

from django.contrib.auth.decorators import login_required
from django.urls import path, re_path
from drf_spectacular.views import SpectacularAPIView, SpectacularSwaggerSplitView
from rest_framework.permissions import IsAuthenticated
from rest_framework.routers import SimpleRouter

from governance.policies.api import FindingViewSet
from governance.screening.api import HitDecisionViewSet, ScreeningHitViewSet
from orchestration import api_schema  # noqa: F401 - registers itself
from orchestration.api import NoRouteView
from orchestration.demand.api import RequestViewSet
from orchestration.invoices.api import DecisionViewSet, DiscrepancyViewSet, InvoiceViewSet
from orchestration.sources.golden_api import OverrideViewSet, ProvenanceViewSet
from orchestration.sources.match_api import (
    MatchDecisionViewSet,
    MatchViewSet,
    MergeViewSet,
    UndoingViewSet,
    VerdictViewSet,
    WithdrawalViewSet,
)
from workforce.contributors.api import ContributorViewSet
from workforce.contributors.changes_api import ChangeViewSet
from workforce.contributors.saved_views_api import SavedViewViewSet
from workforce.engagements.api import EngagementViewSet, PurchaseOrderViewSet
from workforce.ledger.api import EventViewSet
from workforce.organisation.api import UnitViewSet
from workforce.timesheets.api import TimeEntryViewSet

app_name = "api"

router = SimpleRouter()
for noun, viewset in [
    ("changes", ChangeViewSet),
    ("contributors", ContributorViewSet),
    ("discrepancies", DiscrepancyViewSet),
    ("engagements", EngagementViewSet),
    ("events", EventViewSet),
    ("findings", FindingViewSet),
    ("invoices", InvoiceViewSet),
    ("match-decisions", MatchDecisionViewSet),
    ("matches", MatchViewSet),
    ("merges", MergeViewSet),
    ("purchase-orders", PurchaseOrderViewSet),
    ("requests", RequestViewSet),
    ("screening-hits", ScreeningHitViewSet),
    ("time-entries", TimeEntryViewSet),
    ("units", UnitViewSet),
    ("views", SavedViewViewSet),
]:
    router.register(noun, viewset, basename=noun)

signed_in = [IsAuthenticated]
# Swagger UI with its script in a file of its own, as the content security policy asks.
docs = SpectacularSwaggerSplitView.as_view(url_name="api:schema", permission_classes=signed_in)
decisions = DecisionViewSet.as_view({"get": "list", "post": "create"})
provenance = ProvenanceViewSet.as_view({"get": "list"})
overrides = OverrideViewSet.as_view({"post": "create"})
hit_decisions = HitDecisionViewSet.as_view({"get": "list", "post": "create"})
urlpatterns = [
    *router.urls,
    path("contributors/<int:contributor_id>/provenance/", provenance, name="provenance"),
    path("contributors/<int:contributor_id>/overrides/", overrides, name="overrides"),
    path("overrides/<int:pk>/", OverrideViewSet.as_view({"delete": "destroy"}), name="override"),
    path("discrepancies/<int:discrepancy_id>/decisions/", decisions, name="decisions"),
    path(
        "match-decisions/<int:decision_id>/withdrawals/",
        WithdrawalViewSet.as_view({"post": "create"}),
        name="match-decision-withdrawals",
    ),
    path(
        "matches/<int:match_id>/decisions/",
        VerdictViewSet.as_view({"get": "list", "post": "create"}),
        name="match-verdicts",
    ),
    path("merges/<int:merge_id>/undoings/", UndoingViewSet.as_view({"post": "create"}), name="merge-undoings"),
    path("screening-hits/<int:hit_id>/decisions/", hit_decisions, name="hit-decisions"),
    path("schema/", SpectacularAPIView.as_view(permission_classes=signed_in), name="schema"),
    path("docs/", login_required(docs), name="docs"),
    re_path(r"", NoRouteView.as_view(), name="no-route"),
]
