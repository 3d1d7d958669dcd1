"""The registry and the page of one contributor."""

from datetime import date
from urllib.parse import urlencode

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.db.models import Count, Q
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET, require_POST

from workforce.accounts.permissions import Permission, Role, require
from workforce.contributors.columns import USUAL, choose_columns, columns_for, fields_of
from workforce.contributors.confidential import mask
from workforce.contributors.models import Contributor, Kind, SavedView, Sharing, Status
from workforce.contributors.paging import PAGE, Page, count_up_to, read_page, say_count
from workforce.contributors.query import QueryError, apply_query, describe_fields, query_schema
from workforce.contributors.saved_views import change_view, choose_default, default_address, delete_view, save_view
from workforce.contributors.search import search_contributors
from workforce.holds.models import Hold
from workforce.ledger.as_of import read_day, registry_as_of

CONFIDENTIAL = (("National id", "national_id"), ("Tax id", "tax_id"), ("Bank account", "bank_account"))
FEW = 3_000  # people of a user's units that are gathered before they are sorted
FILTERS = ("q", "search", "status", "active", "kind", "as_of")
EXAMPLES = (
    'kind = "ai_agent" and owner = None',
    'kind = "contractor" and tenure_days > 540',
    'status = "active" and (country = "DE" or country = "FR") and cleared = False',
)


@require_GET
def registry(request):
    """One page of the list; how many of each kind there are comes after it, by `registry-counts`."""
    require(request.user, Permission.CONTRIBUTOR_VIEW)
    views = list(SavedView.objects.with_default(request.user))
    if not request.GET and (address := default_address(views)):
        return redirect(f"{reverse('registry')}?{address}")
    day, day_refusal = read_day_asked(request)
    with registry_as_of(day):
        context = {**list_contributors(request, day), **describe_filters(request, views)}
        context |= {"day": day, "day_refusal": day_refusal, "at": say_day(day)}
        return render(request, "contributors/registry.html", context, status=400 if context["refusal"] else 200)


def list_contributors(request, day: date | None) -> dict:
    """The page's rows and columns, and why the query was refused."""
    found, refusal = find_contributors(request, seen=listed_for(request.user), day=day)
    columns = choose_columns(",".join(request.GET.getlist("columns")), request.user)
    page = Page([]) if refusal else page_of(request, found, fields_of(columns))
    shown = {column.name for column in columns}
    return {
        "columns": columns,
        "rows": [(row, [(column, column.cell(row)) for column in columns]) for row in page.rows],
        "page": page,
        "refusal": refusal,
        "pointer": point_at(refusal, request.GET.get("q", "")) if refusal else "",
        "choices": [*columns, *(one for name, one in columns_for(request.user).items() if name not in shown)],
        "shown": shown,
        "columns_text": ",".join(column.name for column in columns[1:]) if request.GET.get("columns") else "",
    }


def describe_filters(request, views: list[SavedView]) -> dict:
    """What the page offers: filters, saved views, the words of the query language."""
    return {
        "kinds": [("", "All"), *Kind.choices],
        "kind": request.GET.get("kind", ""),
        "sort": request.GET.get("sort", ""),
        "statuses": Status.choices,
        "usual": not request.GET.get("columns"),
        "usual_text": ",".join(USUAL[1:]),
        "is_ranked": bool(request.GET.get("search")) and not request.GET.get("sort"),
        "views": views,
        "sharings": Sharing.choices,
        "roles": [(role, Role(role).label) for role in sorted(request.user.role_names())],
        "view": next((one for one in views if str(one.pk) == request.GET.get("view")), None),
        "schema": query_schema(),
        "words": describe_fields(),
        "examples": EXAMPLES,
        "counts_address": f"{reverse('registry-counts')}?{request.GET.urlencode()}",
        "is_filtered": any(request.GET.get(name) for name in FILTERS),
        "is_elsewhere": bool(request.GET.get("after") or request.GET.get("before")),
    }


def count_kinds(found) -> dict[str, int]:
    """All kinds in one statement, for whoever sees a part."""
    return dict(found.order_by().values_list("kind").annotate(Count("pk")))


