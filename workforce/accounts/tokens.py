"""Bearer tokens of the API."""

from django.utils import timezone
from rest_framework import authentication, exceptions

from workforce.accounts.models import ApiToken


class TokenAuthentication(authentication.BaseAuthentication):
    """`Authorization: Bearer ens_...`; refuses unknown, expired and inactive."""

    def authenticate(self, request):
        scheme, _, secret = request.headers.get("Authorization", "").partition(" ")
        if scheme.lower() != "bearer":
            return None
        token = ApiToken.objects.select_related("user").filter(secret_hash=ApiToken.hash_secret(secret.strip())).first()
        if token is None or not token.user.is_active:
            raise exceptions.AuthenticationFailed("This token is not known. Ask an admin for a new one.")
        now = timezone.now()
        if token.expires_at and token.expires_at <= now:
            raise exceptions.AuthenticationFailed("This token has expired. Ask an admin for a new one.")
        # At most one write a minute, so that reading by API stays reading.
        if token.last_used_at is None or (now - token.last_used_at).total_seconds() > 60:
            ApiToken.objects.filter(pk=token.pk).update(last_used_at=now)
        return token.user, token

    def authenticate_header(self, request):
        return "Bearer"
