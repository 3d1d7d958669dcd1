"""Units, places, cost centres, legal entities and calendars."""

from django.db import connection, models


class Organisation(models.Model):
    """The one organisation of this installation and its reporting currency (ISO 4217)."""

    name = models.CharField(max_length=200, default="Our organisation")
    reporting_currency = models.CharField(max_length=3, default="EUR")

    def __str__(self):
        return self.name

    @classmethod
    def current(cls) -> "Organisation":
        return cls.objects.order_by("id").first() or cls.objects.create()


class LegalEntity(models.Model):
    name = models.CharField(max_length=200, unique=True)
    country = models.CharField(max_length=2)
    currency = models.CharField(max_length=3)

    class Meta:
        verbose_name_plural = "legal entities"

    def __str__(self):
        return self.name


class CostCentre(models.Model):
    code = models.CharField(max_length=40, unique=True)
    name = models.CharField(max_length=200, blank=True)

    def __str__(self):
        return self.code


class UnitQuerySet(models.QuerySet):
    def visible_to(self, user):
        """Every unit, or for a user confined to units those and the ones below them."""
        if not user.may("contributor.view"):
            return self.none()
        scope = user.unit_scope()
        return self if scope is None else self.filter(id__in=scope)

    def below(self, unit_ids):
        """The units themselves and all below them in the tree."""
        ids = [int(i) for i in unit_ids]
        if not ids:
            return self.none()
        marks = ",".join(["%s"] * len(ids))
        with connection.cursor() as cursor:
            cursor.execute(
                f"""
                WITH RECURSIVE tree(id) AS (
                    SELECT id FROM organisation_unit WHERE id IN ({marks})
                    UNION
                    SELECT u.id FROM organisation_unit u JOIN tree t ON u.parent_id = t.id
                )
                SELECT id FROM tree
                """,
                ids,
            )
            return self.filter(id__in=[row[0] for row in cursor.fetchall()])


class Unit(models.Model):
    """A department or team, one node of a tree."""

    name = models.CharField(max_length=200)
    parent = models.ForeignKey("self", models.SET_NULL, null=True, blank=True, related_name="children")
    cost_centre = models.ForeignKey(CostCentre, models.SET_NULL, null=True, blank=True)
    country = models.CharField(max_length=2, blank=True)
    currency = models.CharField(max_length=3, blank=True)
    manager = models.ForeignKey(
        "contributors.Contributor", models.SET_NULL, null=True, blank=True, related_name="managed_units"
    )

    objects = UnitQuerySet.as_manager()

    class Meta:
        ordering = ["name"]

    def __str__(self):
        return self.name


class Calendar(models.Model):
    """Working days of a country (ISO 3166-1 alpha-2; `--` is plain Monday to Friday)."""

    country = models.CharField(max_length=2, unique=True)

    def __str__(self):
        return self.country


class CalendarDay(models.Model):
    """One day of a calendar; filled from the `holidays` library, corrected by an admin."""

    calendar = models.ForeignKey(Calendar, models.CASCADE, related_name="days")
    date = models.DateField()
    is_working = models.BooleanField()
    holiday = models.CharField(max_length=200, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["calendar", "date"], name="calendar_day_once")]


class Location(models.Model):
    """A place of work; its calendar says which days are working days."""

    name = models.CharField(max_length=200)
    country = models.CharField(max_length=2, blank=True)
    calendar = models.ForeignKey(Calendar, models.PROTECT, null=True, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["name", "country"], name="location_once")]

    def __str__(self):
        return self.name


class ExchangeRate(models.Model):
    """One `base` costs `rate` `quote` from this date on, until the next date given."""

    date = models.DateField()
    base = models.CharField(max_length=3)
    quote = models.CharField(max_length=3)
    rate = models.DecimalField(max_digits=20, decimal_places=8)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["date", "base", "quote"], name="exchange_rate_once"),
            models.CheckConstraint(condition=models.Q(rate__gt=0), name="exchange_rate_positive"),
        ]
