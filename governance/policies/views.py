"""Who breaks which rule, and waivers."""

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.db.models import Count
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_GET, require_POST

from governance.policies.forms import WaiverForm
from governance.policies.models import Finding, Policy
from governance.policies.waive import waive_finding
from workforce.accounts.permissions import Permission, require
from workforce.contributors.views import find_contributor

PAGE = 50


@require_GET
def findings(request):
    require(request.user, Permission.FINDING_VIEW)
    opened = Finding.objects.open().visible_to(request.user)
    counts = dict(opened.order_by().values_list("policy").annotate(Count("pk")))
    found, name = opened, request.GET.get("policy", "")
    if name:
        found = found.filter(policy__name=name)
    text = request.GET.get("page", "1")
    page = int(text) if text.isascii() and text.isdigit() and 0 < len(text) < 6 and int(text) else 1
    rows = found.select_related("policy", "contributor").order_by("due_date", "pk")
    rows = list(rows[(page - 1) * PAGE : page * PAGE + 1])
    context = {
        "rows": rows[:PAGE],
        "has_more": len(rows) > PAGE,
        "page": page,
        "policies": [(policy, counts.get(policy.pk, 0)) for policy in Policy.objects.filter(is_active=True)],
        "chosen": name,
        "today": timezone.now().date(),
    }
    return render(request, "policies/findings.html", context)


@require_POST
def waive(request, pk: int):
    require(request.user, Permission.FINDING_DECIDE)
    finding = get_object_or_404(Finding.objects.visible_to(request.user), pk=pk)
    form = WaiverForm(request.POST)
    if not form.is_valid():
        messages.error(request, " ".join(error for errors in form.errors.values() for error in errors))
        return redirect("findings")
    try:
        waive_finding(finding=finding, by=request.user, **form.cleaned_data)
    except ValidationError as refusal:
        messages.error(request, " ".join(refusal.messages))
    else:
        messages.success(request, f"Waived until {form.cleaned_data['until']:%-d %b %Y}: {finding}.")
    return redirect("findings")


@require_GET
def findings_of(request, pk: int):
    """The panel of a contributor's open findings."""
    require(request.user, Permission.FINDING_VIEW)
    rows = Finding.objects.open().visible_to(request.user).filter(contributor=find_contributor(request.user, pk))
    return render(request, "policies/of_contributor.html", {"findings": rows.select_related("policy")[:50]})
