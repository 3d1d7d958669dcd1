from django.urls import path

from workforce.contributors import skill_views, views, views_changes

urlpatterns = [
    path("contributors/", views.registry, name="registry"),
    path("contributors/counts/", views.registry_counts, name="registry-counts"),
    path("contributors/views/", views.save_registry_view, name="registry-views"),
    path("contributors/views/default/", views.choose_registry_view, name="registry-default"),
    path("contributors/views/<int:pk>/", views.change_registry_view, name="registry-view"),
    path("contributors/views/<int:pk>/deletion/", views.delete_registry_view, name="registry-view-deletion"),
    path("contributors/changes/", views_changes.changes, name="registry-changes"),
    path("contributors/<int:pk>/", views.contributor, name="contributor"),
    path("contributors/<int:pk>/skills/", skill_views.skills_of, name="contributor-skills"),
    path("skills/", skill_views.skills, name="skills"),
]
