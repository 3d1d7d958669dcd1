"""The installation's Ed25519 key, derived from FIELD_KEY: signs seals, anchors and deletions."""

import base64
from functools import lru_cache

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings


def _derive(field_key: str, purpose: bytes) -> bytes:
    return HKDF(algorithm=SHA256(), length=32, salt=None, info=purpose).derive(field_key.encode())


@lru_cache
def _private_key(field_key: str) -> Ed25519PrivateKey:
    return Ed25519PrivateKey.from_private_bytes(_derive(field_key, b"ensemble ledger signature"))


@lru_cache
def _salt_key(field_key: str) -> bytes:
    return _derive(field_key, b"ensemble ledger salt")


def salt_key() -> bytes:
    """Makes each Event's salt, so that nobody can guess a hidden value from its hash."""
    return _salt_key(settings.FIELD_KEY)


def public_key() -> str:
    """The raw 32 bytes in base64, to be published."""
    return base64.b64encode(_private_key(settings.FIELD_KEY).public_key().public_bytes_raw()).decode()


def sign(statement: str) -> str:
    return base64.b64encode(_private_key(settings.FIELD_KEY).sign(statement.encode())).decode()


def is_signed(statement: str, signature: str) -> bool:
    """Whether this installation's key signed the statement."""
    key = Ed25519PublicKey.from_public_bytes(base64.b64decode(public_key()))
    try:
        key.verify(base64.b64decode(signature, validate=True), statement.encode())
    except (InvalidSignature, ValueError):
        return False
    return True
