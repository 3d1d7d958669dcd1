"""The capacity cube; delete and rebuild at will."""

from django.db import models
from django.db.models import Q

from workforce.contributors.models import Kind, Skill
from workforce.organisation.models import Unit


class CellQuerySet(models.QuerySet):
    def visible_to(self, user):
        """Cells of the units the user may see."""
        if not user.may("capacity.view"):
            return self.none()
        scope = user.unit_scope()
        return self if scope is None else self.filter(unit__in=scope)


class Cell(models.Model):
    """Unit x month (its first day) x kind x skill (None: all skills). Hours, and money in the reporting currency."""

    unit = models.ForeignKey(Unit, models.CASCADE, related_name="+")
    month = models.DateField()
    kind = models.CharField(max_length=12, choices=[*Kind.choices, ("", "Not yet chosen")], blank=True)
    skill = models.ForeignKey(Skill, models.CASCADE, null=True, related_name="+")
    capacity_hours = models.DecimalField(max_digits=14, decimal_places=2, default=0)
    demand_hours = models.DecimalField(max_digits=14, decimal_places=2, default=0)
    allocated_hours = models.DecimalField(max_digits=14, decimal_places=2, default=0)
    worked_hours = models.DecimalField(max_digits=14, decimal_places=2, default=0)
    utilisation = models.DecimalField(max_digits=16, decimal_places=4, null=True)  # worked / capacity
    idle_hours = models.DecimalField(max_digits=14, decimal_places=2, default=0)
    cost = models.DecimalField(max_digits=16, decimal_places=2, default=0)
    unpriced_hours = models.DecimalField(max_digits=14, decimal_places=2, default=0)  # worked, no rate or exchange rate

    objects = CellQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["unit", "month", "kind", "skill"],
                condition=Q(skill__isnull=False),
                name="capacity_skill_cell_once",
            ),
            models.UniqueConstraint(
                fields=["unit", "month", "kind"], condition=Q(skill=None), name="capacity_total_cell_once"
            ),
        ]
        indexes = [models.Index(fields=["month", "unit"], name="capacity_month_unit")]


class Origin(models.TextChoices):
    ALLOCATION = "allocation", "Allocation"
    ENGAGEMENT = "engagement", "Engagement"
    REQUEST = "request", "Request"


class Share(models.Model):
    """What one engagement, allocation or request adds to a month: whole millionths of an hour and of money."""

    origin = models.CharField(max_length=10, choices=Origin.choices)
    origin_id = models.BigIntegerField()
    contributor_id = models.BigIntegerField(null=True, db_index=True)  # who stands for all merged records
    unit_id = models.BigIntegerField(db_index=True)
    month = models.DateField()
    kind = models.CharField(max_length=12, blank=True)
    capacity = models.BigIntegerField()
    demand = models.BigIntegerField()
    allocated = models.BigIntegerField()
    worked = models.BigIntegerField()
    cost = models.BigIntegerField()
    unpriced = models.BigIntegerField()

    class Meta:
        indexes = [models.Index(fields=["origin", "origin_id"], name="capacity_share_origin")]


class Coverage(models.Model):
    """What the cube was last computed for; `ground` is a hash of calendars, places and exchange rates."""

    first = models.DateField()
    last = models.DateField()
    today = models.DateField()
    ground = models.CharField(max_length=64)
    computed_at = models.DateTimeField()
