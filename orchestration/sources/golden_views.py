"""On a contributor's page: where each fact comes from, overriding it, and the timeline; and the order of sources."""

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from orchestration.sources.forms import OverrideForm
from orchestration.sources.models import Override, Precedence, Source
from orchestration.sources.override import end_override, override_fact
from orchestration.sources.precedence import ORDERED, order_sources
from orchestration.sources.provenance import LABELS, trace_facts
from orchestration.sources.tasks import settle_golden_records
from orchestration.sources.timeline import tell_timeline
from workforce.accounts.permissions import Permission, require
from workforce.contributors.views import find_contributor
from workforce.ledger.cover import IDENTITY_FIELDS

FIRST = ("name", "kind", "status", "unit", "title", "email", "start_date", "end_date")  # shown even when empty


@require_GET
def facts_of(request, pk: int):
    """The panel of facts; each opens what every source says of it."""
    require(request.user, Permission.CONTRIBUTOR_VIEW)
    one = find_contributor(request.user, pk)
    origins = trace_facts(one, request.user)
    may_edit = request.user.may(Permission.CONTRIBUTOR_EDIT) and one.merged_into_id is None
    sees_identity = request.user.may(Permission.CONTRIBUTOR_VIEW_IDENTITY)
    context = {
        "one": one,
        "origins": [o for o in origins if o.value or o.column in FIRST or any(w.value for w in o.words)],
        "silent": [o for o in origins if not (o.value or o.column in FIRST or any(w.value for w in o.words))],
        "editable": {o.column for o in origins if may_edit and (sees_identity or o.column not in IDENTITY_FIELDS)},
        "today": timezone.now().date(),
    }
    return render(request, "sources/facts.html", context)


@require_POST
def override(request, pk: int):
    """Sets a fact by hand."""
    require(request.user, Permission.CONTRIBUTOR_EDIT)
    one = find_contributor(request.user, pk)
    form = OverrideForm(request.POST)
    try:
        if not form.is_valid():
            raise ValidationError([error for errors in form.errors.values() for error in errors])
        override_fact(contributor=one, by=request.user, **form.cleaned_data)
    except ValidationError as refusal:
        messages.error(request, " ".join(refusal.messages))
    else:
        messages.success(request, f"Overridden until {form.cleaned_data['until']:%-d %b %Y}.")
    return redirect("contributor", pk)


@require_POST
def take_back(request, pk: int):
    """Ends an override."""
    require(request.user, Permission.CONTRIBUTOR_EDIT)
    one = get_object_or_404(Override, pk=pk)
    find_contributor(request.user, one.contributor_id)
    try:
        end_override(override=one, by=request.user)
    except ValidationError as refusal:
        messages.error(request, " ".join(refusal.messages))
    else:
        messages.success(request, "Taken back: the sources count again.")
    return redirect("contributor", one.contributor_id)


@require_GET
def timeline_of(request, pk: int):
    require(request.user, Permission.CONTRIBUTOR_VIEW)
    one = find_contributor(request.user, pk)
    return render(request, "sources/timeline.html", {"moments": tell_timeline(one, request.user)[:200]})


@require_http_methods(["GET", "POST"])
def precedence(request):
    """Which source counts first, for every field or for one."""
    require(request.user, Permission.CONTRIBUTOR_EDIT)
    column = request.POST.get("field") or request.GET.get("field") or "*"
    if request.method == "POST":
        return save_precedence(request, column)
    places = {p.source_id: p.rank for p in Precedence.objects.filter(column=column)}
    sources = [(source, places.get(source.pk)) for source in Source.objects.all()]
    context = {
        "column": column if column in ORDERED else "*",
        "fields": [(name, label_field(name)) for name in ORDERED],
        "sources": sorted(sources, key=lambda pair: (pair[1] is None, pair[1] or 0, pair[0].name)),
        "set": [
            (name, label_field(name), [p.source for p in rows]) for name, rows in group_by_column() if rows
        ],
    }  # fmt: skip
    return render(request, "sources/precedence.html", context)


def label_field(name: str) -> str:
    return "Every field" if name == "*" else LABELS.get(name, name.replace("_", " ").capitalize())


def group_by_column() -> list[tuple[str, list[Precedence]]]:
    rows = list(Precedence.objects.select_related("source").order_by("rank"))
    return [(name, [p for p in rows if p.column == name]) for name in ORDERED]


def save_precedence(request, column: str):
    places = [
        (text, name)
        for name in Source.objects.values_list("name", flat=True)
        if (text := request.POST.get(f"place-{name}", "").strip())
    ]
    try:
        if wrong := [name for text, name in places if not (text.isascii() and text.isdecimal() and len(text) < 4)]:
            raise ValidationError(f"The place of {wrong[0]} is not a number such as 1.")
        ordered = [name for _, name in sorted((int(text), name) for text, name in places)]
        order_sources(column=column, sources=ordered, by=request.user)
    except ValidationError as refusal:
        messages.error(request, " ".join(refusal.messages))
    else:
        settle_golden_records.delay_on_commit()
        messages.success(request, "The order is kept; the golden records follow within a minute.")
    return redirect(f"{request.path}?field={column if column in ORDERED else '*'}")
