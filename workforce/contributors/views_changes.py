"""The page of what changed in the registry since a day."""

from datetime import date, timedelta

from django.core.exceptions import ValidationError
from django.db.models import Count, Q
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_GET

from workforce.accounts.permissions import Permission, require
from workforce.contributors.history import WHAT, changes_since, group_changes, put_in_words
from workforce.contributors.models import Kind
from workforce.contributors.views import read_page_number
from workforce.ledger.as_of import read_day
from workforce.organisation.models import Unit

PAGE = 50
USUAL = timedelta(days=7)


@require_GET
def changes(request):
    """Grouped by contributor, whoever changed last first; the last week unless said otherwise."""
    require(request.user, Permission.CONTRIBUTOR_VIEW)
    day, refusal = read_since(request)
    units = Unit.objects.visible_to(request.user)
    unit = read_unit(request, units)
    kind, what, page = request.GET.get("kind", ""), request.GET.get("what", ""), read_page_number(request)
    every = changes_since(request.user, day, kind=kind, unit=unit)
    groups = group_changes(every.filter(WHAT.get(what, Q())), start=(page - 1) * PAGE, size=PAGE + 1)
    words = put_in_words([event for _, events in groups[:PAGE] for event in events], request.user)
    context = {
        "groups": [(one, [(event, words[event.pk]) for event in events]) for one, events in groups[:PAGE]],
        "has_more": len(groups) > PAGE,
        "page": page,
        "day": day,
        "today": timezone.now().date(),
        "day_refusal": refusal,
        "tabs": count_changes(every),
        "what": what if what in WHAT else "",
        "kinds": Kind.choices,
        "kind": kind,
        "units": units.order_by("name", "pk")[:500],
        "unit": unit,
    }
    return render(request, "contributors/changes.html", context, status=400 if refusal else 200)


def count_changes(every) -> list[tuple[str, str, int]]:
    """(value, label, contributors) of each sort of change."""
    told = {name: Count("contributor", filter=chosen, distinct=True) for name, chosen in WHAT.items()}
    counts = every.order_by().aggregate(everyone=Count("contributor", distinct=True), **told)
    return [("", "All", counts["everyone"]), *((name, name.capitalize(), counts[name]) for name in WHAT)]


def read_since(request) -> tuple[date, str]:
    """The day asked for, or the usual one and why the other is none."""
    usual = timezone.now().date() - USUAL
    try:
        return read_day(request.GET.get("since", "")) or usual, ""
    except ValidationError as error:
        return usual, " ".join(error.messages)


def read_unit(request, units) -> Unit | None:
    text = request.GET.get("unit", "")
    return units.filter(pk=int(text)).first() if text.isascii() and text.isdecimal() and len(text) < 18 else None