def find_shown(request, day: date | None = None):
    """All that the page's filters find, of every page, and why the query was refused."""
    found, refusal = find_contributors(request, day=day)
    found = of_kind(found, request)
    words = request.GET.get("search", "")
    if words.strip() and not refusal:
        found = found.filter(pk__in=search_contributors(found, words, user=request.user))
    return found, refusal


def page_of(request, found, fields) -> Page:
    """The page asked for: best first where words are searched and no order is asked, else by keyset."""
    found = of_kind(found, request)
    words, sort, after, before = (request.GET.get(name, "") for name in ("search", "sort", "after", "before"))
    if words.strip():
        ids = search_contributors(found, words, user=request.user)
        if not sort:
            return best_page(ids, after=after, before=before, fields=fields)
        found = Contributor.objects.filter(pk__in=ids)
    return read_page(found, sort=sort, fields=fields, after=after, before=before)


def best_page(ids: list[int], *, after: str, before: str, fields) -> Page:
    """A page of what a search found, in its order; positions are numbers."""
    start = max(0, read_number(before) - PAGE) if before else read_number(after)
    chosen = ids[start : start + PAGE]
    rows = {row["pk"]: row for row in Contributor.objects.filter(pk__in=chosen).values(*fields)}
    has_more = len(ids) > start + PAGE
    return Page(
        [rows[pk] for pk in chosen if pk in rows],
        str(start) if start else None,
        str(start + PAGE) if has_more else None,
    )


