"""Connected systems and every row they ever sent, as it came."""

from django.conf import settings
from django.db import models
from django.db.models import F, OuterRef, Q, Subquery
from django.utils import timezone

from workforce.contributors.models import Contributor


class Source(models.Model):
    """A connected system."""

    name = models.SlugField(max_length=60, unique=True)
    title = models.CharField(max_length=200, blank=True)

    class Meta:
        ordering = ["name"]

    def __str__(self):
        return self.title or self.name


class SyncRun(models.Model):
    """One taking of one table; `path` says which file."""

    source = models.ForeignKey(Source, models.PROTECT, related_name="runs")
    kind = models.CharField(max_length=30)
    path = models.CharField(max_length=500)
    started_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    seen = models.PositiveIntegerField(default=0)
    created = models.PositiveIntegerField(default=0)
    updated = models.PositiveIntegerField(default=0)
    unchanged = models.PositiveIntegerField(default=0)
    gone = models.PositiveIntegerField(default=0)
    rejected = models.PositiveIntegerField(default=0)
    waiting = models.PositiveIntegerField(default=0)
    unknown_columns = models.JSONField(default=list)
    mapping = models.JSONField(default=dict)  # how the raw rows were translated

    class Meta:
        ordering = ["-id"]


class SourceRecord(models.Model):
    """A raw row, with its first and last sight and the object it became.

    `key` is the row's `source_id` (or natural key) in its source; confidential columns of `raw` stand encrypted.
    """

    source = models.ForeignKey(Source, models.PROTECT, related_name="records")
    kind = models.CharField(max_length=30)
    key = models.CharField(max_length=200)
    raw = models.JSONField()
    raw_hash = models.CharField(max_length=64)
    first_seen_at = models.DateTimeField()
    last_seen_at = models.DateTimeField()
    run = models.ForeignKey(SyncRun, models.PROTECT, related_name="records")
    row = models.PositiveIntegerField()
    object_id = models.BigIntegerField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["source", "kind", "key"], name="source_record_once")]
        indexes = [models.Index(fields=["kind", "object_id"], name="source_record_object")]

    def __str__(self):
        return f"{self.source.name}:{self.key}"


class WatchlistEntry(models.Model):
    """A name on a watchlist, with its aliases (`;` between)."""

    name = models.CharField(max_length=300)
    aliases = models.TextField(blank=True)
    birth_date = models.DateField(null=True, blank=True)
    country = models.CharField(max_length=2, blank=True)
    list = models.CharField(max_length=200, blank=True)

    class Meta:
        verbose_name_plural = "watchlist entries"

    def __str__(self):
        return self.name


class Rejection(models.Model):
    """A cell that could not be taken, why, and the row to mend."""

    run = models.ForeignKey(SyncRun, models.CASCADE, related_name="rejections")
    row = models.PositiveIntegerField()
    column = models.CharField(max_length=100, blank=True)
    value = models.TextField(blank=True)
    code = models.CharField(max_length=40)
    message = models.TextField()
    raw = models.JSONField(default=dict)

    class Meta:
        ordering = ["run", "row", "id"]


class WaitingReference(models.Model):
    """A reference whose target has not arrived: (source, target kind, id) named by a record's column."""

    record = models.ForeignKey(SourceRecord, models.CASCADE, related_name="waiting_references")
    column = models.CharField(max_length=40)
    target_kind = models.CharField(max_length=30)
    target_source = models.CharField(max_length=60)
    target_key = models.CharField(max_length=200)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["record", "column"], name="waiting_reference_once")]
        indexes = [models.Index(fields=["target_kind", "target_source", "target_key"], name="waiting_target")]


class MergeQuerySet(models.QuerySet):
    def visible_to(self, user):
        """Those of which the user may see both records."""
        seen = Contributor.objects.visible_to(user).order_by().values("pk")
        return self.filter(kept__in=seen, merged__in=seen)

    def standing(self):
        return self.filter(undone_at=None)


