"""Identities: pairs to decide on, what was merged by whom and why, what is kept apart, and merging by hand."""

from django.contrib import messages
from django.core.paginator import Paginator
from django.db import transaction
from django.db.models import Q
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_GET, require_POST

from orchestration.sources.identity import MergeRefused, decide_match, merge_contributors, take_back, unmerge
from orchestration.sources.match_words import RELATED, compare_fields, find_doubt_words, name_rows, weigh_reasons
from orchestration.sources.models import Match, MatchDecision, Merge, ResolutionRun
from orchestration.sources.resolution_runs import ask_resolution, is_due
from orchestration.sources.tasks import follow_identities
from workforce.accounts.permissions import Permission, require
from workforce.contributors.models import Contributor
from workforce.contributors.search import in_order, search_contributors
from workforce.contributors.views import find_contributor, of_user

ROWS = 50
FOUND = 20
DONE = {"merge": "Merged", "apart": "Kept apart", "later": "Put off"}


@require_GET
def matches(request):
    """The pairs that may be one contributor, the surest first, those put off last."""
    require(request.user, Permission.IDENTITY_REVIEW)
    found = open_matches(request.user).select_related("first", "second")
    page = Paginator(found, ROWS).get_page(request.GET.get("page"))
    for one in page.object_list:
        one.weighed = [reason for reason in weigh_reasons(one.reasons) if reason.bits and reason.bits > 0][:3]
        one.doubt = find_doubt_words(one.reasons)
    return render(request, "sources/matches.html", {"page": page} | describe_runs())


def describe_runs() -> dict:
    """The run that goes on, the last that ended, and whether contributors came since."""
    return {
        "going_on": ResolutionRun.objects.filter(finished_at=None).first(),
        "last_run": ResolutionRun.objects.exclude(finished_at=None).first(),
        "is_due": is_due(),
    }


@require_POST
def resolution_runs(request):
    """Has the records compared now, by a worker; who asks while that goes on gets the same run."""
    require(request.user, Permission.IDENTITY_REVIEW)
    ask_resolution(by=request.user)
    follow_identities.delay()
    return redirect("matches")


@require_GET
def resolution_progress(request):
    """Whether the records are still being compared; goes to the outcome once they are not."""
    require(request.user, Permission.IDENTITY_REVIEW)
    context = describe_runs()
    response = render(request, "sources/resolution.html", context)
    if not context["going_on"]:
        response.headers["HX-Refresh"] = "true"
    return response


def open_matches(user):
    """Those the user may see and whose records both still stand for themselves."""
    return Match.objects.visible_to(user).filter(first__merged_into=None, second__merged_into=None).in_turn()


@require_GET
def match(request, pk: int):
    """Both records field by field, with each reason and its weight."""
    require(request.user, Permission.IDENTITY_REVIEW)
    one = open_matches(request.user).filter(pk=pk).first()
    if one is None:
        raise Http404("This pair is decided, or it is outside the units you see.")
    context = {
        "match": one,
        "reasons": weigh_reasons(one.reasons),
        "next": open_matches(request.user).exclude(pk=pk).first(),
    }
    return render(request, "sources/match.html", context | side_by_side(one.first_id, one.second_id, request.user))


def side_by_side(first: int, second: int, user) -> dict:
    both = Contributor.objects.select_related(*RELATED).in_bulk((first, second))
    pair = both[first], both[second]
    rows = name_rows([first, second])
    return {
        "first": pair[0], "second": pair[1], "fields": compare_fields(*pair, user),
        "first_rows": rows.get(first, []), "second_rows": rows.get(second, []),
    }  # fmt: skip


@require_POST
def match_decisions(request):
    """Merges, keeps apart or puts off the chosen pairs, one by one: a pair that is refused does not stop the others."""
    require(request.user, Permission.IDENTITY_REVIEW)
    chosen = [int(pk) for pk in request.POST.getlist("match") if pk.isdecimal() and len(pk) < 18]
    verdict, reason = request.POST.get("verdict", ""), request.POST.get("reason", "").strip()[:2000]
    rows = list(open_matches(request.user).filter(pk__in=chosen).select_related("first", "second"))
    done = 0
    for row in rows:
        try:
            with transaction.atomic():
                decide_match(match=row, verdict=verdict, reason=reason, by=request.user)
            done += 1
        except MergeRefused as refusal:
            messages.error(request, f"{row}: {refusal}")
    if done:
        messages.success(request, f"{DONE[verdict]}: {done}.")
    elif not rows:
        messages.error(request, "Nothing was chosen, or it is decided already. Tick the pairs to decide on.")
    return go_back(request, "matches")


