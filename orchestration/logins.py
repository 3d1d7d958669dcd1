"""One login for each role of the sample company; passwords are made on this machine and kept in var/logins.txt."""

import secrets

from django.conf import settings
from django.db import transaction

from workforce.accounts.models import RoleAssignment, User
from workforce.accounts.permissions import Role
from workforce.contributors.models import Contributor, Kind

PATH = settings.VAR_DIR / "logins.txt"


@transaction.atomic
def create_logins() -> dict[str, str]:
    """Makes a user per role where there is none yet; returns name and password of those made."""
    made = {}
    for role in Role:
        if User.objects.filter(username=role.value).exists():
            continue
        password = secrets.token_urlsafe(9)
        user = User.objects.create_user(
            username=role.value,
            password=password,
            first_name=role.label,
            is_staff=role == Role.ADMIN,
            is_superuser=role == Role.ADMIN,
        )
        RoleAssignment.objects.create(user=user, role=role)
        made[role.value] = password
    _tie_agent_owner()
    if made:
        PATH.parent.mkdir(exist_ok=True)
        PATH.touch(mode=0o600)
        PATH.write_text("".join(f"{name:<12}  {password}\n" for name, password in made.items()), encoding="utf-8")
    return made


def _tie_agent_owner() -> None:
    """The agent owner's login is a person of the company who owns agents."""
    user = User.objects.get(username=Role.AGENT_OWNER.value)
    person = Contributor.objects.filter(owned__kind=Kind.AI_AGENT, user=None).order_by("id").first()
    if person and not hasattr(user, "contributor"):
        person.user = user
        person.save(update_fields=["user"])
