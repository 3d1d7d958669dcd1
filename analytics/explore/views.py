"""Home, inbox and the command palette."""

from django.db.models import Count
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone

from analytics.explore.day import day_of
from analytics.explore.needs import needs_of
from orchestration.invoices.models import Invoice
from workforce.accounts.permissions import Permission
from workforce.contributors.models import Contributor, Kind, Status
from workforce.contributors.search import in_order, search_contributors

HOME_NEEDS = 12
FOUND = 8
PAGES = (
    ("Home", "home", ""),
    ("Inbox: what needs you", "inbox", ""),
    ("Registry", "registry", Permission.CONTRIBUTOR_VIEW),
    ("Invoices and discrepancies", "invoices", Permission.INVOICE_VIEW),
    ("Capacity and demand", "capacity", Permission.CAPACITY_VIEW),
    ("Findings", "findings", Permission.FINDING_VIEW),
    ("Audit: the proof of the ledger", "audit", Permission.EVENT_VIEW),
    ("Sources and runs", "sources", Permission.SOURCE_VIEW),
    ("Upload a table", "source-upload", Permission.DATA_IMPORT),
)


def home(request):
    """What needs the user, who there is by kind, and the figures of the user's roles."""
    today = timezone.now().date()
    needs = needs_of(request.user, today=today)
    active = Contributor.objects.visible_to(request.user).canonical().filter(status=Status.ACTIVE)
    counts = dict(active.order_by().values_list("kind").annotate(Count("pk", distinct=True)))
    facts = {
        "needs": needs[:HOME_NEEDS],
        "needs_more": len(needs) > HOME_NEEDS,
        "late": sum(need.is_late for need in needs),
        "tiles": [(kind.value, kind.label, counts.get(kind.value, 0)) for kind in Kind],
        "sections": day_of(request.user, today=today),
    }
    return render(request, "explore/home.html", facts)


def inbox(request):
    """Everything that needs the user, with the items that can be done here."""
    needs = needs_of(request.user, today=timezone.now().date())
    chosen = request.GET.get("kind", "")
    kinds = sorted({need.kind for need in needs})
    shown = [need for need in needs if chosen in ("", need.kind)]
    return render(request, "explore/inbox.html", {"needs": shown, "kinds": kinds, "chosen": chosen})


def palette(request):
    """Contributors, invoices and pages that fit a few words."""
    words = request.GET.get("search", "").strip().replace("\x00", "")[:200]
    user = request.user
    pages = [(title, reverse(name)) for title, name, needed in PAGES if not needed or user.may(needed)]
    found = {"pages": [page for page in pages if words.lower() in page[0].lower()], "words": words}
    if words:
        seen = Contributor.objects.visible_to(user).canonical()
        found["contributors"] = in_order(seen, search_contributors(seen, words, user=user)[:FOUND])
        found["invoices"] = Invoice.objects.visible_to(user).filter(number__icontains=words).order_by("-pk")[:FOUND]
    return render(request, "explore/found.html" if request.htmx else "explore/find.html", found)
