from django.urls import path

from orchestration.sources import delivery_views, export_views, golden_views, mapping_views, views

urlpatterns = [
    path("sources/", views.sources, name="sources"),
    path("sources/<int:pk>/", views.source, name="source"),
    path("sources/<int:pk>/interval/", views.source_interval, name="source-interval"),
    path("sources/<int:pk>/feeds/", views.source_feeds, name="source-feeds"),
    path("sources/feeds/<int:pk>/runs/", views.feed_runs, name="feed-runs"),
    path("sources/feeds/<int:pk>/removal/", views.feed_removal, name="feed-removal"),
    path("sources/mappings/<int:pk>/", mapping_views.saved_mapping, name="saved-mapping"),
    path("sources/upload/", delivery_views.upload, name="source-upload"),
    path("sources/deliveries/<int:pk>/", delivery_views.delivery, name="delivery"),
    path("sources/deliveries/<int:pk>/preview/", delivery_views.delivery_preview, name="delivery-preview"),
    path("sources/deliveries/<int:pk>/progress/", delivery_views.delivery_progress, name="delivery-progress"),
    path("sources/deliveries/<int:pk>/units/", delivery_views.delivery_units, name="delivery-units"),
    path("sources/runs/<int:pk>/", views.run, name="source-run"),
    path("sources/runs/<int:pk>/errors/", delivery_views.run_errors, name="run-errors"),
    path("contributors/export/<str:form>/", export_views.export_registry, name="registry-export"),
    path("sources/precedence/", golden_views.precedence, name="source-precedence"),
    path("contributors/<int:pk>/facts/", golden_views.facts_of, name="contributor-facts"),
    path("contributors/<int:pk>/overrides/", golden_views.override, name="contributor-overrides"),
    path("contributors/<int:pk>/timeline/", golden_views.timeline_of, name="contributor-timeline"),
    path("overrides/<int:pk>/end/", golden_views.take_back, name="override-end"),
    path("contributors/<int:pk>/sources/", views.sources_of, name="contributor-sources"),
]
