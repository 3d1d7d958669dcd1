"""What may not start, have access, be paid or run, and why."""

from django.conf import settings
from django.db import models
from django.db.models import Q


class Scope(models.TextChoices):
    START = "start", "Start"
    ACCESS = "access", "Have access"
    PAY = "pay", "Be paid"
    RUN = "run", "Run"


class HoldQuerySet(models.QuerySet):
    def open(self):
        return self.filter(lifted_at=None)

    def on(self, subject):
        return self.filter(subject_type=subject._meta.model_name, subject_id=subject.pk)


class Hold(models.Model):
    """A stop on a subject (contributor or engagement). Lifted by filling in when; never deleted.

    `from_date` and `to_date` are the days on which it holds, last day included, None = still open.
    `cause` names what placed it, e.g. `policy:agent-without-owner` or `onboarding:item:42`.
    """

    subject_type = models.CharField(max_length=40)
    subject_id = models.BigIntegerField()
    scope = models.CharField(max_length=10, choices=Scope.choices)
    reason = models.CharField(max_length=300)
    cause = models.CharField(max_length=120)
    from_date = models.DateField()
    to_date = models.DateField(null=True, blank=True)
    placed_at = models.DateTimeField()
    placed_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    lifted_at = models.DateTimeField(null=True, blank=True)
    lifted_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")

    objects = HoldQuerySet.as_manager()

    class Meta:
        indexes = [models.Index(fields=["subject_type", "subject_id", "scope"], name="hold_subject")]
        constraints = [
            models.UniqueConstraint(
                fields=["subject_type", "subject_id", "scope", "cause"],
                condition=Q(lifted_at=None),
                name="hold_open_once_per_cause",
            )
        ]

    def __str__(self):
        return f"{self.get_scope_display()}: {self.reason}"
