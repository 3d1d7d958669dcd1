"""The verbs that cross departments, and the Django project itself."""

from orchestration.celery import app as celery_app

__all__ = ["celery_app"]
