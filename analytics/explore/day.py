"""The figures of each role's day on the home page; each opens the records behind it."""

from dataclasses import dataclass, field
from datetime import date, timedelta
from urllib.parse import urlencode

from django.db.models import Count, Q, Sum
from django.urls import reverse

from analytics.capacity.models import Cell
from governance.policies.models import Finding
from orchestration.demand.models import Request, RequestStatus
from orchestration.invoices.models import Code
from orchestration.invoices.queries import count_by_code, first_pass, open_discrepancies
from orchestration.onboarding.models import Item
from orchestration.sources.models import SyncRun
from workforce.accounts.permissions import Role
from workforce.contributors.models import Contributor, Kind, Status
from workforce.engagements.models import PurchaseOrder
from workforce.ledger.models import Event
from workforce.organisation.models import Unit

SOON = timedelta(days=30)


@dataclass
class Figure:
    what: str
    value: str
    note: str = ""
    url: str = ""


@dataclass
class Section:
    title: str
    figures: list[Figure] = field(default_factory=list)


def day_of(user, *, today: date) -> list[Section]:
    """A section for each role of the user, in the order of the roles."""
    return [SECTIONS[role](user, today) for role in Role.values if role in user.role_names()]


def registry_url(query: str = "", **filters) -> str:
    return f"{reverse('registry')}?{urlencode({**filters, **({'q': query} if query else {})})}"


def hr_day(user, today):
    items = Item.objects.open().visible_to(user)
    facts = items.aggregate(all=Count("pk"), late=Count("pk", filter=Q(due_date__lt=today)))
    seen = Contributor.objects.visible_to(user).canonical()
    joining = seen.filter(status=Status.ONBOARDING).count()
    leaving = seen.filter(end_date__gte=today, end_date__lte=today + SOON).count()
    return Section(
        "Onboarding",
        [
            Figure("Being onboarded", f"{joining:,}", "of every kind", registry_url(status="onboarding")),
            Figure("Open items", f"{facts['all']:,}", f"{facts['late']:,} late", reverse("inbox")),
            Figure("Leaving within 30 days", f"{leaving:,}", "last day is near", registry_url(sort="end_date")),
        ],
    )


def finance_day(user, today):
    passed = first_pass(user)
    groups = count_by_code(open_discrepancies(user))
    at_stake = {}
    for group in groups:
        currency = group["line__invoice__currency"]
        at_stake[currency] = at_stake.get(currency, 0) + group["amount"]
    share = "–" if passed["share"] is None else f"{passed['share'] * 100:.0f}\u00a0%"
    queue = reverse("invoices")
    section = Section("Invoices", [Figure("Matched at once", share, f"of {passed['lines']:,} lines", queue)])
    section.figures.append(
        Figure("Open discrepancies", f"{sum(g['number'] for g in groups):,}", "wait for a decision", queue)
    )
    for currency, amount in sorted(at_stake.items(), key=lambda pair: -pair[1])[:3]:
        section.figures.append(Figure("At stake", f"{amount:,.0f}", currency, queue))
    for group in groups[:3]:
        note = f"{group['amount']:,.2f} {group['line__invoice__currency']}"
        url = f"{queue}?code={group['code']}"
        section.figures.append(Figure(Code(group["code"]).label, f"{group['number']:,}", note, url))
    return section


def procurement_day(user, today):
    orders = PurchaseOrder.objects.visible_to(user)
    ending = orders.filter(valid_to__gte=today, valid_to__lte=today + SOON).distinct().count()
    requests = Request.objects.visible_to(user).filter(status=RequestStatus.OPEN)
    wrong = open_discrepancies(user).filter(code__startswith="order_").count()
    queue = f"{reverse('invoices')}?owner=procurement"
    return Section(
        "Orders and requests",
        [
            Figure(
                "Orders",
                f"{orders.distinct().count():,}",
                f"{ending:,} end within 30 days",
                registry_url(kind="vendor"),
            ),
            Figure("Open requests", f"{requests.count():,}", "work still to be placed", reverse("capacity")),
            Figure("Billed beside its order", f"{wrong:,}", "missing, expired or used up", queue),
        ],
    )


def operations_day(user, today):
    units = Unit.objects.visible_to(user).order_by().values("pk")
    cells = Cell.objects.filter(skill=None, unit__in=units, month=today.replace(day=1))
    facts = cells.aggregate(has=Sum("capacity_hours"), wants=Sum("demand_hours"), idle=Sum("idle_hours"))
    page = reverse("capacity")
    unfilled = Request.objects.visible_to(user).filter(status=RequestStatus.OPEN).count()
    return Section(
        "This month's capacity",
        [
            Figure("Capacity", f"{facts['has'] or 0:,.0f}", "hours", page),
            Figure("Demand", f"{facts['wants'] or 0:,.0f}", "hours", page),
            Figure("Idle", f"{facts['idle'] or 0:,.0f}", "hours", page),
            Figure("Unfilled requests", f"{unfilled:,}", "", page),
        ],
    )


def legal_day(user, today):
    findings = Finding.objects.open().visible_to(user)
    page = reverse("findings")
    facts = findings.aggregate(
        all=Count("pk"),
        late=Count("pk", filter=Q(due_date__lt=today)),
        high=Count("pk", filter=Q(policy__severity="high")),
    )
    return Section(
        "Rules",
        [
            Figure("Open findings", f"{facts['all']:,}", f"{facts['late']:,} past their day", page),
            Figure("Of high severity", f"{facts['high']:,}", "", page),
        ],
    )


def executive_day(user, today):
    parts = [operations_day(user, today), finance_day(user, today), legal_day(user, today)]
    return Section("Overview", [figure for part in parts for figure in part.figures[:3]])


def agent_owner_day(user, today):
    agents = Contributor.objects.visible_to(user).filter(kind=Kind.AI_AGENT)
    findings = Finding.objects.open().visible_to(user).filter(contributor__kind=Kind.AI_AGENT)
    url = registry_url(kind="ai_agent")
    return Section(
        "Your agents",
        [
            Figure("Agents you answer for", f"{agents.count():,}", "", url),
            Figure("Findings on them", f"{findings.count():,}", "", reverse("findings")),
        ],
    )


def auditor_day(user, today):
    changes = Event.objects.visible_to(user).filter(at__date__gte=today - timedelta(days=7)).count()
    return Section(
        "Proof", [Figure("Changes in 7 days", f"{changes:,}", "each with who and why"), *legal_day(user, today).figures]
    )


def admin_day(user, today):
    runs = SyncRun.objects.filter(started_at__date__gte=today - timedelta(days=7))
    facts = runs.aggregate(all=Count("pk"), refused=Sum("rejected"), waiting=Sum("waiting"))
    page = reverse("sources")
    return Section(
        "Sources in the last 7 days",
        [
            Figure("Runs", f"{facts['all']:,}", "", page),
            Figure("Rows refused", f"{facts['refused'] or 0:,}", "each with a reason", page),
            Figure("Rows waiting", f"{facts['waiting'] or 0:,}", "for what they name", page),
        ],
    )


SECTIONS = {
    Role.ADMIN: admin_day,
    Role.AGENT_OWNER: agent_owner_day,
    Role.AUDITOR: auditor_day,
    Role.EXECUTIVE: executive_day,
    Role.FINANCE: finance_day,
    Role.HR: hr_day,
    Role.LEGAL: legal_day,
    Role.OPERATIONS: operations_day,
    Role.PROCUREMENT: procurement_day,
}
