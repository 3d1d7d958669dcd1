from django.urls import path

from analytics.capacity import views

urlpatterns = [path("capacity/", views.capacity, name="capacity")]
