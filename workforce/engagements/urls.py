from django.urls import path

from workforce.engagements import views

urlpatterns = [path("contributors/<int:pk>/engagements/", views.engagements_of, name="contributor-engagements")]
