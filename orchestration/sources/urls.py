from django.urls import path

from orchestration.sources import golden_views, views

urlpatterns = [
    path("sources/", views.sources, name="sources"),
    path("sources/upload/", views.upload, name="source-upload"),
    path("sources/runs/<int:pk>/", views.run, name="source-run"),
    path("sources/precedence/", golden_views.precedence, name="source-precedence"),
    path("contributors/<int:pk>/facts/", golden_views.facts_of, name="contributor-facts"),
    path("contributors/<int:pk>/overrides/", golden_views.override, name="contributor-overrides"),
    path("contributors/<int:pk>/timeline/", golden_views.timeline_of, name="contributor-timeline"),
    path("overrides/<int:pk>/end/", golden_views.take_back, name="override-end"),
    path("contributors/<int:pk>/sources/", views.sources_of, name="contributor-sources"),
]
