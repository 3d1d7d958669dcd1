"""Every address of the product; storeys above are named by string."""

from django.contrib import admin
from django.urls import include, path

urlpatterns = [
    path("admin/", admin.site.urls),
    path("api/v1/", include("orchestration.api_urls")),
    path("scim/v2/", include("orchestration.scim.urls")),
    path("", include("workforce.accounts.urls")),
    path("", include("workforce.contributors.urls")),
    path("", include("workforce.engagements.urls")),
    path("", include("workforce.timesheets.urls")),
    path("", include("governance.audit.urls")),
    path("", include("governance.policies.urls")),
    path("", include("governance.screening.urls")),
    path("", include("orchestration.sources.urls")),
    path("", include("orchestration.onboarding.urls")),
    path("", include("orchestration.invoices.urls")),
    path("", include("analytics.capacity.urls")),
    path("", include("analytics.explore.urls")),
]
