"""Thin entries of the schedule."""

from celery import shared_task

from governance.screening import follow
from governance.screening.screen import screen


@shared_task
def screen_everyone():
    screen()


@shared_task
def follow_screening():
    follow.follow_screening()
