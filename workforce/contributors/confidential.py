"""National ids, tax ids and bank accounts: encrypted at rest, matched by keyed hash.

What is written now is `2.` and the base64 of a random 96-bit nonce and the AES-256-GCM of the text; what was written
before (Fernet tokens) is still read.
"""

import base64
import binascii
import hashlib
import hmac
import os
from functools import lru_cache

from cryptography.exceptions import InvalidTag
from cryptography.fernet import Fernet, InvalidToken
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings
from django.db import models

FORM = "2."
NONCE = 12  # bytes


@lru_cache
def _fernet(field_key: str) -> Fernet:
    return Fernet(base64.urlsafe_b64encode(hashlib.sha256(b"encrypt:" + field_key.encode()).digest()))


@lru_cache
def _cipher(field_key: str) -> AESGCM:
    return AESGCM(HKDF(SHA256(), length=32, salt=None, info=b"ensemble fields").derive(field_key.encode()))


def encrypt(value: str) -> str:
    nonce = os.urandom(NONCE)
    sealed = nonce + _cipher(settings.FIELD_KEY).encrypt(nonce, value.encode(), None)
    return FORM + base64.b64encode(sealed).decode()


def decrypt(stored: str) -> str:
    """The plain text, or a visible mark when FIELD_KEY is not the one it was written with."""
    try:
        if not stored.startswith(FORM):
            return _fernet(settings.FIELD_KEY).decrypt(stored.encode()).decode()
        sealed = base64.b64decode(stored[len(FORM) :], validate=True)
        return _cipher(settings.FIELD_KEY).decrypt(sealed[:NONCE], sealed[NONCE:], None).decode()
    except (InvalidToken, InvalidTag, binascii.Error, ValueError):
        return "(unreadable: FIELD_KEY has changed)"


def key_hash(value: str) -> str:
    """HMAC-SHA256 of letters and digits in upper case; empty for an empty value (equal accounts, equal hash)."""
    plain = value.upper()
    if not plain.isalnum():
        plain = "".join(c for c in plain if c.isalnum())
    if not plain:
        return ""
    return hmac.digest(b"match:" + settings.FIELD_KEY.encode(), plain.encode(), "sha256").hex()


def mask(value: str) -> str:
    """`••••1234`: enough to recognise, too little to use."""
    return "••••" + value[-4:] if len(value) > 6 else "••••" if value else ""


class EncryptedTextField(models.TextField):
    """Text that stands encrypted in the database."""

    def from_db_value(self, value, expression, connection):
        return decrypt(value) if value else value

    def get_prep_value(self, value):
        return encrypt(value) if value else value
