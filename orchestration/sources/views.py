"""Sources: how fresh each is, what its runs did, which rows were refused, and from where it is fetched."""

from django.contrib import messages
from django.db.models import Count, OuterRef, Subquery
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_POST

from orchestration.sources.feeds import connect_feed, disconnect_feed, expect_source
from orchestration.sources.forms import FeedForm, IntervalForm
from orchestration.sources.models import Delivery, Feed, Source, SourceRecord, SyncRun
from orchestration.sources.tasks import fetch_feed
from workforce.accounts.permissions import Permission, require
from workforce.contributors.models import Contributor
from workforce.contributors.views import find_contributor

REJECTIONS = 200


def sources(request):
    """Each source with its last run, and the last runs of all."""
    require(request.user, Permission.SOURCE_VIEW)
    last = SyncRun.objects.filter(source=OuterRef("pk")).order_by("-id")
    failure = Feed.objects.filter(source=OuterRef("pk")).exclude(failure="")
    rows = (
        Source.objects.with_freshness()
        .select_related("identity_provider")
        .annotate(
            times=Count("runs"),
            refused=Subquery(last.values("rejected")[:1]),
            failure=Subquery(failure.values("failure")[:1]),
        )
    )
    runs = SyncRun.objects.select_related("source")[:50]
    waiting = Delivery.objects.visible_to(request.user).exclude(state=Delivery.State.TAKEN)[:20]
    return render(request, "sources/sources.html", {"sources": rows, "runs": runs, "waiting": waiting})


def source(request, pk: int):
    """One source: its rhythm, its addresses, how its tables are read, and its runs."""
    require(request.user, Permission.SOURCE_VIEW)
    return _show_source(request, pk, FeedForm())


def _show_source(request, pk: int, form: FeedForm):
    one = get_object_or_404(Source.objects.with_freshness(), pk=pk)
    facts = {
        "source": one,
        "interval": IntervalForm(initial={"interval_minutes": one.interval_minutes}),
        "feeds": one.feeds.all(),
        "form": form,
        "mappings": one.mappings.select_related("by"),
        "runs": one.runs.all()[:50],
    }
    return render(request, "sources/source.html", facts)


@require_POST
def source_interval(request, pk: int):
    """How often new data are expected."""
    require(request.user, Permission.DATA_IMPORT)
    one, form = get_object_or_404(Source, pk=pk), IntervalForm(request.POST)
    if form.is_valid():
        expect_source(source=one, interval_minutes=form.cleaned_data["interval_minutes"], by=request.user)
        messages.success(request, "Kept.")
    return redirect("source", pk)


@require_POST
def source_feeds(request, pk: int):
    """A new address to fetch from."""
    require(request.user, Permission.SOURCE_CONNECT)
    one, form = get_object_or_404(Source, pk=pk), FeedForm(request.POST)
    if not form.is_valid():
        return _show_source(request, pk, form)
    chosen = form.cleaned_data
    connect_feed(
        source=one, kind=chosen["kind"], address=chosen["address"], credentials=form.credentials(),
        is_private_allowed=chosen["is_private_allowed"], by=request.user,
    )  # fmt: skip
    messages.success(request, "Connected. It is fetched within a minute, then as often as data are expected.")
    return redirect("source", pk)


@require_POST
def feed_runs(request, pk: int):
    """Fetches now."""
    require(request.user, Permission.DATA_IMPORT)
    one = get_object_or_404(Feed, pk=pk)
    fetch_feed.delay(one.pk, request.user.pk)
    messages.success(request, "It is being fetched; what comes of it stands below in a moment.")
    return redirect("source", one.source_id)


@require_POST
def feed_removal(request, pk: int):
    """Fetches no more."""
    require(request.user, Permission.SOURCE_CONNECT)
    one = get_object_or_404(Feed.objects.select_related("source"), pk=pk)
    disconnect_feed(feed=one, by=request.user)
    messages.success(request, f"{one.address} is fetched no more; what it brought stays.")
    return redirect("source", one.source_id)


def run(request, pk: int):
    """What one run did and each row it refused, with why."""
    require(request.user, Permission.SOURCE_VIEW)
    one = get_object_or_404(SyncRun.objects.select_related("source", "by"), pk=pk)
    return render(request, "sources/run.html", {"run": one, "rejections": one.rejections.all()[:REJECTIONS]})


def sources_of(request, pk: int):
    """The rows a contributor was made from: system, first and last sight, file."""
    require(request.user, Permission.SOURCE_VIEW)
    one = find_contributor(request.user, pk)
    merged = Contributor.objects.filter(merged_into=one).values_list("pk", flat=True)
    records = SourceRecord.objects.filter(kind="contributors", object_id__in=[one.pk, *merged])
    rows = records.select_related("source", "run").order_by("source__name", "key")
    return render(request, "sources/of_contributor.html", {"records": rows})
