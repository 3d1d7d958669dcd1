"""What every page needs: permissions, money, hours and addresses that keep their filters."""

from decimal import Decimal

from django import template
from django.utils.html import format_html

register = template.Library()


@register.filter
def may(user, permission: str) -> bool:
    return user.is_authenticated and user.may(permission)


@register.filter
def money(amount: Decimal | None, currency: str = "") -> str:
    """1,234.50 EUR; a dash where there is no amount."""
    if amount is None:
        return "–"
    return f"{amount:,.2f}\u00a0{currency}".rstrip("\u00a0")


@register.filter
def hours(amount: Decimal | None) -> str:
    """Hours with at most two decimals and none that say nothing."""
    if amount is None:
        return "–"
    return f"{amount:,.2f}".rstrip("0").rstrip(".")


@register.filter
def percent(share: Decimal | float | None) -> str:
    return "–" if share is None else f"{share * 100:.0f}\u00a0%"


@register.filter
def in_words(name: str) -> str:
    """A name of a format as people write it: purchase orders."""
    return name.replace("_", " ")


@register.simple_tag(takes_context=True)
def current(context, *names: str) -> str:
    """`aria-current` for the link to the page that is shown."""
    match = context["request"].resolver_match if "request" in context else None
    return format_html(' aria-current="{}"', "page") if match and match.url_name in names else ""
