"""Thin entries of the schedule."""

from celery import shared_task

from orchestration.sources import golden, override
from orchestration.sources.deliver import release_broken_off, take_delivery
from orchestration.sources.feeds import list_due, run_feed
from orchestration.sources.models import Delivery
from orchestration.sources.resolution_runs import follow_contributors
from workforce.accounts.models import User


@shared_task
def take_file(delivery: int, dry_run: bool, by: int | None, allow_ending: bool = False) -> None:
    user = User.objects.filter(pk=by).first()
    take_delivery(Delivery.objects.get(pk=delivery), dry_run=dry_run, by=user, allow_ending=allow_ending)


@shared_task
def fetch_feed(feed: int, by: int | None = None) -> None:
    run_feed(feed, by=User.objects.filter(pk=by).first())


@shared_task
def fetch_due_feeds() -> None:
    release_broken_off()
    for feed in list_due():
        fetch_feed.delay(feed)


@shared_task
def expire_overrides() -> None:
    override.expire_overrides()


@shared_task
def settle_golden_records() -> None:
    golden.settle_every_golden()


@shared_task
def follow_identities() -> None:
    follow_contributors()
