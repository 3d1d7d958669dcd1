from django.urls import path

from workforce.contributors import skill_views, views

urlpatterns = [
    path("contributors/", views.registry, name="registry"),
    path("contributors/<int:pk>/", views.contributor, name="contributor"),
    path("contributors/<int:pk>/skills/", skill_views.skills_of, name="contributor-skills"),
    path("skills/", skill_views.skills, name="skills"),
]
