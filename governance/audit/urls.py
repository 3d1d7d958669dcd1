from django.urls import path

from governance.audit import views

urlpatterns = [
    path("audit/", views.audit, name="audit"),
    path("audit/anchor/", views.anchor, name="audit-anchor"),
    path("audit/deletions/", views.delete_past_retention, name="audit-deletions"),
    path("audit/exports/", views.export, name="audit-exports"),
    path("audit/holds/", views.place_hold, name="legal-holds"),
    path("audit/holds/<int:pk>/release/", views.release_hold, name="legal-hold-release"),
    path("audit/verification/", views.verification, name="audit-verification"),
    path("audit/verifications/", views.ask_for_verification, name="audit-verifications"),
]
