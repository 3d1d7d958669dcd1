"""Thin entries of the schedule."""

from celery import shared_task

from orchestration.sources import golden, override


@shared_task
def expire_overrides():
    override.expire_overrides()


@shared_task
def settle_golden_records():
    golden.settle_every_golden()
