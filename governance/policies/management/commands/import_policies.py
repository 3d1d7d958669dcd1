import json
from pathlib import Path

from django.core.management.base import BaseCommand, CommandError

from governance.policies.load import FOLDER, import_policies


class Command(BaseCommand):
    help = "Takes the policies of a folder of TOML files."

    def add_arguments(self, parser):
        parser.add_argument("folder", nargs="?", type=Path, default=FOLDER)
        parser.add_argument("--json", action="store_true")

    def handle(self, *, folder, **options):
        try:
            names = [policy.name for policy in import_policies(folder=folder)]
        except ValueError as error:
            raise CommandError(str(error), returncode=2) from error
        self.stdout.write(json.dumps({"policies": names}) if options["json"] else f"{len(names)} policies taken.")
