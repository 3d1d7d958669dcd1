"""Who is listed, who was found to be like them or to share what identities should not share, and who decided what."""

from django.conf import settings
from django.db import models
from django.db.models import Max, OuterRef, Q
from django.db.models.functions import Coalesce

from workforce.contributors.models import Contributor

REVIEW, HOLD = 50, 80  # points from which a person looks, and from which pay is held until one has


class WatchlistVersion(models.Model):
    """One state of a list: the bytes it was read from, when, and what changed in it."""

    list = models.CharField(max_length=200)
    sha256 = models.CharField(max_length=64)
    path = models.CharField(max_length=1000)
    taken_at = models.DateTimeField()
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    entries = models.PositiveIntegerField(default=0)
    added = models.PositiveIntegerField(default=0)
    changed = models.PositiveIntegerField(default=0)
    closed = models.PositiveIntegerField(default=0)
    refused = models.PositiveIntegerField(default=0)

    class Meta:
        ordering = ["-id"]

    def __str__(self):
        return f"{self.list} of {self.taken_at:%Y-%m-%d}"


class WatchlistRefusal(models.Model):
    """A row of a published file that was not taken, and why."""

    version = models.ForeignKey(WatchlistVersion, models.CASCADE, related_name="refusals")
    path = models.CharField(max_length=500)
    row = models.PositiveIntegerField()
    message = models.TextField()

    class Meta:
        ordering = ["version", "path", "row"]

    def __str__(self):
        return f"{self.path}, row {self.row}: {self.message}"


class EntryKind(models.TextChoices):
    PERSON = "person", "Person"
    FIRM = "firm", "Firm"
    VESSEL = "vessel", "Vessel"
    AIRCRAFT = "aircraft", "Aircraft"


class WatchlistEntry(models.Model):
    """A name on a watchlist, with its aliases (`;` between); closed, never deleted, when it vanishes from the list.

    `birth_dates` and `countries` hold all that are listed (`;` between): `1962`, `1948-12-10` or `1955/1960`, and
    alpha-2 codes. `birth_date` and `country` are those of a table that has one of each.
    """

    name = models.CharField(max_length=300)
    aliases = models.TextField(blank=True)
    birth_date = models.DateField(null=True, blank=True)
    country = models.CharField(max_length=2, blank=True)
    list = models.CharField(max_length=200, blank=True)
    key = models.CharField(max_length=200, blank=True, editable=False)
    kind = models.CharField(max_length=8, choices=EntryKind.choices, blank=True)
    birth_dates = models.TextField(blank=True)
    countries = models.TextField(blank=True)
    programmes = models.TextField(blank=True)
    remarks = models.TextField(blank=True)
    published_in = models.CharField(max_length=200, blank=True, editable=False)
    version = models.ForeignKey(WatchlistVersion, models.PROTECT, null=True, editable=False, related_name="+")
    changed_in = models.ForeignKey(WatchlistVersion, models.PROTECT, null=True, editable=False, related_name="+")
    closed_at = models.DateTimeField(null=True, blank=True, editable=False)

    class Meta:
        verbose_name_plural = "watchlist entries"
        constraints = [
            models.UniqueConstraint(
                fields=["published_in", "key"], condition=~Q(published_in=""), name="watchlist_entry_once"
            )
        ]

    def __str__(self):
        return self.name


class Signal(models.TextChoices):
    WATCHLIST = "watchlist", "On a watchlist"
    SHARED_BANK_ACCOUNT = "shared_bank_account", "Shared bank account"
    SHARED_NATIONAL_ID = "shared_national_id", "Shared national id"
    SHARED_EMAIL = "shared_email", "Shared e-mail address"
    SHARED_PHONE = "shared_phone", "Shared phone"
    SHARED_ADDRESS = "shared_address", "Shared home address"
    BANK_CHANGED_NEAR_START = "bank_changed_near_start", "Bank account changed close to the start"
    PAYEE_CHANGED = "payee_changed", "Bank account changed lately"
    DISPOSABLE_EMAIL = "disposable_email", "Disposable e-mail address"
    BANK_COUNTRY = "bank_country", "Bank account in another country"


