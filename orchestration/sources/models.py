"""Connected systems and every row they ever sent, as it came."""

from django.conf import settings
from django.db import models

from workforce.contributors.confidential import EncryptedTextField
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


class Merge(models.Model):
    """Two records held to be one contributor; undone by filling in when, never by rewriting."""

    kept = models.ForeignKey(Contributor, models.CASCADE, related_name="merges_kept")
    merged = models.ForeignKey(Contributor, models.CASCADE, related_name="merges")
    reasons = models.JSONField(default=list)
    at = models.DateTimeField()
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    undone_at = models.DateTimeField(null=True, blank=True)
    undone_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["merged"], condition=models.Q(undone_at=None), name="merge_standing_once")
        ]


class Match(models.Model):
    """Two records that may be one contributor, for a person to look at; rewritten by each resolution."""

    first = models.ForeignKey(Contributor, models.CASCADE, related_name="+")
    second = models.ForeignKey(Contributor, models.CASCADE, related_name="+")
    reasons = models.JSONField(default=list)

    class Meta:
        verbose_name_plural = "matches"
        constraints = [models.UniqueConstraint(fields=["first", "second"], name="match_pair_once")]

    def __str__(self):
        return f"{self.first} and {self.second}"


class Precedence(models.Model):
    """The place of a source for a column of the contributors' table, `*` for every column; 1 comes first."""

    column = models.CharField(max_length=40)
    source = models.ForeignKey(Source, models.CASCADE, related_name="precedences")
    rank = models.PositiveSmallIntegerField()

    class Meta:
        ordering = ["column", "rank"]
        constraints = [models.UniqueConstraint(fields=["column", "source"], name="precedence_once_per_source")]

    def __str__(self):
        return f"{self.source}: {self.rank} for {self.column}"


class OverrideQuerySet(models.QuerySet):
    def standing_on(self, day):
        """Not taken back, and not past their last day."""
        return self.filter(ended_at=None, until__gte=day)


class Override(models.Model):
    """What a person holds to be true of a contributor, whatever the sources say, until a day (included).

    `value` is JSON: text, a date or number as text, an id of what is referred to, ids of skills; null for nothing.
    """

    contributor = models.ForeignKey(Contributor, models.CASCADE, related_name="overrides")
    column = models.CharField(max_length=40)
    value = EncryptedTextField()
    reason = models.TextField()
    until = models.DateField()
    at = models.DateTimeField()
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    ended_at = models.DateTimeField(null=True, blank=True)
    ended_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")

    objects = OverrideQuerySet.as_manager()

    class Meta:
        ordering = ["-at"]
        constraints = [
            models.UniqueConstraint(
                fields=["contributor", "column"], condition=models.Q(ended_at=None), name="override_standing_once"
            )
        ]

    def __str__(self):
        return f"{self.column} of {self.contributor} until {self.until}"


class OwnFacts(models.Model):
    """What a contributor's own sources say of it, while its row shows the golden record. JSON by column."""

    contributor = models.OneToOneField(Contributor, models.CASCADE, primary_key=True, related_name="own_facts")
    facts = EncryptedTextField()

    class Meta:
        verbose_name_plural = "own facts"
