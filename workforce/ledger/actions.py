"""The tags of Events: past tense, noun.verb, alphabetical."""

from django.db.models import TextChoices


class Action(TextChoices):
    CONTRIBUTOR_CREATED = "contributor.created", "Contributor created"
    CONTRIBUTOR_MERGED = "contributor.merged", "Contributor merged"
    CONTRIBUTOR_UNMERGED = "contributor.unmerged", "Contributor unmerged"
    CONTRIBUTOR_UPDATED = "contributor.updated", "Contributor updated"
    DISCREPANCY_DECIDED = "discrepancy.decided", "Discrepancy decided"
    ENGAGEMENT_CREATED = "engagement.created", "Engagement created"
    ENGAGEMENT_UPDATED = "engagement.updated", "Engagement updated"
    FINDING_CLOSED = "finding.closed", "Finding closed"
    FINDING_OPENED = "finding.opened", "Finding opened"
    FINDING_WAIVED = "finding.waived", "Finding waived"
    HOLD_LIFTED = "hold.lifted", "Hold lifted"
    HOLD_PLACED = "hold.placed", "Hold placed"
    INVOICE_RECEIVED = "invoice.received", "Invoice received"
    ITEM_COMPLETED = "item.completed", "Onboarding item completed"
    ITEM_REOPENED = "item.reopened", "Onboarding item reopened"
    LEDGER_EXPORTED = "ledger.exported", "Proof of the ledger exported"
    LEGAL_HOLD_PLACED = "legal_hold.placed", "Legal hold placed"
    LEGAL_HOLD_RELEASED = "legal_hold.released", "Legal hold released"
    PLAN_CREATED = "plan.created", "Onboarding plan created"
    RECORD_CREATED = "record.created", "Record created"
    RECORD_DELETED = "record.deleted", "Record deleted"
    RECORD_UPDATED = "record.updated", "Record updated"
    RETENTION_APPLIED = "retention.applied", "Retention applied"
