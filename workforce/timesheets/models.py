"""What was worked, by whom, when; what is planned; who was away; what agents did."""

from django.db import models
from django.db.models import F, Q

from workforce.contributors.models import Contributor
from workforce.engagements.models import Category, Engagement
from workforce.organisation.models import Unit


class TimeStatus(models.TextChoices):
    SUBMITTED = "submitted", "Submitted"
    APPROVED = "approved", "Approved"
    REJECTED = "rejected", "Rejected"


class ThroughContributor(models.QuerySet):
    def visible_to(self, user):
        return self.filter(contributor__in=Contributor.objects.visible_to(user).values("pk"))


class TimeEntryQuerySet(models.QuerySet):
    def visible_to(self, user):
        return self.filter(engagement__contributor__in=Contributor.objects.visible_to(user).values("pk"))


class TimeEntry(models.Model):
    """Hours on a day."""

    engagement = models.ForeignKey(Engagement, models.CASCADE, related_name="time_entries")
    work_date = models.DateField()
    hours = models.DecimalField(max_digits=6, decimal_places=2)
    category = models.CharField(max_length=12, choices=Category.choices, default=Category.STANDARD)
    status = models.CharField(max_length=10, choices=TimeStatus.choices, default=TimeStatus.SUBMITTED)

    objects = TimeEntryQuerySet.as_manager()

    class Meta:
        ordering = ["work_date", "id"]
        verbose_name_plural = "time entries"
        indexes = [models.Index(fields=["engagement", "work_date"], name="time_of_engagement")]
        constraints = [models.CheckConstraint(condition=Q(hours__gte=0) & Q(hours__lte=24), name="time_hours_in_a_day")]

    def __str__(self):
        return f"{self.work_date}: {self.hours} h"


class Absence(models.Model):
    """Hours a day away, first and last day included."""

    contributor = models.ForeignKey(Contributor, models.CASCADE, related_name="absences")
    start_date = models.DateField()
    end_date = models.DateField()
    hours_per_day = models.DecimalField(max_digits=5, decimal_places=2)

    objects = ThroughContributor.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(end_date__gte=F("start_date")), name="absence_ends_after_start")
        ]


class Allocation(models.Model):
    """Planned hours a week; `request` is the reference of the request it serves, if any."""

    contributor = models.ForeignKey(Contributor, models.CASCADE, related_name="allocations")
    unit = models.ForeignKey(Unit, models.PROTECT, related_name="allocations")
    start_date = models.DateField()
    end_date = models.DateField()
    weekly_hours = models.DecimalField(max_digits=6, decimal_places=2)
    request = models.CharField(max_length=200, blank=True)

    objects = ThroughContributor.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(end_date__gte=F("start_date")), name="allocation_ends_after_start")
        ]


class WorkUnit(models.Model):
    """What an agent did: one accepted task, run or call, with the minutes a person would have needed."""

    engagement = models.ForeignKey(Engagement, models.CASCADE, related_name="work_units")
    reference = models.CharField(max_length=100, unique=True)
    work_date = models.DateField()
    quantity = models.DecimalField(max_digits=14, decimal_places=2, default=1)
    standard_minutes = models.DecimalField(max_digits=10, decimal_places=2, default=0)
    tokens = models.BigIntegerField(default=0)

    class Meta:
        indexes = [models.Index(fields=["engagement", "work_date"], name="work_units_of_engagement")]