class Merge(models.Model):
    """Two records held to be one contributor; undone by filling in when, never by rewriting.

    `reasons` are [words, bits], the strongest first; a person's reason has no bits.
    """

    kept = models.ForeignKey(Contributor, models.CASCADE, related_name="merges_kept")
    merged = models.ForeignKey(Contributor, models.CASCADE, related_name="merges")
    reasons = models.JSONField(default=list)
    at = models.DateTimeField()
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    undone_at = models.DateTimeField(null=True, blank=True)
    undone_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")

    objects = MergeQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["merged"], condition=Q(undone_at=None), name="merge_standing_once")
        ]

    def __str__(self):
        return f"{self.merged} into {self.kept}"


class MatchDecisionQuerySet(models.QuerySet):
    def visible_to(self, user):
        """Those of which the user may see both records."""
        seen = Contributor.objects.visible_to(user).order_by().values("pk")
        return self.filter(first__in=seen, second__in=seen)

    def standing_apart(self):
        return self.filter(verdict="apart", taken_back_at=None)


class MatchQuerySet(models.QuerySet):
    def visible_to(self, user):
        """Those of which the user may see both records."""
        seen = Contributor.objects.visible_to(user).order_by().values("pk")
        return self.filter(first__in=seen, second__in=seen)

    def in_turn(self):
        """The surest first; those put off come last, the longest ago before the others. Adds `put_off_at`."""
        later = MatchDecision.objects.filter(
            first=OuterRef("first"), second=OuterRef("second"), verdict=MatchDecision.Verdict.LATER
        )
        put_off = Subquery(later.order_by("-at").values("at")[:1])
        return self.annotate(put_off_at=put_off).order_by(F("put_off_at").asc(nulls_first=True), "-bits", "pk")


class Match(models.Model):
    """Two records that may be one contributor, for a person to look at; rewritten by each resolution.

    `bits` is the weight of all reasons together: each bit doubles the odds. `reasons` are [words, bits], the strongest first.
    """

    first = models.ForeignKey(Contributor, models.CASCADE, related_name="+")
    second = models.ForeignKey(Contributor, models.CASCADE, related_name="+")
    bits = models.FloatField(default=0)
    probability = models.FloatField(default=0)
    reasons = models.JSONField(default=list)
    found_at = models.DateTimeField(default=timezone.now)

    objects = MatchQuerySet.as_manager()

    class Meta:
        verbose_name_plural = "matches"
        constraints = [models.UniqueConstraint(fields=["first", "second"], name="match_pair_once")]
        indexes = [models.Index(fields=["-bits", "id"], name="match_surest_first")]

    def __str__(self):
        return f"{self.first} and {self.second}"

    @property
    def likelihood(self) -> str:
        """The probability in per cent, never as certainty."""
        return "over 99.9 %" if self.probability > 0.999 else f"{self.probability:.1%}".replace("%", " %")


class MatchDecision(models.Model):
    """A person's word on two records: they are kept apart, or looked at later. What was merged stands in Merge.

    `first` has the lower id. A decision is taken back by filling in when, never by deleting it.
    """

    class Verdict(models.TextChoices):
        APART = "apart", "Kept apart"
        LATER = "later", "Later"

    first = models.ForeignKey(Contributor, models.CASCADE, related_name="+")
    second = models.ForeignKey(Contributor, models.CASCADE, related_name="+")
    verdict = models.CharField(max_length=5, choices=Verdict.choices)
    reason = models.TextField(blank=True)
    at = models.DateTimeField()
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    taken_back_at = models.DateTimeField(null=True, blank=True)
    taken_back_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")

    objects = MatchDecisionQuerySet.as_manager()

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.CheckConstraint(condition=Q(first__lt=F("second")), name="match_decision_in_order"),
            models.UniqueConstraint(
                fields=["first", "second"],
                condition=Q(verdict="apart", taken_back_at=None),
                name="match_decision_apart_once",
            ),
        ]

    def __str__(self):
        return f"{self.first} and {self.second}: {self.get_verdict_display().lower()}"
