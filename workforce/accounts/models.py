"""Who signs in, human or service, and in which roles."""

import hashlib
import secrets

from django.apps import apps
from django.contrib.auth.models import AbstractUser
from django.db import models

from workforce.accounts.permissions import PERMISSIONS_BY_ROLE, Role


class User(AbstractUser):
    """A login: a person of the organisation or a service that calls the API."""

    is_service = models.BooleanField(default=False)

    def held_roles(self) -> list[tuple[str, int | None]]:
        """(role, unit) of each role held, read once for each request."""
        if not hasattr(self, "_held_roles"):
            self._held_roles = list(self.role_assignments.values_list("role", "unit"))
        return self._held_roles

    def role_names(self) -> set[str]:
        return {role for role, _ in self.held_roles()}

    def may(self, permission: str) -> bool:
        """Whether one of the user's roles carries the permission; superusers may all."""
        if not self.is_active:
            return False
        return self.is_superuser or any(permission in PERMISSIONS_BY_ROLE[role] for role in self.role_names())

    def unit_scope(self) -> list[int] | None:
        """Ids of the units the user is confined to (their descendants included), or None for the whole organisation."""
        if self.is_superuser:
            return None
        if not hasattr(self, "_unit_scope"):
            units = {unit for _, unit in self.held_roles()}
            self._unit_scope = None if None in units else self._descendants(units)
        return self._unit_scope

    @staticmethod
    def _descendants(unit_ids: set[int]) -> list[int]:
        Unit = apps.get_model("organisation", "Unit")
        return list(Unit.objects.below(unit_ids).values_list("id", flat=True))


class RoleAssignment(models.Model):
    """A role held by a user, for one unit and those below it, or everywhere."""

    user = models.ForeignKey(User, models.CASCADE, related_name="role_assignments")
    role = models.CharField(max_length=32, choices=Role.choices)
    unit = models.ForeignKey("organisation.Unit", models.CASCADE, null=True, blank=True, related_name="+")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["user", "role", "unit"], name="role_once_per_unit"),
            models.UniqueConstraint(
                fields=["user", "role"], condition=models.Q(unit=None), name="role_once_everywhere"
            ),
        ]

    def __str__(self):
        return f"{self.user}: {self.get_role_display()}"


class ApiToken(models.Model):
    """A secret by which a service calls the API; only its hash is kept."""

    user = models.ForeignKey(User, models.CASCADE, related_name="api_tokens")
    name = models.CharField(max_length=100)
    secret_hash = models.CharField(max_length=64, unique=True, editable=False)
    created_at = models.DateTimeField(auto_now_add=True)
    expires_at = models.DateTimeField(null=True, blank=True)
    last_used_at = models.DateTimeField(null=True, blank=True, editable=False)

    def __str__(self):
        return f"{self.name} ({self.user})"

    @staticmethod
    def hash_secret(secret: str) -> str:
        return hashlib.sha256(secret.encode()).hexdigest()

    @classmethod
    def issue(cls, *, user: User, name: str, expires_at=None) -> tuple["ApiToken", str]:
        """Makes a token and returns it with its secret, which is shown this once."""
        secret = "ens_" + secrets.token_urlsafe(32)
        return cls.objects.create(
            user=user, name=name, secret_hash=cls.hash_secret(secret), expires_at=expires_at
        ), secret


class IdempotencyKey(models.Model):
    """The answer once given to a request of the API, given again when the same key comes back."""

    user = models.ForeignKey(User, models.CASCADE, related_name="+")
    key = models.CharField(max_length=200)
    request_hash = models.CharField(max_length=64)
    status = models.PositiveSmallIntegerField(default=0)
    answer = models.JSONField(null=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["user", "key"], name="idempotency_key_once_per_user")]

    def __str__(self):
        return self.key
