"""What of the policies waits for a user."""

from governance.policies.models import Finding


def open_findings_for(user):
    """Open findings the user may see and whose policy one of the user's roles answers for; soonest due first."""
    findings = Finding.objects.open().visible_to(user).select_related("policy", "contributor")
    if not (user.is_superuser or "admin" in user.role_names()):
        findings = findings.filter(policy__owner_role__in=user.role_names())
    return findings.order_by("due_date", "pk")