def go_back(request, otherwise: str):
    back = request.POST.get("back", "")
    return redirect(back if url_has_allowed_host_and_scheme(back, allowed_hosts={request.get_host()}) else otherwise)


def merges(request):
    """What was merged, the newest first, by whom and why; POST merges two records by hand."""
    require(request.user, Permission.IDENTITY_REVIEW)
    if request.method == "POST":
        return merge_by_hand(request)
    found = (
        Merge.objects.visible_to(request.user).standing().select_related("kept", "merged", "by").order_by("-at", "-pk")
    )
    words = request.GET.get("search", "").replace("\x00", "").strip()
    if words:
        found = found.filter(Q(kept__name__icontains=words) | Q(merged__name__icontains=words))
    page = Paginator(found, ROWS).get_page(request.GET.get("page"))
    for one in page.object_list:
        one.weighed = weigh_reasons(one.reasons)
    return render(request, "sources/merges.html", {"page": page, "search": words})


def merge_by_hand(request):
    kept, merged = (find_contributor(request.user, read_id(request.POST.get(name))) for name in ("kept", "merged"))
    reason = request.POST.get("reason", "").strip()[:2000]
    try:
        if not reason:
            raise MergeRefused("State why they are one, so that others can follow it.")
        merge_contributors(kept=kept, merged=merged, by=request.user, reason=reason)
    except MergeRefused as refusal:
        messages.error(request, str(refusal))
        return go_back(request, "merges")
    messages.success(request, f"{merged} is merged into {kept}.")
    return redirect("contributor", kept.pk)


def read_id(text: str | None) -> int:
    """The number, or 0 for what is none."""
    return int(text) if text and text.isascii() and text.isdecimal() and len(text) < 18 else 0


@require_GET
def merge_candidates(request, pk: int):
    """Finds the record that is the same as this one, and shows both before they are merged by hand."""
    require(request.user, Permission.IDENTITY_REVIEW)
    one = find_contributor(request.user, pk)
    words = request.GET.get("search", "").replace("\x00", "").strip()
    others = of_user(request.user).exclude(pk=pk)
    found = in_order(others, search_contributors(others, words, user=request.user, most=FOUND))
    context = {"one": one, "search": words, "found": found}
    if other := read_id(request.GET.get("other")):
        context |= side_by_side(one.pk, find_contributor(request.user, other).pk, request.user)
    return render(request, "sources/merge.html", context)


@require_POST
def merge_undoings(request, pk: int):
    """Gives both records back as they were."""
    require(request.user, Permission.IDENTITY_REVIEW)
    one = get_object_or_404(Merge.objects.visible_to(request.user).select_related("kept", "merged"), pk=pk)
    try:
        unmerge(one, by=request.user)
    except MergeRefused as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, f"{one.merged} stands for itself again. No later run merges it with {one.kept}.")
    return go_back(request, "merges")


@require_GET
def kept_apart(request):
    """The pairs that no run may merge, by whose word."""
    require(request.user, Permission.IDENTITY_REVIEW)
    found = MatchDecision.objects.visible_to(request.user).standing_apart().select_related("first", "second", "by")
    page = Paginator(found, ROWS).get_page(request.GET.get("page"))
    return render(request, "sources/kept_apart.html", {"page": page})


@require_POST
def decision_withdrawals(request, pk: int):
    """Takes a decision back, so that the next run judges the pair again."""
    require(request.user, Permission.IDENTITY_REVIEW)
    one = get_object_or_404(MatchDecision.objects.visible_to(request.user), pk=pk)
    try:
        take_back(one, by=request.user)
    except MergeRefused as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, "Taken back. The next resolution judges the two again.")
    return go_back(request, "kept-apart")


@require_GET
def merges_of(request, pk: int):
    """The identity panel: the records that are this contributor, each with why, and a way back."""
    require(request.user, Permission.IDENTITY_REVIEW)
    one = find_contributor(request.user, pk)
    below = Contributor.objects.filter(merged_into=one).values("pk")
    rows = (
        Merge.objects.standing()
        .filter(Q(merged__in=below) | Q(merged=one))
        .select_related("kept", "merged", "by")
        .order_by("-at", "-pk")
    )
    for row in rows:
        row.weighed = weigh_reasons(row.reasons)
    return render(request, "sources/merges_of_contributor.html", {"one": one, "merges": rows})
