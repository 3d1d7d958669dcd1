"""The proof of the ledger: seals in a chain, what retention deleted, legal holds, and verifications."""

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import F, Q


class Seal(models.Model):
    """A batch of Events closed for good: a signed link of the chain, and so a checkpoint of all before it.

    Covers the numbers `first_id` to `last_id`, both included; `leaves` holds number and hash of each Event
    (see leaves.py), `total` counts the Events of this and all earlier seals.
    """

    number = models.BigIntegerField(primary_key=True)
    first_id = models.BigIntegerField()
    last_id = models.BigIntegerField(unique=True)
    event_count = models.PositiveIntegerField()
    total = models.BigIntegerField()
    leaves = models.BinaryField()
    digest = models.CharField(max_length=64)
    previous = models.CharField(max_length=64, blank=True)
    hash = models.CharField(max_length=64, unique=True)
    sealed_at = models.DateTimeField()
    signature = models.CharField(max_length=88)

    class Meta:
        ordering = ["number"]
        constraints = [models.CheckConstraint(condition=Q(last_id__gte=F("first_id")), name="seal_covers_numbers")]

    def __str__(self):
        return f"Seal {self.number}: events {self.first_id} to {self.last_id}"

    def statement(self) -> str:
        """What is hashed and signed."""
        return "\n".join(
            [
                "ensemble ledger seal 1",
                self.previous,
                str(self.number),
                str(self.first_id),
                str(self.last_id),
                str(self.event_count),
                str(self.total),
                self.sealed_at.strftime("%Y-%m-%dT%H:%M:%S.%fZ"),
                self.digest,
            ]
        )


class RetentionClass(models.Model):
    """How long a class of Events is kept; `minimum_days` is the floor that no admin may go below."""

    name = models.SlugField(max_length=40, primary_key=True)
    title = models.CharField(max_length=100)
    basis = models.CharField(max_length=300)
    minimum_days = models.PositiveIntegerField(editable=False)
    keep_days = models.PositiveIntegerField()

    class Meta:
        ordering = ["name"]
        verbose_name_plural = "retention classes"
        constraints = [
            models.CheckConstraint(condition=Q(keep_days__gte=F("minimum_days")), name="retention_kept_long_enough")
        ]

    def __str__(self):
        return self.title

    def clean(self):
        if self.keep_days is not None and self.keep_days < self.minimum_days:
            raise ValidationError(
                {"keep_days": f"{self.title} must be kept {self.minimum_days:,} days or longer: {self.basis}"}
            )


class Deletion(models.Model):
    """Events that retention deleted, number by number, signed: what a verification need not find any more."""

    retention_class = models.ForeignKey(RetentionClass, models.PROTECT, related_name="+")
    before = models.DateField()
    event_ids = models.BinaryField()
    event_count = models.PositiveIntegerField()
    digest = models.CharField(max_length=64)
    reason = models.TextField()
    at = models.DateTimeField()
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    signature = models.CharField(max_length=88)

    class Meta:
        ordering = ["id"]

    def __str__(self):
        return f"{self.event_count} events before {self.before}"

    def statement(self) -> str:
        """What is signed."""
        return "\n".join(
            [
                "ensemble ledger deletion 1",
                self.retention_class_id,
                self.before.isoformat(),
                str(self.event_count),
                self.at.strftime("%Y-%m-%dT%H:%M:%S.%fZ"),
                str(self.by_id),
                self.digest,
                self.reason,
            ]
        )


class LegalHoldQuerySet(models.QuerySet):
    def standing(self):
        return self.filter(released_at=None)


class LegalHold(models.Model):
    """Nothing about the subject, or nothing at all (no subject), is deleted until it is released."""

    subject_type = models.CharField(max_length=40, blank=True)
    subject_id = models.BigIntegerField(default=0)
    subject_label = models.CharField(max_length=200, blank=True)
    reason = models.TextField()
    placed_at = models.DateTimeField()
    placed_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    released_at = models.DateTimeField(null=True, blank=True)
    released_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    release_reason = models.TextField(blank=True)

    objects = LegalHoldQuerySet.as_manager()

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["subject_type", "subject_id"],
                condition=Q(released_at=None),
                name="legal_hold_standing_once",
            )
        ]

    def __str__(self):
        return f"Legal hold on {self.subject_label or 'everything'}"


class Verification(models.Model):
    """One check of the whole chain: asked for, run in the background, with what it found."""

    asked_at = models.DateTimeField()
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    finished_at = models.DateTimeField(null=True)
    events = models.BigIntegerField(default=0)
    seal_number = models.BigIntegerField(default=0)
    head = models.CharField(max_length=64, blank=True)
    first_bad = models.BigIntegerField(null=True)
    sentence = models.TextField(blank=True)

    class Meta:
        ordering = ["-id"]

    def __str__(self):
        return f"Verification of {self.asked_at:%Y-%m-%d %H:%M}"

    @property
    def is_ok(self) -> bool:
        return self.finished_at is not None and not self.sentence
