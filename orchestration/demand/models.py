"""Demand: outcome, skills, hours and dates, stated before the channel is chosen."""

from django.db import models
from django.db.models import F, Q

from workforce.contributors.models import Skill
from workforce.organisation.models import Unit


class RequestStatus(models.TextChoices):
    OPEN = "open", "Open"
    FILLED = "filled", "Filled"
    CANCELLED = "cancelled", "Cancelled"


class RequestQuerySet(models.QuerySet):
    def visible_to(self, user):
        if not user.may("request.view"):
            return self.none()
        scope = user.unit_scope()
        return self if scope is None else self.filter(unit__in=scope)


class Request(models.Model):
    """A need for work; weekly hours are for each of `headcount`."""

    unit = models.ForeignKey(Unit, models.PROTECT, related_name="requests")
    title = models.CharField(max_length=200)
    skills = models.ManyToManyField(Skill, related_name="requests")
    weekly_hours = models.DecimalField(max_digits=6, decimal_places=2)
    start_date = models.DateField()
    end_date = models.DateField()
    headcount = models.PositiveSmallIntegerField(default=1)
    budget = models.DecimalField(max_digits=16, decimal_places=2, null=True, blank=True)
    currency = models.CharField(max_length=3, blank=True)
    country = models.CharField(max_length=2, blank=True)
    status = models.CharField(max_length=10, choices=RequestStatus.choices, default=RequestStatus.OPEN)

    objects = RequestQuerySet.as_manager()

    class Meta:
        ordering = ["start_date", "id"]
        constraints = [
            models.CheckConstraint(condition=Q(end_date__gte=F("start_date")), name="request_ends_after_start")
        ]

    def __str__(self):
        return self.title
