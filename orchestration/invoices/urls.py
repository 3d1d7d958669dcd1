from django.urls import path

from orchestration.invoices import views

urlpatterns = [
    path("invoices/", views.invoices, name="invoices"),
    path("invoices/decisions/", views.decisions, name="discrepancy-decisions"),
    path("invoices/<int:pk>/", views.invoice, name="invoice"),
    path("contributors/<int:pk>/invoices/", views.invoices_of, name="contributor-invoices"),
]
