"""Completing items, and the panel of a contributor's plans."""

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_GET, require_POST

from orchestration.onboarding.complete import complete_item
from orchestration.onboarding.models import Item
from workforce.accounts.permissions import Permission, require


@require_POST
def complete(request, pk: int):
    require(request.user, Permission.ONBOARDING_COMPLETE)
    item = get_object_or_404(Item.objects.visible_to(request.user), pk=pk)
    try:
        complete_item(item=item, by=request.user, note=request.POST.get("note", "").replace("\x00", ""))
    except ValidationError as refusal:
        messages.error(request, " ".join(refusal.messages))
    else:
        messages.success(request, f"Done: {item.title}.")
    return redirect("inbox")


@require_GET
def onboarding_of(request, pk: int):
    require(request.user, Permission.ONBOARDING_VIEW)
    items = Item.objects.visible_to(request.user).filter(plan__engagement__contributor=pk)
    return render(request, "onboarding/of_contributor.html", {"items": items.select_related("done_by")[:60]})
