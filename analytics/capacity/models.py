"""The capacity cube; delete and rebuild at will."""

from django.db import models
from django.db.models import Q

from workforce.contributors.models import Kind, Skill
from workforce.organisation.models import Unit


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
    utilisation = models.DecimalField(max_digits=9, decimal_places=4, null=True)  # worked / capacity
    idle_hours = models.DecimalField(max_digits=14, decimal_places=2, default=0)
    cost = models.DecimalField(max_digits=16, decimal_places=2, default=0)
    unpriced_hours = models.DecimalField(max_digits=14, decimal_places=2, default=0)  # worked, no rate or exchange rate

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["unit", "month", "kind", "skill"], condition=Q(skill__isnull=False), name="capacity_skill_cell_once"
            ),
            models.UniqueConstraint(
                fields=["unit", "month", "kind"], condition=Q(skill=None), name="capacity_total_cell_once"
            ),
        ]
        indexes = [models.Index(fields=["month", "unit"], name="capacity_month_unit")]
