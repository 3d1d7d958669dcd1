"""Thin entries of the schedule."""

from celery import shared_task

from governance.policies import evaluate, follow


@shared_task
def evaluate_policies():
    evaluate.evaluate_policies()


@shared_task
def follow_policies():
    follow.follow_policies()
