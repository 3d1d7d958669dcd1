"""Rules over the nouns that people can read, and who breaks them."""

from django.conf import settings
from django.db import models
from django.db.models import Q

from workforce.contributors.models import Contributor


class Effect(models.TextChoices):
    WARN = "warn", "Warn"
    APPROVAL = "approval", "Require approval"
    BLOCK_START = "block_start", "Block start"
    BLOCK_ACCESS = "block_access", "Block access"
    BLOCK_PAY = "block_pay", "Block payment"
    BLOCK_RUN = "block_run", "Block running"


class Policy(models.Model):
    """A rule: those in `scope` for whom `condition` holds break it. Both are in the query language."""

    name = models.SlugField(max_length=80, unique=True)
    title = models.CharField(max_length=200)
    scope = models.TextField()
    condition = models.TextField()
    effect = models.CharField(max_length=12, choices=Effect.choices)
    severity = models.CharField(
        max_length=8, choices=[("low", "Low"), ("medium", "Medium"), ("high", "High")], default="medium"
    )
    owner_role = models.CharField(max_length=32)
    reason = models.TextField()
    due_days = models.PositiveSmallIntegerField(default=14)
    is_active = models.BooleanField(default=True)

    class Meta:
        ordering = ["name"]
        verbose_name_plural = "policies"

    def __str__(self):
        return self.title


class FindingQuerySet(models.QuerySet):
    def open(self):
        return self.filter(closed_at=None)

    def visible_to(self, user):
        if not user.may("finding.view"):
            return self.none()
        return self.filter(contributor__in=Contributor.objects.visible_to(user).values("pk"))


class Finding(models.Model):
    """A contributor breaks a policy since `found_on`; closed by itself when the facts change."""

    policy = models.ForeignKey(Policy, models.CASCADE, related_name="findings")
    contributor = models.ForeignKey(Contributor, models.CASCADE, related_name="findings")
    found_on = models.DateField()
    due_date = models.DateField()
    opened_at = models.DateTimeField()
    closed_at = models.DateTimeField(null=True, blank=True)

    objects = FindingQuerySet.as_manager()

    class Meta:
        ordering = ["due_date", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["policy", "contributor"], condition=Q(closed_at=None), name="finding_open_once"
            )
        ]

    def __str__(self):
        return f"{self.policy}: {self.contributor}"


class Waiver(models.Model):
    """A finding let stand until a day: by whom and why."""

    policy = models.ForeignKey(Policy, models.CASCADE, related_name="waivers")
    contributor = models.ForeignKey(Contributor, models.CASCADE, related_name="waivers")
    reason = models.TextField()
    until = models.DateField()
    at = models.DateTimeField()
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
