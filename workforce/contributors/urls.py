from django.urls import path

from workforce.contributors import views, views_changes

urlpatterns = [
    path("contributors/", views.registry, name="registry"),
    path("contributors/changes/", views_changes.changes, name="registry-changes"),
    path("contributors/<int:pk>/", views.contributor, name="contributor"),
]
