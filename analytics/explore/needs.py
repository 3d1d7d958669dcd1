"""What needs the person signed in: onboarding items, findings and discrepancies, oldest promise first."""

from dataclasses import dataclass
from datetime import date, timedelta

from django.urls import reverse

from governance.policies.queries import open_findings_for
from governance.screening.queries import waiting_hits_for
from orchestration.invoices.queries import add_words, codes_of, open_discrepancies
from orchestration.onboarding.queries import open_items_for
from workforce.accounts.permissions import Permission, Role

MANY = 100
SCREENING_TIME = timedelta(days=3)  # to decide on a hit


@dataclass
class Need:
    """One thing to do: `due` is the day promised."""

    kind: str
    title: str
    who: str
    url: str
    due: date
    is_late: bool
    item_id: int | None = None


def needs_of(user, *, today: date, limit: int = MANY) -> list[Need]:
    """At most `limit` of each sort, soonest due first."""
    found = [*item_needs(user, today, limit), *finding_needs(user, today, limit), *invoice_needs(user, today, limit)]
    found += hit_needs(user, today, limit)
    return sorted(found, key=lambda need: (need.due, need.kind, need.who))


def item_needs(user, today: date, limit: int):
    if not user.may(Permission.ONBOARDING_COMPLETE):
        return
    for item in open_items_for(user)[:limit]:
        who = item.plan.engagement.contributor
        url = reverse("contributor", args=[who.pk])
        yield Need("Onboarding", item.title, who.name, url, item.due_date, item.due_date < today, item.pk)


def finding_needs(user, today: date, limit: int):
    for finding in open_findings_for(user)[:limit]:
        url = reverse("contributor", args=[finding.contributor_id])
        is_late = finding.due_date < today
        yield Need("Finding", finding.policy.title, finding.contributor.name, url, finding.due_date, is_late)


def hit_needs(user, today: date, limit: int):
    for hit in waiting_hits_for(user)[:limit]:
        due = hit.found_at.date() + SCREENING_TIME
        url = reverse("screening-hit", args=[hit.pk])
        yield Need("Screening", hit.get_signal_display(), hit.contributor.name, url, due, due < today)


def invoice_needs(user, today: date, limit: int):
    """Discrepancies that one of the user's roles answers for, due when the invoice is."""
    if not user.may(Permission.DISCREPANCY_DECIDE):
        return
    for one in add_words(discrepancies_for(user)[:limit]):
        invoice = one.line.invoice
        who = f"{invoice.supplier or invoice.supplier_text}, invoice {invoice.number}"
        due = invoice.due_date or invoice.issue_date
        yield Need("Invoice", one.words.title, who, reverse("invoice", args=[invoice.pk]), due, due < today)


def discrepancies_for(user):
    """Open discrepancies of the user's own functions; admins have all."""
    rows = open_discrepancies(user)
    roles = user.role_names()
    if user.is_superuser or Role.ADMIN in roles:
        return rows
    return rows.filter(code__in=[code for role in roles for code in codes_of(role)])
