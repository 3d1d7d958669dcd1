"""The registry and the page of one contributor."""

from datetime import date

from django.core.exceptions import ValidationError
from django.db.models import Count, Q
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.views.decorators.http import require_GET

from workforce.accounts.permissions import Permission, require
from workforce.contributors.confidential import mask
from workforce.contributors.models import Contributor, Kind, Status
from workforce.contributors.query import QueryError, apply_query
from workforce.contributors.search import search_contributors
from workforce.holds.models import Hold
from workforce.ledger.as_of import read_day, registry_as_of

PAGE = 50
SORTS = {
    sign + name: (f"{sign}{name}", f"{sign}pk") for name in ("name", "start_date", "end_date") for sign in ("", "-")
}
CONFIDENTIAL = (("National id", "national_id"), ("Tax id", "tax_id"), ("Bank account", "bank_account"))


@require_GET
def registry(request):
    require(request.user, Permission.CONTRIBUTOR_VIEW)
    found, refusal = find_contributors(request)
    kind = request.GET.get("kind", "")
    counts = dict(found.order_by().values_list("kind").annotate(Count("pk")))
    tabs = [("", "All", sum(counts.values())), *((k, label, counts.get(k, 0)) for k, label in Kind.choices)]
    if kind in Kind.values:
        found = found.filter(kind=kind)
    page = read_page(request)
    sort = request.GET.get("sort", "name")
    rows = found.order_by(*SORTS.get(sort, SORTS["name"])).select_related("unit", "supplier", "owner")
    rows = list(rows[(page - 1) * PAGE : page * PAGE + 1])  # one more says whether there is a next page
    context = {
        "rows": rows[:PAGE],
        "has_more": len(rows) > PAGE,
        "page": page,
        "tabs": tabs,
        "kind": kind,
        "refusal": refusal,
        "sort": sort,
        "statuses": Status.choices,
        "is_filtered": any(request.GET.get(name) for name in ("q", "search", "status", "active", "kind")),
    }
    return render(request, "contributors/registry.html", context, status=400 if refusal else 200)


def find_contributors(request):
    """The canonical records the user may see that search, status and query name, and why the query was refused."""
    found = of_user(request.user)
    found = search_contributors(found, request.GET.get("search", ""))
    if (status := request.GET.get("status", "")) in Status.values:
        found = found.filter(status=status)
    if request.GET.get("active"):
        found = found.active_on(timezone.now().date())
    try:
        return apply_query(found, request.GET.get("q", "")), None
    except QueryError as error:
        return found.none(), error


def of_user(user):
    """Each visible canonical contributor once, so that counts and pages agree."""
    seen = Contributor.objects.visible_to(user).order_by().values("pk")
    return Contributor.objects.canonical().filter(pk__in=seen)


def read_page(request) -> int:
    text = request.GET.get("page", "1")
    return max(1, min(int(text), 100_000)) if text.isascii() and text.isdigit() and len(text) < 7 else 1


@require_GET
def contributor(request, pk: int):
    """What a contributor is, or was on `?as_of=`; terms, time, invoices and rules come as panels of the rooms above."""
    require(request.user, Permission.CONTRIBUTOR_VIEW)
    day, refusal = read_day_asked(request)
    with registry_as_of(day):
        context = {**describe_contributor(request.user, pk), "day": day, "day_refusal": refusal}
        return render(request, "contributors/contributor.html", context)


def read_day_asked(request) -> tuple[date | None, str]:
    """The past day that `?as_of=` names, or why it is none; today and later are the present."""
    try:
        day = read_day(request.GET.get("as_of", ""))
    except ValidationError as error:
        return None, " ".join(error.messages)
    return (day if day and day < timezone.now().date() else None), ""


def describe_contributor(user, pk: int) -> dict:
    related = ("unit", "supplier", "manager", "owner", "location", "cost_centre", "merged_into")
    one = find_contributor(user, pk, *related)
    visible = of_user(user)
    held = Q(subject_type="contributor", subject_id=one.pk)
    held |= Q(subject_type="engagement", subject_id__in=one.engagements.values("pk"))
    return {
        "one": one,
        "holds": Hold.objects.open().filter(held).order_by("scope", "pk")[:20],
        "identity": identity_of(one, user),
        "skills": one.skills.all(),
        "people": visible.filter(supplier=one).order_by("name", "pk")[:25],
        "owned": visible.filter(owner=one).order_by("name", "pk")[:25],
    }


def find_contributor(user, pk: int, *related: str) -> Contributor:
    """One the user may see, or 404; merged records too, for the page says into whom they went."""
    seen = Contributor.objects.visible_to(user).order_by().values("pk")
    return get_object_or_404(Contributor.objects.filter(pk__in=seen).select_related(*related), pk=pk)


def identity_of(one: Contributor, user) -> list[tuple[str, str]]:
    """Ids and accounts; masked for whoever may not see identity."""
    is_open = user.may(Permission.CONTRIBUTOR_VIEW_IDENTITY)
    return [(label, getattr(one, name) if is_open else mask(getattr(one, name))) for label, name in CONFIDENTIAL]