SHARED = (
    Signal.SHARED_BANK_ACCOUNT, Signal.SHARED_NATIONAL_ID, Signal.SHARED_EMAIL, Signal.SHARED_PHONE,
    Signal.SHARED_ADDRESS,
)  # fmt: skip


class Verdict(models.TextChoices):
    CLEARED = "cleared", "Cleared"
    CONFIRMED = "confirmed", "Confirmed"
    NEEDS_INFORMATION = "needs_information", "Needs information"


class ScreeningHitQuerySet(models.QuerySet):
    def open(self):
        return self.filter(closed_at=None)

    def counting(self):
        """Open and not cleared: what adds to the points of a contributor."""
        return self.open().exclude(verdict=Verdict.CLEARED)

    def waiting(self):
        """Open, and nobody's decision stands, or more is asked for."""
        return self.open().filter(verdict__in=["", Verdict.NEEDS_INFORMATION])

    def visible_to(self, user):
        if not user.may("screening.view"):
            return self.none()
        return self.filter(contributor__in=Contributor.objects.visible_to(user).order_by().values("pk"))

    def with_total(self):
        """With `total`: the points of the contributor, of each signal the highest, cleared hits left out."""
        best = (
            ScreeningHit.objects.counting()
            .filter(contributor=OuterRef("contributor"))
            .order_by()
            .values("contributor", "signal")
            .annotate(best=Max("points"))
        )
        return self.annotate(total=Coalesce(SumOf(best), 0))


class SumOf(models.Subquery):
    """The sum of `best` over a subquery of rows."""

    template = "(SELECT SUM(best_rows.best) FROM (%(subquery)s) best_rows)"
    output_field = models.IntegerField()


class ScreeningHit(models.Model):
    """A reason to look at a contributor: `points` made of `lines` ({what, points, why}), which a person decides on.

    `key` names the ground in its signal (the entry, or a keyed hash of what is shared); `ground` is the hash of the
    facts it rests on: a decision stands as long as they do, and `verdict` is that of the standing decision.
    """

    contributor = models.ForeignKey(Contributor, models.CASCADE, related_name="screening_hits")
    signal = models.CharField(max_length=24, choices=Signal.choices)
    key = models.CharField(max_length=64)
    entry = models.ForeignKey(WatchlistEntry, models.PROTECT, null=True, related_name="hits")
    others = models.JSONField(default=list)  # ids of the contributors it is shared with
    points = models.PositiveSmallIntegerField()
    score = models.DecimalField(max_digits=4, decimal_places=3, null=True)  # of the watchlist match, 0 to 1
    lines = models.JSONField(default=list)
    list_version = models.CharField(max_length=250, blank=True)
    ground = models.CharField(max_length=64)
    verdict = models.CharField(max_length=18, choices=Verdict.choices, blank=True)
    found_at = models.DateTimeField()
    changed_at = models.DateTimeField()
    closed_at = models.DateTimeField(null=True)

    objects = ScreeningHitQuerySet.as_manager()

    class Meta:
        ordering = ["-points", "id"]
        indexes = [models.Index(fields=["signal", "-points"], name="screening_hit_signal")]
        constraints = [models.UniqueConstraint(fields=["contributor", "signal", "key"], name="screening_hit_once")]

    def __str__(self):
        return f"{self.get_signal_display()}: {self.contributor}"


class HitDecision(models.Model):
    """What a person decided on a hit, on which ground, with what was seen."""

    hit = models.ForeignKey(ScreeningHit, models.CASCADE, related_name="decisions")
    verdict = models.CharField(max_length=18, choices=Verdict.choices)
    reason = models.TextField()
    ground = models.CharField(max_length=64)
    seen = models.JSONField(default=dict)
    at = models.DateTimeField()
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")

    class Meta:
        ordering = ["-id"]

    def __str__(self):
        return f"{self.get_verdict_display()}: {self.hit}"


class Appeal(models.Model):
    """The person concerned disagrees with a decision; another person than the first decides again."""

    hit = models.ForeignKey(ScreeningHit, models.CASCADE, related_name="appeals")
    decision = models.ForeignKey(HitDecision, models.CASCADE, related_name="appeals")
    statement = models.TextField()
    at = models.DateTimeField()
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")

    class Meta:
        ordering = ["-id"]

    def __str__(self):
        return f"Appeal: {self.hit}"
