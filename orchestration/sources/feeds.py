"""Feeds on their schedule: fetched when due, taken by the saved mapping, failures kept in words."""

import tempfile
from datetime import timedelta
from pathlib import Path

from django.core.files import File
from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from orchestration.sources.addresses import FetchFailed, check_address
from orchestration.sources.deliver import drop_delivery, obstacles, receive_file, take_delivery
from orchestration.sources.fetch import fetch_new
from orchestration.sources.models import Delivery, Feed, Source
from orchestration.sources.unreadable import UnreadableTable
from workforce.ledger.actions import Action
from workforce.ledger.record import record_event

EVERY_DAY = 24 * 60


@transaction.atomic
def connect_feed(
    *, source: Source, kind: str, address: str, credentials: str = "", is_private_allowed: bool = False, by
) -> Feed:
    """Sets up where a source's table is fetched from; raises FetchFailed for an address that is never fetched."""
    check_address(address)
    feed = Feed.objects.create(
        source=source, kind=kind, address=address, credentials=credentials, is_private_allowed=is_private_allowed, by=by
    )
    record_event(action=Action.RECORD_CREATED, subject=feed, by=by, after={"kind": kind, "address": address})
    return feed


@transaction.atomic
def disconnect_feed(*, feed: Feed, by) -> None:
    record_event(action=Action.RECORD_DELETED, subject=feed, by=by, before={"label": str(feed)})
    feed.delete()


@transaction.atomic
def expect_source(*, source: Source, interval_minutes: int | None, by) -> None:
    """Says how often a source's data are expected."""
    before, source.interval_minutes = source.interval_minutes, interval_minutes
    source.save(update_fields=["interval_minutes"])
    record_event(
        action=Action.RECORD_UPDATED, subject=source, by=by,
        before={"interval_minutes": before}, after={"interval_minutes": interval_minutes},
    )  # fmt: skip


def list_due(now=None) -> list[int]:
    """Feeds whose source expects something again."""
    now = now or timezone.now()
    feeds = Feed.objects.filter(is_active=True).select_related("source")
    return [
        feed.pk
        for feed in feeds
        if feed.last_tried_at is None
        or now - feed.last_tried_at >= timedelta(minutes=feed.source.interval_minutes or EVERY_DAY)
    ]


def run_feed(pk: int, *, by=None) -> Feed:
    """Fetches and takes what is new; one failure stays one failure and is told on the feed."""
    feed = Feed.objects.select_related("source").get(pk=pk)
    started = timezone.now()
    stale = Q(last_tried_at=feed.last_tried_at)
    if not Feed.objects.filter(stale, pk=pk).update(last_tried_at=started):
        return feed  # another worker is at it
    feed.last_tried_at, feed.failure = started, ""
    try:
        with tempfile.TemporaryDirectory() as folder:
            for path, seen in fetch_new(feed, Path(folder)):
                _take_file(feed, path, by=by)
                feed.seen = seen
                feed.save(update_fields=["seen"])
        feed.last_succeeded_at = timezone.now()
    except (FetchFailed, UnreadableTable) as refusal:
        feed.failure = str(refusal)
    except Exception as error:  # noqa: BLE001 - whatever it was, it is told and tried again
        feed.failure = f"It broke off ({type(error).__name__}: {error}). It is tried again when due."
    feed.save(update_fields=["last_succeeded_at", "failure"])
    return feed


def _take_file(feed: Feed, path: Path, *, by) -> None:
    for earlier in feed.deliveries.filter(state__in=[Delivery.State.WAITING, Delivery.State.FAILED]):
        drop_delivery(earlier)  # this file takes its place
    with path.open("rb") as file:
        delivery = receive_file(
            file=File(file), name=path.name, source=feed.source.name, kind=feed.kind, feed=feed, by=by
        )
    if words := obstacles(delivery):
        raise FetchFailed(f"{path.name} waits to be mapped by a person. {words[0]}")
    take_delivery(delivery, dry_run=False, by=by)
    if delivery.state == Delivery.State.FAILED:
        raise FetchFailed(delivery.problem)
