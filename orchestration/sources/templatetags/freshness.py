"""How fresh the data of a page is, and which sources of its figures are stale."""

from django import template
from django.db.models import Count, Max

from orchestration.sources.models import Source, SyncRun

register = template.Library()


@register.inclusion_tag("parts/freshness.html", takes_context=True)
def data_freshness(context):
    """The last finished run of any source, of how many sources there are runs, and those that are stale."""
    runs = SyncRun.objects.filter(is_replay=False).exclude(finished_at=None)
    facts = runs.aggregate(newest=Max("finished_at"), sources=Count("source", distinct=True))
    return {**facts, "stale": stale_sources(), "user": context["user"]}


@register.inclusion_tag("parts/stale_badge.html", takes_context=True)
def stale_badge(context, *kinds: str):
    """Names the stale sources of tables of these kinds, where a figure rests on one; nothing when none is."""
    return {"stale": stale_sources(*kinds), "user": context["user"]}


def stale_sources(*kinds: str) -> list[Source]:
    """Sources from which nothing came for more than twice their interval, of all kinds or of those that sent these."""
    sources = Source.objects.exclude(interval_minutes=None).with_freshness()
    if kinds:
        sources = sources.filter(pk__in=SyncRun.objects.filter(kind__in=kinds).values("source"))
    return [source for source in sources if source.is_stale]
