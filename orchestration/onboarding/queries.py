"""What of onboarding waits for a user."""

from orchestration.onboarding.models import Item


def open_items_for(user):
    """Open items the user may see that are for one of the user's roles; soonest due first."""
    items = Item.objects.open().visible_to(user).select_related("plan__engagement__contributor")
    if not (user.is_superuser or "admin" in user.role_names()):
        items = items.filter(role__in=user.role_names())
    return items.order_by("due_date", "pk")
