import json
from dataclasses import asdict

from django.core.management.base import BaseCommand

from orchestration.sources.identity import resolve_identities


class Command(BaseCommand):
    help = "Matches contributors across and within sources and merges those that are one."

    def add_arguments(self, parser):
        parser.add_argument("--dry-run", action="store_true", help="say what would be merged and keep nothing")
        parser.add_argument("--json", action="store_true")

    def handle(self, *, dry_run, **options):
        facts = asdict(resolve_identities(dry_run=dry_run, progress=self._show))
        if self.stderr.isatty():
            self.stderr.write("")
        if options["json"]:
            self.stdout.write(json.dumps(facts))
            return
        self.stdout.write(
            f"{facts['records']} records are {facts['contributors']} contributors: {facts['merged']} merged now, "
            f"{facts['to_review']} pairs to review, in {facts['seconds']} s."
        )

    def _show(self, words: str) -> None:
        if self.stderr.isatty():
            self.stderr.write(f"\r\033[K{words}", ending="")
