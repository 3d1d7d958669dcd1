from django.urls import path

from workforce.contributors import views

urlpatterns = [
    path("contributors/", views.registry, name="registry"),
    path("contributors/<int:pk>/", views.contributor, name="contributor"),
]
