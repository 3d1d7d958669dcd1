"""The engagements panel of a contributor's page."""

from django.core.exceptions import ValidationError
from django.db.models import Q
from django.shortcuts import render

from workforce.accounts.permissions import Permission, require
from workforce.contributors.views import find_contributor
from workforce.engagements.models import Engagement, PurchaseOrder
from workforce.ledger.as_of import read_day, registry_as_of


def engagements_of(request, pk: int):
    """Terms by date; rates and orders only for those who may see pay. `?as_of=` shows the terms known that day."""
    require(request.user, Permission.CONTRIBUTOR_VIEW)
    try:
        day = read_day(request.GET.get("as_of", ""))
    except ValidationError:
        day = None
    with registry_as_of(day):
        return show_engagements(request, pk)


def show_engagements(request, pk: int):
    one = find_contributor(request.user, pk)
    rows = Engagement.objects.visible_to(request.user).filter(Q(contributor=one) | Q(contributor__merged_into=one))
    rows = rows.select_related("unit", "supplier", "owner").order_by("-start_date", "-pk")
    sees_pay = request.user.may(Permission.CONTRIBUTOR_VIEW_PAY)
    orders = PurchaseOrder.objects.visible_to(request.user).filter(supplier=one).order_by("-number")[:20]
    if sees_pay:
        rows = rows.prefetch_related("rates")
    return render(
        request,
        "engagements/of_contributor.html",
        {"engagements": rows[:50], "sees_pay": sees_pay, "orders": orders if sees_pay else []},
    )
