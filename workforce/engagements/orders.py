"""Making and changing purchase orders."""

import hashlib
from datetime import date
from decimal import Decimal

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction

from workforce.accounts.permissions import Permission, require
from workforce.contributors.models import Contributor
from workforce.engagements.models import PurchaseOrder
from workforce.ledger.actions import Action
from workforce.ledger.record import record_event

CHANGEABLE = ("currency", "amount", "valid_from", "valid_to")


class OrderChanged(Exception):
    """The order is no longer as the one who changes it has seen it."""


def version_of(order: PurchaseOrder) -> str:
    """Changes whenever the order does."""
    state = [order.pk, order.number, order.supplier_id, *(describe(getattr(order, name)) for name in CHANGEABLE)]
    return hashlib.sha256(repr(state).encode()).hexdigest()[:32]


def describe(value) -> str | None:
    """As the ledger keeps it: amounts with two decimals, days as ISO 8601."""
    if isinstance(value, Decimal):
        return f"{value:.2f}"
    return value.isoformat() if isinstance(value, date) else value


def create_order(
    *, number: str, supplier: Contributor, currency: str, amount: Decimal, valid_from=None, valid_to=None, by
) -> PurchaseOrder:
    """A new order; a supplier's number is taken once."""
    require(by, Permission.ORDER_EDIT)
    order = PurchaseOrder(
        number=number.strip(), supplier=supplier, currency=currency, amount=amount, valid_from=valid_from, valid_to=valid_to
    )  # fmt: skip
    check_period(order)
    try:
        with transaction.atomic():
            order.save(force_insert=True)
            after = {"number": order.number, "supplier": supplier.pk}
            after |= {name: describe(getattr(order, name)) for name in CHANGEABLE}
            record_event(action=Action.RECORD_CREATED, subject=order, by=by, after=after)
    except IntegrityError as error:
        known = f"{supplier} has an order {order.number} already. Change that one or take another number."
        raise ValidationError({"number": known}) from error
    return order


def change_order(*, order: PurchaseOrder, changes: dict, seen: str, by) -> PurchaseOrder:
    """Changes an order that is still at the version seen; raises OrderChanged if it is not."""
    require(by, Permission.ORDER_EDIT)
    with transaction.atomic():
        order = PurchaseOrder.objects.select_for_update().get(pk=order.pk)
        if seen != version_of(order):
            raise OrderChanged(f"Order {order.number} was changed since you read it. Read it again, then change it.")
        before = {name: describe(getattr(order, name)) for name in CHANGEABLE if name in changes}
        for name in before:
            setattr(order, name, changes[name])
        check_period(order)
        after = {name: describe(getattr(order, name)) for name in before}
        if after == before:
            return order
        order.save(update_fields=list(before))
        changed = [name for name in before if before[name] != after[name]]
        record_event(
            action=Action.RECORD_UPDATED,
            subject=order,
            by=by,
            before={name: before[name] for name in changed},
            after={name: after[name] for name in changed},
        )
    return order


def check_period(order: PurchaseOrder) -> None:
    if order.valid_from and order.valid_to and order.valid_to < order.valid_from:
        raise ValidationError({"valid_to": f"{order.valid_to} is before valid_from, {order.valid_from}."})
