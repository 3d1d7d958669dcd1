from django.urls import path

from orchestration.sources import export_views, views

urlpatterns = [
    path("sources/", views.sources, name="sources"),
    path("sources/upload/", views.upload, name="source-upload"),
    path("sources/runs/<int:pk>/", views.run, name="source-run"),
    path("contributors/export/<str:form>/", export_views.export_registry, name="registry-export"),
    path("contributors/<int:pk>/sources/", views.sources_of, name="contributor-sources"),
]
