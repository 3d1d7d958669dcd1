"""Bearer tokens of the API."""

from django.utils import timezone
from rest_framework import authentication, exceptions

from workforce.accounts.models import ApiToken


def read_bearer(request) -> str | None:
    """The secret of `Authorization: Bearer`, None where the request has none."""
    scheme, _, secret = request.headers.get("Authorization", "").partition(" ")
    return secret.strip() if scheme.lower() == "bearer" else None


def use_token(token, *, called: str) -> None:
    """Notes that a token is used; raises AuthenticationFailed when it has expired."""
    now = timezone.now()
    if token.expires_at and token.expires_at <= now:
        raise exceptions.AuthenticationFailed(f"{called} has expired. Ask an admin for a new one.")
    # At most one write a minute, so that reading stays reading.
    if token.last_used_at is None or (now - token.last_used_at).total_seconds() > 60:
        type(token).objects.filter(pk=token.pk).update(last_used_at=now)


class TokenAuthentication(authentication.BaseAuthentication):
    """`Authorization: Bearer ens_...`; refuses unknown, expired and inactive."""

    def authenticate(self, request):
        secret = read_bearer(request)
        if secret is None:
            return None
        token = ApiToken.objects.select_related("user").filter(secret_hash=ApiToken.hash_secret(secret)).first()
        if token is None or not token.user.is_active:
            raise exceptions.AuthenticationFailed("This token is not known. Ask an admin for a new one.")
        use_token(token, called="This token")
        return token.user, token

    def authenticate_header(self, request):
        return "Bearer"
