"""Saving, changing and deleting views of the registry, and choosing the one it opens with."""

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import IntegrityError, transaction

from workforce.accounts.permissions import Permission, require
from workforce.contributors.columns import COLUMNS
from workforce.contributors.models import DefaultView, SavedView, Sharing
from workforce.contributors.paging import SORTS
from workforce.contributors.query import QueryError, compile_query
from workforce.ledger.actions import Action
from workforce.ledger.record import record_event

FIELDS = ("name", "query", "search", "kind", "status", "sort", "columns", "sharing", "role")


def save_view(*, by, **values) -> SavedView:
    """A new view of the user; ValidationError says by field what cannot be taken."""
    require(by, Permission.CONTRIBUTOR_VIEW)
    view = SavedView(owner=by, **values)
    with transaction.atomic():
        store(view, by)
        record_event(action=Action.SAVED_VIEW_CREATED, subject=view, by=by, after=values_of(view))
    return view


def change_view(view: SavedView, *, by, **values) -> SavedView:
    """Changes one's own view; those of others are read only."""
    refuse_others(view, by)
    before = values_of(view)
    for name, value in values.items():
        setattr(view, name, value)
    after = values_of(view)
    changed = [name for name in FIELDS if before[name] != after[name]]
    if not changed:
        return view
    with transaction.atomic():
        store(view, by)
        record_event(
            action=Action.SAVED_VIEW_UPDATED, subject=view, by=by,
            before={name: before[name] for name in changed}, after={name: after[name] for name in changed},
        )  # fmt: skip
    return view


def delete_view(view: SavedView, *, by) -> None:
    refuse_others(view, by)
    with transaction.atomic():
        record_event(action=Action.SAVED_VIEW_DELETED, subject=view, by=by, before=values_of(view))
        view.delete()


def choose_default(view: SavedView | None, *, by) -> None:
    """The registry opens with this view from now on, or with everyone."""
    with transaction.atomic():
        before = DefaultView.objects.filter(user=by).first()
        if view is None:
            if before is None:
                return
            before.delete()
        else:
            DefaultView.objects.update_or_create(user=by, defaults={"view": view})
        record_event(
            action=Action.SAVED_VIEW_CHOSEN, subject=view or before.view, by=by,
            before={"view": before and before.view_id}, after={"view": view and view.pk},
        )  # fmt: skip


def refuse_others(view: SavedView, by) -> None:
    require(by, Permission.CONTRIBUTOR_VIEW)
    if view.owner_id != by.pk:
        raise PermissionDenied(f"This view belongs to {view.owner}. Save one of your own to change it.")


def values_of(view: SavedView) -> dict:
    return {name: getattr(view, name) for name in FIELDS}


def store(view: SavedView, by) -> None:
    """Writes what holds together; ValidationError says by field what does not."""
    view.name = " ".join(view.name.split())
    if view.sharing != Sharing.ROLE:
        view.role = ""
    view.clean_fields()
    refuse_unknown(view)
    if view.role and not by.is_superuser and view.role not in by.role_names():
        raise ValidationError({"role": "Share with a role that you hold, or with everyone."})
    if view.sharing == Sharing.ROLE and not view.role:
        raise ValidationError({"role": "Say with which role."})
    try:
        with transaction.atomic():
            view.save()
    except IntegrityError:
        raise ValidationError({"name": f"You have a view named {view.name} already. Take another name."}) from None


def refuse_unknown(view: SavedView) -> None:
    try:
        compile_query(view.query) if view.query.strip() else None
    except QueryError as error:
        raise ValidationError({"query": str(error)}) from None
    if view.sort and view.sort.removeprefix("-") not in SORTS:
        raise ValidationError({"sort": f"A list is sorted by one of {', '.join(SORTS)}; a - before it turns it round."})
    unknown = [name for name in view.columns.split(",") if name and name not in COLUMNS]
    if unknown:
        raise ValidationError({"columns": f"There is no column {unknown[0]}. Known are: {', '.join(COLUMNS)}."})


def default_address(views) -> str:
    """The parameters of the view that the registry opens with; empty where none is chosen."""
    return next((view.address() for view in views if view.is_default), "")
