"""Roles and what each may do. Permissions are imperative: noun.verb."""

from django.core.exceptions import PermissionDenied
from django.db import models


class Role(models.TextChoices):
    ADMIN = "admin", "Admin"
    AGENT_OWNER = "agent_owner", "Agent owner"
    AUDITOR = "auditor", "Auditor"
    EXECUTIVE = "executive", "Executive"
    FINANCE = "finance", "Finance"
    HR = "hr", "HR"
    LEGAL = "legal", "Legal"
    OPERATIONS = "operations", "Operations"
    PROCUREMENT = "procurement", "Procurement"


class Permission(models.TextChoices):
    AUDIT_EXPORT = "audit.export", "Export the proof of the ledger"
    AUDIT_HOLD = "audit.hold", "Place and release legal holds"
    CAPACITY_VIEW = "capacity.view", "See capacity and demand"
    CONTRIBUTOR_EDIT = "contributor.edit", "Override facts of contributors and order the sources"
    CONTRIBUTOR_VIEW = "contributor.view", "See contributors"
    CONTRIBUTOR_VIEW_IDENTITY = "contributor.view_identity", "See birth dates, ids, accounts and home addresses"
    CONTRIBUTOR_VIEW_PAY = "contributor.view_pay", "See rates, pay and cost"
    DATA_EXPORT = "data.export", "Export data"
    DATA_IMPORT = "data.import", "Import data"
    DISCREPANCY_DECIDE = "discrepancy.decide", "Decide on discrepancies"
    EVENT_VIEW = "event.view", "See the ledger"
    FINDING_DECIDE = "finding.decide", "Waive findings"
    FINDING_VIEW = "finding.view", "See findings"
    IDENTITY_REVIEW = "identity.review", "Decide which records are one contributor"
    INVOICE_VIEW = "invoice.view", "See invoices"
    ONBOARDING_COMPLETE = "onboarding.complete", "Complete onboarding items"
    ONBOARDING_VIEW = "onboarding.view", "See onboarding"
    ORDER_EDIT = "order.edit", "Edit purchase orders"
    REQUEST_CREATE = "request.create", "Create requests"
    REQUEST_VIEW = "request.view", "See requests"
    SOURCE_CONNECT = "source.connect", "Set addresses from which sources are fetched"
    RETENTION_APPLY = "retention.apply", "Delete what is past its retention"
    SCREENING_DECIDE = "screening.decide", "Decide on screening hits"
    SCREENING_VIEW = "screening.view", "See screening hits and watchlists"
    SOURCE_VIEW = "source.view", "See sources and runs"


P = Permission
READ = {P.CAPACITY_VIEW, P.CONTRIBUTOR_VIEW, P.FINDING_VIEW, P.ONBOARDING_VIEW, P.REQUEST_VIEW}
PERMISSIONS_BY_ROLE: dict[str, set[str]] = {
    Role.ADMIN: set(Permission),
    Role.AGENT_OWNER: {P.CONTRIBUTOR_VIEW, P.FINDING_VIEW, P.ONBOARDING_VIEW, P.ONBOARDING_COMPLETE},
    Role.AUDITOR: READ
    | {
        P.AUDIT_EXPORT,
        P.CONTRIBUTOR_VIEW_PAY,
        P.DATA_EXPORT,
        P.EVENT_VIEW,
        P.INVOICE_VIEW,
        P.SCREENING_VIEW,
        P.SOURCE_VIEW,
    },
    Role.EXECUTIVE: READ | {P.CONTRIBUTOR_VIEW_PAY, P.INVOICE_VIEW},
    Role.FINANCE: READ
    | {P.CONTRIBUTOR_VIEW_PAY, P.DATA_EXPORT, P.DATA_IMPORT, P.DISCREPANCY_DECIDE, P.INVOICE_VIEW, P.SOURCE_VIEW},
    Role.HR: READ
    | {
        P.CONTRIBUTOR_EDIT,
        P.CONTRIBUTOR_VIEW_IDENTITY,
        P.CONTRIBUTOR_VIEW_PAY,
        P.DATA_EXPORT,
        P.DATA_IMPORT,
        P.IDENTITY_REVIEW,
        P.ONBOARDING_COMPLETE,
        P.SCREENING_DECIDE,
        P.SCREENING_VIEW,
        P.SOURCE_VIEW,
    },
    Role.LEGAL: READ
    | {
        P.AUDIT_EXPORT,
        P.AUDIT_HOLD,
        P.CONTRIBUTOR_VIEW_IDENTITY,
        P.DATA_EXPORT,
        P.EVENT_VIEW,
        P.FINDING_DECIDE,
        P.ONBOARDING_COMPLETE,
        P.RETENTION_APPLY,
        P.SCREENING_DECIDE,
        P.SCREENING_VIEW,
    },
    Role.OPERATIONS: READ | {P.ONBOARDING_COMPLETE, P.REQUEST_CREATE},
    Role.PROCUREMENT: READ
    | {
        P.CONTRIBUTOR_VIEW_PAY,
        P.DATA_EXPORT,
        P.DATA_IMPORT,
        P.DISCREPANCY_DECIDE,
        P.INVOICE_VIEW,
        P.ONBOARDING_COMPLETE,
        P.ORDER_EDIT,
        P.REQUEST_CREATE,
    },
}


def require(user, permission: str) -> None:
    """Raises PermissionDenied, with the words to show, unless the user has the permission."""
    if not (user.is_authenticated and user.may(permission)):
        label = Permission(permission).label.lower()
        raise PermissionDenied(f"Your roles do not allow you to {label}. Ask an admin for a role that does.")
