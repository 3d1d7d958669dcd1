"""Connected systems and every row they ever sent, as it came."""

from datetime import timedelta

from django.conf import settings
from django.db import models
from django.db.models import F, OuterRef, Q, Subquery
from django.utils import timezone

from workforce.contributors.confidential import EncryptedTextField
from workforce.contributors.models import Contributor


class SourceQuerySet(models.QuerySet):
    def with_freshness(self):
        """`fresh`: when the source was last taken or looked at and found unchanged."""
        ran = (
            SyncRun.objects.filter(source=models.OuterRef("pk"), is_replay=False)
            .values("source")
            .annotate(at=models.Max("finished_at"))
        )
        seen = Feed.objects.filter(source=models.OuterRef("pk")).values("source")
        seen = seen.annotate(at=models.Max("last_succeeded_at"))
        return self.annotate(ran=models.Subquery(ran.values("at")), looked=models.Subquery(seen.values("at")))


class Source(models.Model):
    """A connected system; `interval_minutes` is how often its data are expected, empty for no expectation."""

    name = models.SlugField(max_length=60, unique=True)
    title = models.CharField(max_length=200, blank=True)
    interval_minutes = models.PositiveIntegerField(null=True, blank=True)

    objects = SourceQuerySet.as_manager()

    class Meta:
        ordering = ["name"]

    def __str__(self):
        return self.title or self.name

    @property
    def fresh_at(self):
        """Last success; needs with_freshness()."""
        return max((at for at in (self.ran, self.looked) if at), default=None)

    @property
    def is_stale(self) -> bool:
        """Nothing came for more than twice the interval in which something is expected."""
        if self.interval_minutes is None or self.fresh_at is None:
            return False
        return timezone.now() - self.fresh_at > 2 * timedelta(minutes=self.interval_minutes)


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
    is_replay = models.BooleanField(default=False)  # stored rows read anew; the source itself sent nothing

    class Meta:
        ordering = ["-id"]


class SourceRecord(models.Model):
    """A raw row, with its first and last sight and the object it became.

    `key` is the row's `source_id` (or natural key) in its source; confidential columns of `raw` stand encrypted.
    """

    # Without an index of its own: the constraint below begins with it.
    source = models.ForeignKey(Source, models.PROTECT, related_name="records", db_index=False)
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


class SavedMapping(models.Model):
    """How a source's table of one kind is read, used by itself when the same header comes again."""

    source = models.ForeignKey(Source, models.CASCADE, related_name="mappings")
    kind = models.CharField(max_length=30)
    header = models.JSONField(default=list)  # their columns, in order
    mapping = models.JSONField(default=dict)
    saved_at = models.DateTimeField()
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")

    class Meta:
        ordering = ["source", "kind"]
        constraints = [models.UniqueConstraint(fields=["source", "kind"], name="saved_mapping_once")]

    def __str__(self):
        return f"{self.source}: {self.kind}"


class Feed(models.Model):
    """An address from which a source's table is fetched: a watched folder, HTTP(S) or S3-compatible storage.

    `credentials` is a JSON object: `token`, or `user` and `password` for HTTP; `key`, `secret`, `endpoint_url` and
    `region` for S3. `seen` tells what was taken last, so that an unchanged file does nothing.
    """

    source = models.ForeignKey(Source, models.CASCADE, related_name="feeds")
    kind = models.CharField(max_length=30)
    address = models.CharField(max_length=1000)
    credentials = EncryptedTextField(blank=True)
    is_private_allowed = models.BooleanField(default=False)  # an address inside the own network
    is_active = models.BooleanField(default=True)
    last_tried_at = models.DateTimeField(null=True)
    last_succeeded_at = models.DateTimeField(null=True)
    failure = models.TextField(blank=True)  # why the last try failed, in words; empty when it did not
    seen = models.JSONField(default=dict)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")

    class Meta:
        ordering = ["source", "kind", "id"]

    def __str__(self):
        return f"{self.source}: {self.kind} from {self.address}"


class DeliveryQuerySet(models.QuerySet):
    def visible_to(self, user):
        """Files hold anything: one sees one's own, admins all, and what feeds brought who may see identities."""
        if not user.may("data.import"):
            return self.none()
        if user.may("source.connect") and user.unit_scope() is None:
            return self
        own = models.Q(by=user)
        sees_fed = user.may("contributor.view_identity") and user.unit_scope() is None
        return self.filter(own | models.Q(feed__isnull=False)) if sees_fed else self.filter(own)


class Delivery(models.Model):
    """A file that came by hand or from a feed, kept privately until it is taken or dropped."""

    class State(models.TextChoices):
        WAITING = "waiting", "Waits for its columns to be mapped"
        TRYING = "trying", "Being tried"
        TRIED = "tried", "Tried"
        TAKING = "taking", "Being taken"
        TAKEN = "taken", "Taken"
        FAILED = "failed", "Could not be taken"

    file = models.FileField(upload_to="deliveries/")
    name = models.CharField(max_length=255)
    source_name = models.CharField(max_length=60)
    kind = models.CharField(max_length=30)
    table = models.CharField(max_length=100, blank=True)
    tables_taken = models.JSONField(default=list)  # others of the same file that went in before
    header = models.JSONField(default=list)
    mapping = models.JSONField(default=dict)
    preset = models.CharField(max_length=200, blank=True)
    ambiguous = models.JSONField(default=list)  # our date columns of which a person must say how they are read
    state = models.CharField(max_length=10, choices=State.choices, default=State.WAITING)
    report = models.JSONField(default=dict)
    problem = models.TextField(blank=True)
    received_at = models.DateTimeField()
    started_at = models.DateTimeField(null=True)  # when it was last tried or taken
    feed = models.ForeignKey(Feed, models.SET_NULL, null=True, related_name="deliveries")
    run = models.ForeignKey(SyncRun, models.SET_NULL, null=True, related_name="deliveries")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")

    objects = DeliveryQuerySet.as_manager()

    class Meta:
        ordering = ["-id"]
        verbose_name_plural = "deliveries"

    def __str__(self):
        return self.name


class ResolutionRun(models.Model):
    """One search of the whole registry for records that are one contributor; it waits, goes on, then has ended."""

    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    asked_at = models.DateTimeField()
    started_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)
    merged = models.PositiveIntegerField(default=0)
    to_review = models.PositiveIntegerField(default=0)
    failure = models.TextField(blank=True)

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(models.Value(1), condition=models.Q(finished_at=None), name="resolution_one_open")
        ]


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
