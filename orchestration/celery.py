"""The task system and the whole schedule."""

import os

from celery import Celery

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "orchestration.settings")

app = Celery("ensemble")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()

# Rooms above are named by string, so that no import goes up.
app.conf.beat_schedule = {}
