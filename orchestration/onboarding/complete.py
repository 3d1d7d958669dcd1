"""Completing and reopening the items of a plan."""

from datetime import date

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.utils import timezone

from orchestration.onboarding.models import Item
from workforce.accounts.permissions import Permission, Role, require
from workforce.contributors.models import Contributor, Status
from workforce.holds.place import lift_holds, place_hold
from workforce.ledger.actions import Action
from workforce.ledger.record import record_event


def complete_item(*, item: Item, by, note: str = "", on: date | None = None) -> Item:
    """Marks the item done on a day and lifts its Hold; the last one makes an onboarding contributor active."""
    require_role(item, by=by)
    now = timezone.now()
    on = on or now.date()
    if on > now.date():
        raise ValidationError({"on": f"{on} is still to come. Give today or an earlier day."})
    with transaction.atomic():
        values = {"done_at": now, "done_on": on, "done_by": by, "note": note}
        if not Item.objects.open().filter(pk=item.pk).update(**values):
            raise ValidationError("This item is done already. Reopen it to change it.")
        item.refresh_from_db()
        record_event(action=Action.ITEM_COMPLETED, subject=item, by=by, after={"on": on.isoformat()}, reason=note)
        lift_holds(statement="SELECT id FROM holds_hold WHERE cause = %s", params=[cause_of(item)], by=by, on=on)
        if not Item.objects.open().filter(plan=item.plan).exists():
            activate_contributor(item.plan.engagement.contributor, by=by)
    return item


def reopen_item(*, item: Item, by, reason: str = "") -> Item:
    """Takes the completion back and places the item's Hold again from today."""
    require_role(item, by=by)
    with transaction.atomic():
        values = {"done_at": None, "done_on": None, "done_by": None}
        if not Item.objects.filter(pk=item.pk).exclude(done_at=None).update(**values):
            raise ValidationError("This item is open; there is nothing to reopen.")
        item.refresh_from_db()
        record_event(action=Action.ITEM_REOPENED, subject=item, by=by, reason=reason)
        if item.blocks:
            place_hold(subject=item.plan.engagement, scope=item.blocks, reason=item.title, cause=cause_of(item), by=by)
    return item


def require_role(item: Item, *, by) -> None:
    """Raises PermissionDenied unless the user holds the item's role, or is an admin, and may see it."""
    require(by, Permission.ONBOARDING_VIEW)
    if not holds_role(item, by):
        raise PermissionDenied(f"This item is for {Role(item.role).label}. Ask someone in that role, or an admin.")
    if not Item.objects.visible_to(by).filter(pk=item.pk).exists():
        raise PermissionDenied("This item is outside the units you see. Ask an admin for a role that includes it.")


def holds_role(item: Item, user) -> bool:
    return user.is_superuser or bool({item.role, Role.ADMIN.value} & user.role_names())


def activate_contributor(contributor: Contributor, *, by) -> None:
    """An onboarding contributor with no item left in any plan becomes active."""
    contributor = contributor.merged_into or contributor
    if Item.objects.open().filter(plan__engagement__contributor=contributor).exists():
        return
    waiting = Contributor.objects.filter(pk=contributor.pk, status=Status.ONBOARDING)
    if waiting.update(status=Status.ACTIVE):
        change = {"before": {"status": Status.ONBOARDING.value}, "after": {"status": Status.ACTIVE.value}}
        record_event(action=Action.CONTRIBUTOR_UPDATED, subject=contributor, by=by, **change)


def cause_of(item: Item) -> str:
    return f"onboarding:item:{item.pk}"
