"""Tokens of identity providers: issuing them, and telling who calls."""

import secrets

from django.db import transaction
from rest_framework import authentication, exceptions

from orchestration.scim.models import IdentityProvider, ScimToken
from orchestration.sources.models import Source
from workforce.accounts.models import User
from workforce.accounts.tokens import read_bearer, use_token
from workforce.ledger.actions import Action
from workforce.ledger.record import record_event


@transaction.atomic
def connect_provider(*, source: Source, by=None) -> IdentityProvider:
    """Makes a source an identity provider, with a service user that can sign in nowhere; once is enough."""
    known = IdentityProvider.objects.filter(source=source).first()
    if known:
        return known
    username = f"scim-{source.name}"
    while User.objects.filter(username=username).exists():
        username += "-"  # somebody else's login is never taken
    user = User(username=username, is_service=True)
    user.set_unusable_password()
    user.save()
    provider = IdentityProvider.objects.create(source=source, user=user)
    record_event(action=Action.RECORD_CREATED, subject=provider, by=by, after={"user": user.username})
    return provider


@transaction.atomic
def issue_token(*, provider: IdentityProvider, name: str, expires_at=None, by=None) -> tuple[ScimToken, str]:
    """Makes a token and returns it with its secret, which is shown this once."""
    secret = "ens_scim_" + secrets.token_urlsafe(32)
    token = ScimToken.objects.create(
        provider=provider, name=name, secret_hash=ScimToken.hash_secret(secret), expires_at=expires_at
    )
    record_event(action=Action.RECORD_CREATED, subject=token, by=by, after={"provider": str(provider)})
    return token, secret


class ScimAuthentication(authentication.BaseAuthentication):
    """`Authorization: Bearer ens_scim_...`: the service user of the provider, and the token."""

    def authenticate(self, request):
        secret = read_bearer(request)
        if secret is None:
            return None
        found = ScimToken.objects.select_related("provider__source", "provider__user")
        token = found.filter(secret_hash=ScimToken.hash_secret(secret)).first()
        if token is None or not token.provider.user.is_active:
            raise exceptions.AuthenticationFailed("This is no SCIM token that is known. Ask an admin for a new one.")
        use_token(token, called="This SCIM token")
        return token.provider.user, token

    def authenticate_header(self, request):
        return 'Bearer realm="SCIM"'
