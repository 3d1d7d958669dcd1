from django.urls import path

from governance.policies import views

urlpatterns = [
    path("findings/", views.findings, name="findings"),
    path("findings/<int:pk>/waivers/", views.waive, name="finding-waivers"),
    path("contributors/<int:pk>/findings/", views.findings_of, name="contributor-findings"),
]
