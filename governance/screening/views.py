"""The queue of screening hits, one hit beside its entry and the person, decisions and appeals, and who shares what."""

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.core.paginator import Paginator
from django.db.models import Count
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_GET, require_POST

from governance.screening.decide import appeal_decision, decide_hit, standing_appeal
from governance.screening.forms import AppealForm, DecisionForm
from governance.screening.models import HOLD, REVIEW, ScreeningHit, Signal, Verdict, WatchlistVersion
from governance.screening.queries import MOST_DRAWN, draw_sharing, name_others, read_sharing
from workforce.accounts.permissions import Permission, require
from workforce.contributors.models import Contributor
from workforce.contributors.views import find_contributor

ROWS = 50
SHOWN = (("waiting", "Waits for a decision"), ("decided", "Decided"), ("all", "All open"))
SEVERITIES = (
    ("hold", f"Holds pay ({HOLD} points or more)"),
    ("review", f"To review ({REVIEW} or more)"),
    ("low", "Lower"),
)


@require_GET
def screening(request):
    """Hits, most points of their contributor first."""
    require(request.user, Permission.SCREENING_VIEW)
    asked = {name: request.GET.get(name, "") for name in ("signal", "severity", "show")}
    asked["show"] = asked["show"] or "waiting"
    found = choose(ScreeningHit.objects.open().visible_to(request.user).with_total(), asked)
    counts = dict(found.order_by().values_list("signal").annotate(Count("pk")))
    if asked["signal"] in Signal.values:
        found = found.filter(signal=asked["signal"])
    rows = found.select_related("contributor", "entry").order_by("-total", "contributor_id", "-points", "pk")
    page = Paginator(rows, ROWS).get_page(request.GET.get("page"))
    page.object_list = list(page.object_list)
    name_others(page.object_list, request.user)
    context = {
        "page": page,
        "asked": asked,
        "signals": [(value, label, counts.get(value, 0)) for value, label in Signal.choices],
        "severities": SEVERITIES,
        "shown": SHOWN,
        "lists": latest_versions(),
        "hold": HOLD,
        "review": REVIEW,
    }
    return render(request, "screening/screening.html", context)


def choose(hits, asked: dict):
    """Those that were asked for, by what was decided and by the points of their contributor."""
    if asked["show"] == "waiting":
        hits = hits.filter(verdict__in=["", Verdict.NEEDS_INFORMATION])
        hits = hits.filter(total__gte=REVIEW) if not asked["severity"] else hits
    elif asked["show"] == "decided":
        hits = hits.exclude(verdict="")
    if asked["severity"] == "hold":
        return hits.filter(total__gte=HOLD)
    if asked["severity"] == "review":
        return hits.filter(total__gte=REVIEW, total__lt=HOLD)
    return hits.filter(total__lt=REVIEW) if asked["severity"] == "low" else hits


def latest_versions() -> list[WatchlistVersion]:
    """The newest version of each list."""
    newest = {}
    for version in WatchlistVersion.objects.order_by("pk"):
        newest[version.list] = version
    return sorted(newest.values(), key=lambda version: version.list)


@require_GET
def hit(request, pk: int):
    """Why it was found, line by line; the entry or the others beside the contributor; what was decided before."""
    require(request.user, Permission.SCREENING_VIEW)
    return render(request, "screening/hit.html", describe_hit(request.user, find_hit(request.user, pk)))


def find_hit(user, pk: int) -> ScreeningHit:
    found = ScreeningHit.objects.visible_to(user).with_total().select_related("contributor__unit", "entry__version")
    return get_object_or_404(found, pk=pk)


def describe_hit(user, one: ScreeningHit) -> dict:
    name_others([one], user)
    other_hits = ScreeningHit.objects.open().filter(contributor=one.contributor).exclude(pk=one.pk)
    records = Contributor.objects.filter(merged_into=one.contributor).order_by("pk")
    return {
        "hit": one,
        "who": one.contributor,
        "also_named": sorted({record.name for record in records} - {one.contributor.name}),
        "aliases": [alias for alias in one.entry.aliases.split(";") if alias][:40] if one.entry else [],
        "decisions": one.decisions.select_related("by").prefetch_related("appeals__by"),
        "appeal": standing_appeal(one),
        "verdicts": Verdict.choices,
        "other_hits": other_hits,
        "hold": HOLD,
        "review": REVIEW,
        "may_appeal": one.verdict in (Verdict.CONFIRMED, Verdict.NEEDS_INFORMATION),
    }


@require_POST
def decisions(request, pk: int):
    require(request.user, Permission.SCREENING_DECIDE)
    one = find_hit(request.user, pk)
    form = DecisionForm(request.POST)
    if not form.is_valid():
        return refuse(request, pk, [error for errors in form.errors.values() for error in errors])
    one.ground = form.cleaned_data["ground"]  # what was on the page when it was decided
    values = {name: form.cleaned_data[name] for name in ("verdict", "reason")}
    try:
        decision = decide_hit(hit=one, by=request.user, **values)
    except ValidationError as refusal:
        return refuse(request, pk, refusal.messages)
    messages.success(request, f"{decision.get_verdict_display()}: {one}.")
    return redirect("screening-hit", pk=pk)


@require_POST
def appeals(request, pk: int):
    require(request.user, Permission.SCREENING_DECIDE)
    one = find_hit(request.user, pk)
    form = AppealForm(request.POST)
    if not form.is_valid():
        return refuse(request, pk, [error for errors in form.errors.values() for error in errors])
    try:
        appeal_decision(hit=one, by=request.user, **form.cleaned_data)
    except ValidationError as refusal:
        return refuse(request, pk, refusal.messages)
    messages.success(request, "The appeal is recorded; another person decides again.")
    return redirect("screening-hit", pk=pk)


def refuse(request, pk: int, words: list[str]):
    messages.error(request, " ".join(words))
    return redirect("screening-hit", pk=pk)


@require_GET
def sharing(request):
    """Who shares what, as a picture with its table."""
    require(request.user, Permission.SCREENING_VIEW)
    groups = read_sharing(request.user)
    context = {"groups": groups, "picture": draw_sharing(groups), "most": MOST_DRAWN}
    return render(request, "screening/sharing.html", context)


@require_GET
def hits_of(request, pk: int):
    """The panel of a contributor's hits."""
    require(request.user, Permission.SCREENING_VIEW)
    one = find_contributor(request.user, pk)
    rows = ScreeningHit.objects.open().visible_to(request.user).filter(contributor=one)
    return render(request, "screening/of_contributor.html", {"hits": rows.order_by("-points", "pk")[:20]})
