"""The verbs of Groups: a name and its members, kept as the provider put them."""

import re

from django.db import transaction
from django.db.models import F
from django.utils import timezone
from scim2_models import Context, Group, InvalidValueException

from orchestration.scim.fold import fold, fold_text
from orchestration.scim.models import IdentityProvider, ScimGroup, ScimMember, ScimUser
from orchestration.scim.read import apply_patch, dump_resource, open_resource, read_resource
from workforce.ledger.actions import Action
from workforce.ledger.record import record_event

BATCH = 2_000
ONE_MEMBER = re.compile(r'members\[value eq "([^"\\]+)"\]', re.IGNORECASE)


@transaction.atomic
def create_group(*, provider: IdentityProvider, data, by) -> ScimGroup:
    """A new group; raises SCIMException where the data cannot be taken."""
    resource = read_resource(data, Group, Context.RESOURCE_CREATION_REQUEST)
    now = timezone.now()
    group = ScimGroup(provider=provider, version=0, created_at=now)
    _store(group, resource, {}, at=now, by=by)
    return group


@transaction.atomic
def replace_group(*, group: ScimGroup, data, by) -> bool:
    """PUT: members that the data leaves out are out; returns whether anything changed."""
    resource = read_resource(data, Group, Context.RESOURCE_REPLACEMENT_REQUEST)
    before = open_group(group)
    resource.replace(before)
    return _store_if_changed(group, before, resource, by=by)


@transaction.atomic
def patch_group(*, group: ScimGroup, data, by) -> bool:
    """PATCH: all operations or none; returns whether anything changed."""
    before = open_group(group, only=find_named_members(data))
    return _store_if_changed(group, before, apply_patch(data, before), by=by)


@transaction.atomic
def delete_group(*, group: ScimGroup, by) -> None:
    record_event(action=Action.RECORD_DELETED, subject=group, by=by, before={"label": group.display_name})
    _touch_users(set(group.members.values_list("value", flat=True)))
    leave_groups(group.scim_id)
    group.delete()


def leave_groups(scim_id: str) -> None:
    """Takes a user or group that goes out of every group it is a member of."""
    ScimGroup.objects.filter(members__value=scim_id).update(version=F("version") + 1, modified_at=timezone.now())
    ScimMember.objects.filter(value=scim_id).delete()


def open_group(group: ScimGroup, *, only: set[str] | None = None) -> Group:
    """The group with its members, or with those of them alone that a PATCH can touch."""
    members = group.members.order_by("pk").values("value", "type", "display")
    if only is not None:
        members = members.filter(value__in=only)
    listed = [{name: text for name, text in member.items() if text} for member in members]
    return open_resource({**group.resource, "members": listed}, Group, group.scim_id)


def find_named_members(data) -> set[str] | None:
    """The ids that a PATCH adds or removes by name, so that the rest of a large group stays unread; None if it may do more."""
    named: set[str] = set()
    operations = data.get("Operations") if isinstance(data, dict) else None
    for operation in operations if isinstance(operations, list) else [None]:
        ids = _named_by(operation) if isinstance(operation, dict) else None
        if not ids or len(named) > BATCH:
            return None
        named |= ids
    return named


def _named_by(operation: dict) -> set[str] | None:
    op, path, value = str(operation.get("op")).lower(), operation.get("path"), operation.get("value")
    if op == "remove" and not value and isinstance(path, str) and (found := ONE_MEMBER.fullmatch(path.strip())):
        return {found[1]}
    if op == "add" and path is None and isinstance(value, dict) and value.keys() == {"members"}:
        path, value = "members", value["members"]
    entries = value if isinstance(value, list) else [value]
    ids = [entry.get("value") if isinstance(entry, dict) else None for entry in entries]
    if op not in ("add", "remove") or path != "members" or not all(isinstance(one, str) and one for one in ids):
        return None
    return set(ids)


def _store_if_changed(group: ScimGroup, before: Group, resource: Group, *, by) -> bool:
    old, new = _members_of(before), _members_of(resource)
    if old == new and _without_members(before) == _without_members(resource):
        return False
    _store(group, resource, old, at=timezone.now(), by=by)
    return True


def _store(group: ScimGroup, resource: Group, old: dict[str, tuple], *, at, by) -> None:
    is_new, members = group.pk is None, _members_of(resource)
    group.resource = _without_members(resource)
    group.folded = fold(group.resource, Group)
    group.display_name = resource.display_name
    group.external_id = fold_text(resource.external_id or "", case_exact=True)
    group.version += 1
    group.modified_at = at
    group.save()
    _set_members(group, old, members)
    record_event(
        action=Action.RECORD_CREATED if is_new else Action.RECORD_UPDATED,
        subject=group,
        by=by,
        after={
            "display_name": group.display_name,
            "members_added": len(members.keys() - old.keys()),
            "members_removed": len(old.keys() - members.keys()),
        },
        reason=f"SCIM from {group.provider.source.name}",
    )


def _without_members(resource: Group) -> dict:
    return {name: value for name, value in dump_resource(resource).items() if name != "members"}


def _members_of(resource: Group) -> dict[str, tuple[str, str]]:
    """(type, display) by id, each member once."""
    members = {}
    for member in resource.members or []:
        if not member.value or len(member.value) > 200:
            raise InvalidValueException(detail="Each of members needs a value, the id of a User or Group.")
        members.setdefault(member.value, (str(member.type or "")[:20], (member.display or "")[:400]))
    return members


def _set_members(group: ScimGroup, old: dict[str, tuple], members: dict[str, tuple]) -> None:
    """Writes what differs, in sets; a member without a type gets that of the resource it names."""
    gone = sorted(value for value in old if members.get(value) != old[value])
    for start in range(0, len(gone), BATCH):
        group.members.filter(value__in=gone[start : start + BATCH]).delete()
    added = [value for value in members if members[value] != old.get(value)]
    types = _find_types([value for value in added if not members[value][0]])
    ScimMember.objects.bulk_create(
        [
            ScimMember(
                group=group, value=value, type=members[value][0] or types.get(value, ""), display=members[value][1]
            )
            for value in added
        ],
        batch_size=BATCH,
    )
    _touch_users(set(gone) ^ set(added))


def _find_types(values: list[str]) -> dict[str, str]:
    types = {}
    for start in range(0, len(values), BATCH):
        some = values[start : start + BATCH]
        for name, model in (("User", ScimUser), ("Group", ScimGroup)):
            types.update(dict.fromkeys(model.objects.filter(scim_id__in=some).values_list("scim_id", flat=True), name))
    return types


def _touch_users(values: set[str]) -> None:
    """Users whose `groups` changed are another version."""
    ordered = sorted(values)
    for start in range(0, len(ordered), BATCH):
        ScimUser.objects.filter(scim_id__in=ordered[start : start + BATCH]).update(version=F("version") + 1)
