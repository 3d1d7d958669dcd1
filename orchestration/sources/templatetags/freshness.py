"""How fresh the data of a page is."""

from django import template
from django.db.models import Count, Max

from orchestration.sources.models import SyncRun

register = template.Library()


@register.inclusion_tag("parts/freshness.html", takes_context=True)
def data_freshness(context):
    """The last finished run of any source, and of how many sources there are runs."""
    runs = SyncRun.objects.exclude(finished_at=None)
    facts = runs.aggregate(newest=Max("finished_at"), sources=Count("source", distinct=True))
    return {**facts, "user": context["user"]}
