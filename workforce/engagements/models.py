"""On which dated terms a contributor works for a unit, at what rates, on which order."""

from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now

from workforce.contributors.models import Contributor
from workforce.organisation.models import Unit


class Basis(models.TextChoices):
    SALARIED = "salaried", "Salaried"
    HOURLY = "hourly", "Hourly"
    DAILY = "daily", "Daily"
    FIXED = "fixed", "Fixed price"
    USAGE = "usage", "Usage"


class Category(models.TextChoices):
    STANDARD = "standard", "Standard"
    OVERTIME = "overtime", "Overtime"
    DOUBLE_TIME = "double_time", "Double time"
    TRAVEL = "travel", "Travel"


class Per(models.TextChoices):
    HOUR = "hour", "Hour"
    DAY = "day", "Day"
    MONTH = "month", "Month"
    YEAR = "year", "Year"
    EACH = "each", "Each"


class PurchaseOrderQuerySet(models.QuerySet):
    def visible_to(self, user):
        if not user.may("contributor.view_pay"):
            return self.none()
        scope = user.unit_scope()
        if scope is None:
            return self
        return self.filter(
            Q(supplier__unit__in=scope)
            | Q(number__in=Engagement.objects.filter(unit__in=scope).values("purchase_order"))
        )


class PurchaseOrder(models.Model):
    """Money promised to a supplier; dates are first and last day, both included."""

    number = models.CharField(max_length=60)
    supplier = models.ForeignKey(Contributor, models.PROTECT, related_name="purchase_orders")
    currency = models.CharField(max_length=3)
    amount = models.DecimalField(max_digits=16, decimal_places=2)
    valid_from = models.DateField(null=True, blank=True)
    valid_to = models.DateField(null=True, blank=True)

    objects = PurchaseOrderQuerySet.as_manager()

    class Meta:
        ordering = ["number"]
        constraints = [
            models.UniqueConstraint(fields=["supplier", "number"], name="order_number_once_per_supplier"),
            models.CheckConstraint(condition=Q(amount__gte=0), name="order_amount_not_negative"),
        ]

    def __str__(self):
        return self.number


class EngagementQuerySet(models.QuerySet):
    def active_on(self, date):
        return self.filter(Q(end_date=None) | Q(end_date__gte=date), start_date__lte=date)

    def visible_to(self, user):
        return self.filter(contributor__in=Contributor.objects.visible_to(user).values("pk"))


class Engagement(models.Model):
    """The terms of work; `purchase_order` is the order's number, known to us or not."""

    contributor = models.ForeignKey(Contributor, models.PROTECT, related_name="engagements")
    unit = models.ForeignKey(Unit, models.PROTECT, related_name="engagements")
    basis = models.CharField(max_length=10, choices=Basis.choices)
    start_date = models.DateField()
    end_date = models.DateField(null=True, blank=True)
    supplier = models.ForeignKey(
        Contributor, models.PROTECT, null=True, blank=True, related_name="supplied_engagements"
    )
    title = models.CharField(max_length=200, blank=True)
    purchase_order = models.CharField(max_length=60, blank=True)
    weekly_hours = models.DecimalField(max_digits=6, decimal_places=2, null=True, blank=True)
    owner = models.ForeignKey(Contributor, models.SET_NULL, null=True, blank=True, related_name="owned_engagements")
    first_recorded_at = models.DateTimeField(db_default=Now(), editable=False)
    recorded_at = models.DateTimeField(db_default=Now(), editable=False)  # of this version; the database keeps it

    objects = EngagementQuerySet.as_manager()

    class Meta:
        ordering = ["start_date", "id"]
        indexes = [models.Index(fields=["contributor", "start_date"], name="engagement_of_contributor")]
        constraints = [
            models.CheckConstraint(
                condition=Q(end_date=None) | Q(end_date__gte=F("start_date")), name="engagement_ends_after_start"
            ),
            models.CheckConstraint(condition=Q(basis__in=Basis.values), name="engagement_basis_known"),
        ]

    def __str__(self):
        return f"{self.contributor} for {self.unit}"


class Rate(models.Model):
    """What a unit of work costs from a day on; `valid_to` is the last day, None = open."""

    engagement = models.ForeignKey(Engagement, models.CASCADE, related_name="rates")
    category = models.CharField(max_length=12, choices=Category.choices, default=Category.STANDARD)
    per = models.CharField(max_length=6, choices=Per.choices)
    amount = models.DecimalField(max_digits=14, decimal_places=4)
    currency = models.CharField(max_length=3)
    valid_from = models.DateField()
    valid_to = models.DateField(null=True, blank=True)

    class Meta:
        ordering = ["engagement", "category", "valid_from"]
        constraints = [
            models.UniqueConstraint(fields=["engagement", "category", "per", "valid_from"], name="rate_once"),
            models.CheckConstraint(
                condition=Q(valid_to=None) | Q(valid_to__gte=F("valid_from")), name="rate_ends_after_start"
            ),
            models.CheckConstraint(condition=Q(amount__gte=0), name="rate_not_negative"),
        ]

    def __str__(self):
        return f"{self.amount} {self.currency} per {self.per}"


class RateCard(models.Model):
    """The most that may be agreed for a title in a country."""

    title = models.CharField(max_length=200)
    country = models.CharField(max_length=2, blank=True)
    currency = models.CharField(max_length=3)
    category = models.CharField(max_length=12, choices=Category.choices, default=Category.STANDARD)
    per = models.CharField(max_length=6, choices=Per.choices)
    max_amount = models.DecimalField(max_digits=14, decimal_places=4)
    valid_from = models.DateField(null=True, blank=True)
    valid_to = models.DateField(null=True, blank=True)

    class Meta:
        ordering = ["title", "country"]

    def __str__(self):
        return (
            f"{self.title}, {self.country or 'any country'}: at most {self.max_amount} {self.currency} per {self.per}"
        )


class Milestone(models.Model):
    """A part of a fixed-price engagement that is paid when accepted."""

    engagement = models.ForeignKey(Engagement, models.CASCADE, related_name="milestones")
    title = models.CharField(max_length=200)
    amount = models.DecimalField(max_digits=14, decimal_places=2)
    currency = models.CharField(max_length=3)
    due_date = models.DateField(null=True, blank=True)
    accepted_on = models.DateField(null=True, blank=True)

    def __str__(self):
        return self.title
