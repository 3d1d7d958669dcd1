"""Thin entries of the schedule."""

from celery import shared_task

from orchestration.onboarding import follow


@shared_task
def follow_onboarding():
    follow.follow_onboarding()
