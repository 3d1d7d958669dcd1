"""Thin entries of the schedule."""

from celery import shared_task

from analytics.capacity import recompute


@shared_task
def recompute_capacity(full: bool = False):
    return recompute.recompute_capacity(full=full)
