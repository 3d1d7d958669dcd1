"""Identity providers that provision by SCIM, their tokens, and the users and groups as they put them."""

import hashlib
import uuid

from django.conf import settings
from django.db import models

from orchestration.sources.models import Source, SourceRecord
from workforce.contributors.models import Kind


def new_id() -> str:
    return str(uuid.uuid4())


class IdentityProvider(models.Model):
    """A source that provisions by SCIM, and the service user in whose name it writes.

    `kind_words` says which kind a `userType` means here, before the usual words: {"crew": "contractor"}.
    """

    source = models.OneToOneField(Source, models.PROTECT, primary_key=True, related_name="identity_provider")
    user = models.OneToOneField(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    default_kind = models.CharField(max_length=12, choices=Kind.choices, default=Kind.EMPLOYEE)
    kind_words = models.JSONField(default=dict, blank=True)

    def __str__(self):
        return str(self.source)


class ScimToken(models.Model):
    """A secret by which an identity provider calls /scim/v2/ and nothing else; only its hash is kept."""

    provider = models.ForeignKey(IdentityProvider, models.CASCADE, related_name="tokens")
    name = models.CharField(max_length=100)
    secret_hash = models.CharField(max_length=64, unique=True, editable=False)
    created_at = models.DateTimeField(auto_now_add=True)
    expires_at = models.DateTimeField(null=True, blank=True)
    last_used_at = models.DateTimeField(null=True, blank=True, editable=False)

    class Meta:
        verbose_name = "SCIM token"

    def __str__(self):
        return f"{self.name} ({self.provider})"

    @staticmethod
    def hash_secret(secret: str) -> str:
        return hashlib.sha256(secret.encode()).hexdigest()


class ScimResource(models.Model):
    """A resource as it was put (`resource`), and in the form that comparisons use (`folded`)."""

    provider = models.ForeignKey(IdentityProvider, models.PROTECT, related_name="+")
    scim_id = models.CharField(max_length=36, unique=True, default=new_id, editable=False)
    external_id = models.CharField(max_length=400, blank=True)
    resource = models.JSONField()
    folded = models.JSONField()
    version = models.PositiveIntegerField(default=1)
    created_at = models.DateTimeField()
    modified_at = models.DateTimeField()

    class Meta:
        abstract = True

    @property
    def etag(self) -> str:
        return f'W/"{self.version}"'


class ScimUser(ScimResource):
    """A User; its record is the row that the registry was told.

    `ended_on` is the day on which the provider was seen to switch the user off.
    """

    user_name = models.CharField(max_length=400)
    user_name_key = models.CharField(max_length=400, editable=False)  # as names are compared: without case
    record = models.OneToOneField(SourceRecord, models.PROTECT, related_name="scim_user")
    ended_on = models.DateField(null=True)

    class Meta:
        verbose_name = "SCIM user"
        constraints = [models.UniqueConstraint(fields=["provider", "user_name_key"], name="scim_user_name_once")]
        indexes = [models.Index(fields=["provider", "external_id"], name="scim_user_external_id")]

    def __str__(self):
        return self.user_name


class ScimGroup(ScimResource):
    """A Group; its members stand in rows of their own."""

    display_name = models.CharField(max_length=400)

    class Meta:
        verbose_name = "SCIM group"
        indexes = [models.Index(fields=["provider", "external_id"], name="scim_group_external_id")]

    def __str__(self):
        return self.display_name


class ScimMember(models.Model):
    """One member of a group: `value` is the id of a user or group, kept as it came even before that one is there."""

    group = models.ForeignKey(ScimGroup, models.CASCADE, related_name="members")
    value = models.CharField(max_length=200, db_index=True)
    type = models.CharField(max_length=20, blank=True)
    display = models.CharField(max_length=400, blank=True)

    class Meta:
        verbose_name = "SCIM group member"
        constraints = [models.UniqueConstraint(fields=["group", "value"], name="scim_member_once")]

    def __str__(self):
        return self.display or self.value
