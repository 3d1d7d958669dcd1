import json
from dataclasses import asdict

from django.core.management.base import BaseCommand, CommandError

from orchestration.sources.identity import Resolution, resolve_identities
from orchestration.sources.resolution_runs import ask_resolution, carry_out


class Command(BaseCommand):
    help = "Matches contributors across and within sources and merges those that are one."

    def add_arguments(self, parser):
        parser.add_argument("--dry-run", action="store_true", help="say what would be merged and keep nothing")
        parser.add_argument("--json", action="store_true")

    def handle(self, *, dry_run, **options):
        facts = asdict(resolve_identities(dry_run=True, progress=self._show) if dry_run else self._resolve())
        if self.stderr.isatty():
            self.stderr.write("")
        if options["json"]:
            self.stdout.write(json.dumps(facts))
            return
        self.stdout.write(
            f"{facts['records']} records are {facts['contributors']} contributors: {facts['merged']} merged now, "
            f"{facts['to_review']} pairs to review, in {facts['seconds']} s."
        )

    def _resolve(self) -> Resolution:
        found = carry_out(ask_resolution(), progress=self._show)
        if found is None:
            raise CommandError("Records are being compared right now. Run it again when that has ended.")
        return found

    def _show(self, words: str) -> None:
        if self.stderr.isatty():
            self.stderr.write(f"\r\033[K{words}", ending="")
