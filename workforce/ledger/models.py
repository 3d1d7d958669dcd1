"""One append-only row for each change: audit trail, outbox and live stream in one table."""

from django.apps import apps
from django.conf import settings
from django.db import models
from django.db.models import Case, F, OuterRef, Q, Subquery, When

from workforce.ledger.actions import Action


class TransactionNumber(models.Func):
    """The number of the writing transaction on PostgreSQL; 0 on SQLite, where writers follow one another."""

    template = "(pg_current_xact_id()::text::bigint)"
    output_field = models.BigIntegerField()

    def as_sqlite(self, compiler, connection, **context):
        return "0", []


class EventQuerySet(models.QuerySet):
    def about(self, subject):
        """Events whose subject is this object."""
        return self.filter(subject_type=subject._meta.model_name, subject_id=subject.pk)

    def visible_to(self, user):
        """All Events, or for a user confined to units those about the contributors and engagements seen there."""
        if not user.may("event.view"):
            return self.none()
        if user.unit_scope() is None:
            return self
        seen = Q(pk__in=[])
        for label in ("contributors.Contributor", "engagements.Engagement"):
            model = apps.get_model(label)
            subjects = model.objects.visible_to(user).order_by().values("pk")
            seen |= Q(subject_type=model._meta.model_name, subject_id__in=subjects)
        return self.filter(seen)

    def in_registry(self, user):
        """Changes of the contributors and engagements the user may see, each with the `contributor` it concerns."""
        contributors = apps.get_model("contributors.Contributor").objects
        engagements = apps.get_model("engagements.Engagement").objects
        if not user.may("contributor.view"):
            return self.none()
        theirs = engagements.filter(pk=OuterRef("subject_id")).values("contributor")
        concerned = Case(
            When(subject_type="contributor", then=F("subject_id")),
            default=Subquery(theirs),
            output_field=models.BigIntegerField(),
        )
        found = self.filter(subject_type__in=["contributor", "engagement"]).annotate(contributor=concerned)
        if user.unit_scope() is None and user.role_names() != {"agent_owner"}:
            return found
        return found.filter(contributor__in=contributors.visible_to(user).order_by().values("pk"))


class Event(models.Model):
    """Who did what, on behalf of whom, to what, before and after, and why. Never updated, never deleted."""

    at = models.DateTimeField(db_index=True)
    actor = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    on_behalf_of = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", db_index=False
    )
    action = models.CharField(max_length=60, choices=Action.choices)
    subject_type = models.CharField(max_length=40)
    subject_id = models.BigIntegerField()
    subject_label = models.CharField(max_length=200)
    before = models.JSONField(default=dict)
    after = models.JSONField(default=dict)
    reason = models.TextField(blank=True)
    transaction = models.BigIntegerField(db_default=TransactionNumber(), editable=False)

    objects = EventQuerySet.as_manager()

    class Meta:
        indexes = [
            models.Index(fields=["subject_type", "subject_id", "id"], name="event_subject"),
            models.Index(fields=["transaction", "id"], name="event_followed"),
        ]

    def __str__(self):
        return f"{self.at:%Y-%m-%d %H:%M} {self.action} {self.subject_label}"


class Cursor(models.Model):
    """How far a follower has read the ledger: up to the Event `position` of `transaction`, in the order of both."""

    name = models.CharField(max_length=60, primary_key=True)
    transaction = models.BigIntegerField(default=0)
    position = models.BigIntegerField(default=0)
