from django.urls import path

from workforce.timesheets import views

urlpatterns = [path("contributors/<int:pk>/time/", views.time_of, name="contributor-time")]
