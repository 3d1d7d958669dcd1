"""The signed head of the chain, kept outside: what no one with the database alone can take back."""

import json
from datetime import UTC, datetime
from pathlib import Path

from governance.audit.models import Seal
from governance.audit.sign import is_signed, public_key

NAMES = ("number", "first_id", "last_id", "event_count", "total", "digest", "previous", "hash", "signature")


class UnusableAnchor(ValueError):
    """The file is not an anchor of this installation; the words say why."""


def describe_seal(seal: Seal) -> dict:
    """The seal without its leaves, as anchors and packs write it."""
    sealed_at = seal.sealed_at.strftime("%Y-%m-%dT%H:%M:%S.%fZ")
    return {name: getattr(seal, name) for name in NAMES} | {"sealed_at": sealed_at}


def write_anchor(seal: Seal) -> str:
    return json.dumps(describe_seal(seal) | {"public_key": public_key()}, indent=2) + "\n"


def read_anchor(path: str | Path) -> Seal:
    """An unsaved Seal as the file tells it; raises UnusableAnchor."""
    try:
        told = json.loads(Path(path).read_text(encoding="utf-8"))
        seal = Seal(**{name: told[name] for name in NAMES})
        seal.sealed_at = datetime.strptime(told["sealed_at"], "%Y-%m-%dT%H:%M:%S.%fZ").replace(tzinfo=UTC)
    except OSError as error:
        raise UnusableAnchor(f"{path} cannot be read: {error.strerror}.") from error
    except (ValueError, KeyError, TypeError) as error:
        raise UnusableAnchor(f"{path} is not an anchor: give a file that `seal_ledger --anchor` wrote.") from error
    if not is_signed(seal.statement(), str(seal.signature)):
        raise UnusableAnchor(
            f"{path} was not signed with this installation's key: it was altered, it is of another installation,"
            " or FIELD_KEY has changed."
        )
    return seal
