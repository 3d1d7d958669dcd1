import json
from pathlib import Path

from django.core.management.base import BaseCommand, CommandError

from orchestration.onboarding.load import FOLDER, import_templates


class Command(BaseCommand):
    help = "Takes the onboarding templates of a folder of TOML files."

    def add_arguments(self, parser):
        parser.add_argument("folder", nargs="?", type=Path, default=FOLDER)
        parser.add_argument("--json", action="store_true")

    def handle(self, *, folder, **options):
        try:
            kinds = [template.kind for template in import_templates(folder=folder)]
        except ValueError as error:
            raise CommandError(str(error), returncode=2) from error
        self.stdout.write(json.dumps({"templates": kinds}) if options["json"] else f"{len(kinds)} templates taken.")
