"""Templates, plans and items that bring a contributor of any kind to work."""

from django.conf import settings
from django.db import models

from workforce.accounts.permissions import Role
from workforce.contributors.models import Contributor, Kind
from workforce.engagements.models import Engagement
from workforce.holds.models import Scope


class Template(models.Model):
    """What a kind of contributor must have done; one for each kind."""

    name = models.CharField(max_length=120, unique=True)
    kind = models.CharField(max_length=12, choices=Kind.choices, unique=True)

    def __str__(self):
        return self.name


class TemplateItem(models.Model):
    """One step: who does it, how many days from the start it is due (negative: before), what it blocks."""

    template = models.ForeignKey(Template, models.CASCADE, related_name="items")
    control = models.SlugField(max_length=60)  # the same control has the same id for every kind
    title = models.CharField(max_length=200)
    role = models.CharField(max_length=32, choices=Role.choices)
    due_days = models.SmallIntegerField(default=0)
    blocks = models.CharField(max_length=10, choices=Scope.choices, blank=True)
    position = models.PositiveSmallIntegerField(default=0)

    class Meta:
        ordering = ["template", "position", "id"]
        constraints = [models.UniqueConstraint(fields=["template", "control"], name="template_control_once")]

    def __str__(self):
        return self.title


class Plan(models.Model):
    """A template carried out for one engagement."""

    engagement = models.OneToOneField(Engagement, models.CASCADE, related_name="onboarding_plan")
    template = models.ForeignKey(Template, models.PROTECT, related_name="plans")
    created_at = models.DateTimeField()

    def __str__(self):
        return f"Onboarding of {self.engagement.contributor}"


class ItemQuerySet(models.QuerySet):
    def open(self):
        return self.filter(done_at=None)

    def visible_to(self, user):
        if not user.may("onboarding.view"):
            return self.none()
        return self.filter(plan__engagement__contributor__in=Contributor.objects.visible_to(user).values("pk"))


class Item(models.Model):
    """A step of a plan; open until done. `open_from` is the first day on which it blocks."""

    plan = models.ForeignKey(Plan, models.CASCADE, related_name="items")
    control = models.SlugField(max_length=60)
    title = models.CharField(max_length=200)
    role = models.CharField(max_length=32, choices=Role.choices)
    due_date = models.DateField()
    blocks = models.CharField(max_length=10, choices=Scope.choices, blank=True)
    open_from = models.DateField()
    done_at = models.DateTimeField(null=True, blank=True)
    done_on = models.DateField(null=True, blank=True)
    done_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+")
    note = models.TextField(blank=True)

    objects = ItemQuerySet.as_manager()

    class Meta:
        ordering = ["due_date", "id"]
        constraints = [models.UniqueConstraint(fields=["plan", "control"], name="plan_control_once")]

    def __str__(self):
        return self.title
