"""Templates as files: one TOML for each kind of contributor."""

import tomllib
from pathlib import Path

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import transaction

from orchestration.onboarding.models import Template, TemplateItem

FOLDER = Path(settings.BASE_DIR) / "onboarding"


def import_templates(*, folder: Path = FOLDER) -> list[Template]:
    """Takes every template of the folder, or none when one is wrong; plans already made stay as they are."""
    with transaction.atomic():
        return [import_template(path) for path in sorted(Path(folder).glob("*.toml"))]


def import_template(path: Path) -> Template:
    """Takes one file; ValueError says which file is wrong and how."""
    try:
        written = tomllib.loads(path.read_text(encoding="utf-8"))
        template, _ = Template.objects.update_or_create(kind=written["kind"], defaults={"name": written["name"]})
        template.items.all().delete()
        items = [TemplateItem(template=template, position=n, **item) for n, item in enumerate(written["items"])]
        for item in items:
            item.full_clean(validate_unique=False, validate_constraints=False)
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, KeyError, TypeError, ValidationError) as error:
        raise ValueError(f"{path}: {error}. A template has name, kind and [[items]].") from error
    TemplateItem.objects.bulk_create(items)
    return template
