"""Policies as files: one TOML a policy, named as the policy."""

import tomllib
from pathlib import Path

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import transaction

from governance.policies.models import Policy
from workforce.contributors.query import QueryError, compile_query

FOLDER = Path(settings.BASE_DIR) / "policies"
KEYS = {"title", "scope", "condition", "effect", "severity", "owner_role", "due_days", "reason"}


def import_policies(*, folder: Path = FOLDER) -> list[Policy]:
    """Takes every policy of the folder, or none when one is wrong; whether a known one is active stays as it was."""
    policies = [read_policy(path) for path in sorted(Path(folder).glob("*.toml"))]
    with transaction.atomic():
        return [Policy.objects.update_or_create(name=name, defaults=values)[0] for name, values in policies]


def read_policy(path: Path) -> tuple[str, dict]:
    """Name and values of a policy's file; ValueError says which file is wrong, how, and how to mend it."""
    try:
        values = tomllib.loads(path.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ValueError(f"{path}: not readable as TOML: {error}") from error
    if wrong := set(values) ^ KEYS:
        missing = ", ".join(sorted(wrong - set(values))) or "nothing"
        unknown = ", ".join(sorted(wrong & set(values))) or "nothing"
        raise ValueError(f"{path}: missing {missing}; unknown {unknown}. A policy has {', '.join(sorted(KEYS))}.")
    for key in ("scope", "condition"):
        try:
            compile_query(values[key])
        except QueryError as error:
            raise ValueError(f"{path}: {key}: {error}") from error
    try:
        Policy(name=path.stem, **values).full_clean(validate_unique=False)
    except ValidationError as error:
        raise ValueError(f"{path}: {'; '.join(f'{k}: {v[0]}' for k, v in error.message_dict.items())}") from error
    return path.stem, values