def read_number(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 5 else 0


def read_page_number(request) -> int:
    """`?page=`, from 1."""
    return max(1, read_number(request.GET.get("page", "1")))


@require_GET
def registry_counts(request):
    """How many of each kind the filters name, "10,000+" where there are more."""
    require(request.user, Permission.CONTRIBUTOR_VIEW)
    found, refusal = find_contributors(request)
    words = request.GET.get("search", "")
    if words.strip() and not refusal:
        found = Contributor.objects.filter(pk__in=search_contributors(found, words, user=request.user))
    if request.user.unit_scope() is None:
        counts = {kind: 0 if refusal else count_up_to(found.filter(kind=kind)) for kind in Kind.values}
    else:
        counts = dict.fromkeys(Kind.values, 0) | count_kinds(found)
    tabs = [("", "All", say_count(sum(counts.values())))]
    tabs += [(kind, label, say_count(counts[kind])) for kind, label in Kind.choices]
    return render(request, "contributors/kinds.html", {"tabs": tabs, "kind": request.GET.get("kind", "")})


@require_POST
def save_registry_view(request):
    """Saves what the page shows as a view of the user."""
    try:
        view = save_view(by=request.user, **view_values(request.POST))
    except ValidationError as refusal:
        return refuse_view(request, refusal)
    return open_view(request, view, f"The view {view.name} is saved.")


@require_POST
def change_registry_view(request, pk: int):
    """Gives one's own view the name, the sharing and the filters that the page shows."""
    view = get_object_or_404(SavedView.objects.visible_to(request.user).select_related("owner"), pk=pk)
    try:
        change_view(view, by=request.user, **view_values(request.POST))
    except ValidationError as refusal:
        return refuse_view(request, refusal)
    return open_view(request, view, f"The view {view.name} is changed.")


@require_POST
def delete_registry_view(request, pk: int):
    view = get_object_or_404(SavedView.objects.visible_to(request.user).select_related("owner"), pk=pk)
    delete_view(view, by=request.user)
    messages.success(request, f"The view {view.name} is deleted.")
    return redirect(f"{reverse('registry')}?view=")


@require_POST
def choose_registry_view(request):
    """The registry opens with the view of the given id, or with everyone."""
    require(request.user, Permission.CONTRIBUTOR_VIEW)
    pk = request.POST.get("view", "")
    view = (
        get_object_or_404(SavedView.objects.visible_to(request.user), pk=pk)
        if pk.isascii() and pk.isdigit() and len(pk) < 19
        else None
    )
    choose_default(view, by=request.user)
    messages.success(request, f"The registry opens with {view.name}." if view else "The registry opens with everyone.")
    return redirect(f"{reverse('registry')}?{view.address() if view else 'view='}")


def view_values(given) -> dict:
    """What a form says of a view."""
    values = {name: given.get(name, "") for name in ("name", "search", "kind", "status", "sort", "columns", "role")}
    return {**values, "query": given.get("q", ""), "sharing": given.get("sharing", "") or Sharing.PRIVATE}


def refuse_view(request, refusal: ValidationError):
    for name, reasons in refusal.message_dict.items():
        messages.error(request, f"The view is not saved: {name}: {' '.join(reasons)}")
    kept = {name: request.POST.get(name, "") for name in ("q", "search", "kind", "status", "sort", "columns")}
    return redirect(f"{reverse('registry')}?{urlencode({'view': '', **{n: v for n, v in kept.items() if v}})}")


def open_view(request, view: SavedView, message: str):
    if request.POST.get("is_default"):
        choose_default(view, by=request.user)
    messages.success(request, message)
    return redirect(f"{reverse('registry')}?{view.address()}")


def find_contributors(request, *, seen=None, day: date | None = None):
    """The canonical records the user may see that status and query name, and why the query was refused."""
    found = of_user(request.user) if seen is None else seen
    if (status := request.GET.get("status", "")) in Status.values:
        found = found.filter(status=status)
    if request.GET.get("active"):
        found = found.active_on(day or timezone.now().date())
    try:
        return apply_query(found, request.GET.get("q", ""), today=day), None
    except QueryError as error:
        return found.none(), error


def of_kind(found, request):
    kind = request.GET.get("kind", "")
    return found.filter(kind=kind) if kind in Kind.values else found


def point_at(refusal: QueryError, text: str) -> str:
    """The line of the query where reading stopped, and a mark below the place."""
    lines = text.splitlines() or [""]
    return f"{lines[min(refusal.line, len(lines)) - 1]}\n{' ' * (refusal.column - 1)}^"


def of_user(user):
    """Each visible canonical contributor once, so that counts and pages agree."""
    return Contributor.objects.visible_to(user).canonical()


def listed_for(user):
    """The same, written for a list that is read in its order: beyond a few thousand people row by row."""
    scope = user.unit_scope()
    is_large = scope is not None and count_up_to(Contributor.objects.filter(unit__in=scope).values("unit"), FEW) > FEW
    return Contributor.objects.visible_to(user, row_by_row=is_large).canonical()


@require_GET
def contributor(request, pk: int):
    """What a contributor is, or was on `?as_of=`; terms, time, invoices and rules come as panels of the rooms above."""
    require(request.user, Permission.CONTRIBUTOR_VIEW)
    day, refusal = read_day_asked(request)
    with registry_as_of(day):
        context = {**describe_contributor(request.user, pk), "day": day, "day_refusal": refusal, "at": say_day(day)}
        return render(request, "contributors/contributor.html", context)


def read_day_asked(request) -> tuple[date | None, str]:
    """The past day that `?as_of=` names, or why it is none; today and later are the present."""
    try:
        day = read_day(request.GET.get("as_of", ""))
    except ValidationError as error:
        return None, " ".join(error.messages)
    return (day if day and day < timezone.now().date() else None), ""


def say_day(day: date | None) -> str:
    """What keeps the next page on the same day."""
    return f"?as_of={day.isoformat()}" if day else ""


def describe_contributor(user, pk: int) -> dict:
    related = ("unit", "supplier", "manager", "owner", "location", "cost_centre", "merged_into")
    one = find_contributor(user, pk, *related)
    visible = of_user(user)
    links = one.skill_links.select_related("skill").order_by("skill__name")
    held = Q(subject_type="contributor", subject_id=one.pk)
    held |= Q(subject_type="engagement", subject_id__in=one.engagements.values("pk"))
    return {
        "one": one,
        "holds": Hold.objects.open().filter(held).order_by("scope", "pk")[:20],
        "identity": identity_of(one, user),
        "skills": [link.skill for link in links],
        "tells_of_skills": any(link.level or link.since or link.evidence for link in links),
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
