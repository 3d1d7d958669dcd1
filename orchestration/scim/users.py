"""The verbs of Users: each tells the registry and leaves an Event, in one transaction."""

from django.db import transaction
from django.utils import timezone
from scim2_models import Context, UniquenessException

from orchestration.scim.fold import fold, fold_text
from orchestration.scim.groups import leave_groups
from orchestration.scim.land import note_gone, start_record, tell_registry
from orchestration.scim.models import IdentityProvider, ScimUser, new_id
from orchestration.scim.read import apply_patch, dump_resource, open_resource, read_resource
from orchestration.scim.resources import Person
from orchestration.scim.rows import build_row
from workforce.ledger.actions import Action
from workforce.ledger.record import record_event


@transaction.atomic
def create_user(*, provider: IdentityProvider, data, by) -> ScimUser:
    """A new user; raises SCIMException where the data cannot be taken or the name is taken."""
    resource = read_resource(data, Person, Context.RESOURCE_CREATION_REQUEST)
    if resource.active is None:
        resource.active = True
    now, scim_id = timezone.now(), new_id()
    _refuse_taken_name(provider, resource, but=None)
    record = start_record(provider, scim_id)
    user = ScimUser(provider=provider, scim_id=scim_id, record=record, version=0, created_at=now)
    _store(user, resource, at=now, by=by)
    return user


@transaction.atomic
def replace_user(*, user: ScimUser, data, by) -> bool:
    """PUT: all that the data leaves out is gone; returns whether anything changed."""
    resource = read_resource(data, Person, Context.RESOURCE_REPLACEMENT_REQUEST)
    if resource.active is None:
        resource.active = True
    before = open_resource(user.resource, Person, user.scim_id)
    resource.replace(before)
    return _store_if_changed(user, before, resource, by=by)


@transaction.atomic
def patch_user(*, user: ScimUser, data, by) -> bool:
    """PATCH: all operations or none; returns whether anything changed."""
    before = open_resource(user.resource, Person, user.scim_id)
    return _store_if_changed(user, before, apply_patch(data, before), by=by)


@transaction.atomic
def delete_user(*, user: ScimUser, by) -> None:
    """The user is gone, its contributor has left; the record stays as it was last told."""
    resource = open_resource(user.resource, Person, user.scim_id)
    if resource.active is not False:
        user.ended_on = timezone.localdate()
        resource.active = False
        tell_registry(user, build_row(user, resource), by=by)
    note_gone(user)
    leave_groups(user.scim_id)
    record_event(action=Action.RECORD_DELETED, subject=user, by=by, before={"label": user.user_name})
    user.delete()


def _store_if_changed(user: ScimUser, before: Person, resource: Person, *, by) -> bool:
    if dump_resource(before) == dump_resource(resource):
        return False
    _refuse_taken_name(user.provider, resource, but=user.pk)
    if resource.active is False and before.active is not False:
        user.ended_on = timezone.localdate()
    elif resource.active is not False:
        user.ended_on = None
    _store(user, resource, at=timezone.now(), by=by)
    return True


def _store(user: ScimUser, resource: Person, *, at, by) -> None:
    """Keeps the resource, tells the registry and writes the Event, which names attributes and no values."""
    is_new, before, after = user.pk is None, user.resource or {}, dump_resource(resource)
    user.resource, user.folded = after, fold(after, Person)
    user.user_name, user.user_name_key = resource.user_name, fold_text(resource.user_name)
    user.external_id = fold_text(resource.external_id or "", case_exact=True)
    user.version += 1
    user.modified_at = at
    user.save()
    tell_registry(user, build_row(user, resource), by=by)
    record_event(
        action=Action.RECORD_CREATED if is_new else Action.RECORD_UPDATED,
        subject=user,
        by=by,
        after={"attributes": sorted(n for n in before.keys() | after.keys() if before.get(n) != after.get(n))},
        reason=f"SCIM from {user.provider.source.name}",
    )


def _refuse_taken_name(provider: IdentityProvider, resource: Person, *, but: int | None) -> None:
    """`userName` is one user's in each provider, whatever its case."""
    key = fold_text(resource.user_name)
    if ScimUser.objects.filter(provider=provider, user_name_key=key).exclude(pk=but).exists():
        raise UniquenessException(detail=f"There is a user with the userName {resource.user_name!r} already.")
