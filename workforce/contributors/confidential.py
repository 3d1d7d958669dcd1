"""National ids, tax ids and bank accounts: encrypted at rest, matched by keyed hash."""

import base64
import hashlib
import hmac
from functools import lru_cache

from cryptography.fernet import Fernet, InvalidToken
from django.conf import settings
from django.db import models


@lru_cache
def _fernet(field_key: str) -> Fernet:
    return Fernet(base64.urlsafe_b64encode(hashlib.sha256(b"encrypt:" + field_key.encode()).digest()))


def encrypt(value: str) -> str:
    return _fernet(settings.FIELD_KEY).encrypt(value.encode()).decode()


def decrypt(stored: str) -> str:
    """The plain text, or a visible mark when FIELD_KEY is not the one it was written with."""
    try:
        return _fernet(settings.FIELD_KEY).decrypt(stored.encode()).decode()
    except InvalidToken:
        return "(unreadable: FIELD_KEY has changed)"


def key_hash(value: str) -> str:
    """HMAC-SHA256 of letters and digits in upper case; empty for an empty value (equal accounts, equal hash)."""
    plain = "".join(c for c in value.upper() if c.isalnum())
    if not plain:
        return ""
    return hmac.new(b"match:" + settings.FIELD_KEY.encode(), plain.encode(), hashlib.sha256).hexdigest()


def mask(value: str) -> str:
    """`••••1234`: enough to recognise, too little to use."""
    return "••••" + value[-4:] if len(value) > 6 else "••••" if value else ""


class EncryptedTextField(models.TextField):
    """Text that stands encrypted in the database."""

    def from_db_value(self, value, expression, connection):
        return decrypt(value) if value else value

    def get_prep_value(self, value):
        return encrypt(value) if value else value
