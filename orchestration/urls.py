"""Every address of the product; storeys above are named by string."""

from django.contrib import admin
from django.urls import include, path

urlpatterns = [
    path("admin/", admin.site.urls),
    path("api/v1/", include("orchestration.api_urls")),
]
