from django.urls import path

from orchestration.sources import match_views, views

urlpatterns = [
    path("sources/", views.sources, name="sources"),
    path("sources/upload/", views.upload, name="source-upload"),
    path("sources/runs/<int:pk>/", views.run, name="source-run"),
    path("sources/matches/", match_views.matches, name="matches"),
    path("sources/matches/<int:pk>/", match_views.match, name="match"),
    path("sources/matches/decisions/", match_views.match_decisions, name="match-decisions"),
    path("sources/matches/apart/", match_views.kept_apart, name="kept-apart"),
    path("sources/matches/apart/<int:pk>/withdrawals/", match_views.decision_withdrawals, name="decision-withdrawals"),
    path("sources/merges/", match_views.merges, name="merges"),
    path("sources/merges/<int:pk>/undoings/", match_views.merge_undoings, name="merge-undoings"),
    path("contributors/<int:pk>/merges/", match_views.merges_of, name="contributor-merges"),
    path("contributors/<int:pk>/merges/new/", match_views.merge_candidates, name="contributor-merge"),
    path("contributors/<int:pk>/sources/", views.sources_of, name="contributor-sources"),
]
