"""Connected systems and every row they ever sent, as it came."""

from django.conf import settings
from django.db import models

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
