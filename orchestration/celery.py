"""The task system and the whole schedule."""

import os

from celery import Celery
from celery.schedules import crontab

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "orchestration.settings")

app = Celery("ensemble")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()

# Followers wake each minute, whole evaluations at night. Rooms above are named by string, so that no import goes up.
app.conf.beat_schedule = {
    "fetch-feeds": {"task": "orchestration.sources.tasks.fetch_due_feeds", "schedule": 60.0},
    "expire-overrides": {"task": "orchestration.sources.tasks.expire_overrides", "schedule": crontab(hour=0, minute=5)},
    "follow-identities": {"task": "orchestration.sources.tasks.follow_identities", "schedule": 300.0},
    "follow-onboarding": {"task": "orchestration.onboarding.tasks.follow_onboarding", "schedule": 60.0},
    "follow-policies": {"task": "governance.policies.tasks.follow_policies", "schedule": 60.0},
    "follow-screening": {"task": "governance.screening.tasks.follow_screening", "schedule": 60.0},
    "reconcile": {"task": "orchestration.invoices.tasks.reconcile_invoices", "schedule": 300.0},
    "recompute-capacity": {"task": "analytics.capacity.tasks.recompute_capacity", "schedule": 300.0},
    "evaluate-policies": {
        "task": "governance.policies.tasks.evaluate_policies",
        "schedule": crontab(hour=2, minute=15),
    },
    "seal-ledger": {"task": "governance.audit.tasks.seal_ledger", "schedule": 60.0},
    "verify-as-asked": {"task": "governance.audit.tasks.verify_as_asked", "schedule": 60.0},
    "verify-ledger": {"task": "governance.audit.tasks.verify_ledger", "schedule": crontab(hour=3, minute=15)},
    "screen": {"task": "governance.screening.tasks.screen_everyone", "schedule": crontab(hour=2, minute=45)},
}
