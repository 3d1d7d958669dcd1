from django.urls import path

from governance.screening import views

urlpatterns = [
    path("screening/", views.screening, name="screening"),
    path("screening/hits/<int:pk>/", views.hit, name="screening-hit"),
    path("screening/hits/<int:pk>/decisions/", views.decisions, name="screening-hit-decisions"),
    path("screening/hits/<int:pk>/appeals/", views.appeals, name="screening-hit-appeals"),
    path("screening/sharing/", views.sharing, name="screening-sharing"),
    path("contributors/<int:pk>/screening/", views.hits_of, name="contributor-screening"),
]
