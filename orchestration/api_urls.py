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
from workforce.contributors.api import ContributorViewSet
from workforce.engagements.api import EngagementViewSet, PurchaseOrderViewSet
from workforce.ledger.api import EventViewSet
from workforce.organisation.api import UnitViewSet
from workforce.timesheets.api import TimeEntryViewSet

app_name = "api"

router = SimpleRouter()
for noun, viewset in [
    ("contributors", ContributorViewSet),
    ("discrepancies", DiscrepancyViewSet),
    ("engagements", EngagementViewSet),
    ("events", EventViewSet),
    ("findings", FindingViewSet),
    ("invoices", InvoiceViewSet),
    ("purchase-orders", PurchaseOrderViewSet),
    ("requests", RequestViewSet),
    ("screening-hits", ScreeningHitViewSet),
    ("time-entries", TimeEntryViewSet),
    ("units", UnitViewSet),
]:
    router.register(noun, viewset, basename=noun)

signed_in = [IsAuthenticated]
# Swagger UI with its script in a file of its own, as the content security policy asks.
docs = SpectacularSwaggerSplitView.as_view(url_name="api:schema", permission_classes=signed_in)
decisions = DecisionViewSet.as_view({"get": "list", "post": "create"})
hit_decisions = HitDecisionViewSet.as_view({"get": "list", "post": "create"})
urlpatterns = [
    *router.urls,
    path("discrepancies/<int:discrepancy_id>/decisions/", decisions, name="decisions"),
    path("screening-hits/<int:hit_id>/decisions/", hit_decisions, name="hit-decisions"),
    path("schema/", SpectacularAPIView.as_view(permission_classes=signed_in), name="schema"),
    path("docs/", login_required(docs), name="docs"),
    re_path(r"", NoRouteView.as_view(), name="no-route"),
]
