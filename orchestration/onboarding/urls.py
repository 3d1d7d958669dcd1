from django.urls import path

from orchestration.onboarding import views

urlpatterns = [
    path("onboarding/items/<int:pk>/complete/", views.complete, name="item-completion"),
    path("contributors/<int:pk>/onboarding/", views.onboarding_of, name="contributor-onboarding"),
]
