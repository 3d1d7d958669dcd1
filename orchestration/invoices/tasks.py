from celery import shared_task

from orchestration.invoices.reconcile import reconcile


@shared_task
def reconcile_invoices() -> None:
    reconcile()
