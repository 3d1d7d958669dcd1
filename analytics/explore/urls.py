from django.urls import path

from analytics.explore import views

urlpatterns = [
    path("", views.home, name="home"),
    path("inbox/", views.inbox, name="inbox"),
    path("find/", views.palette, name="palette"),
]
