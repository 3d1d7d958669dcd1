import json
import sys

from django.core.management.base import BaseCommand, CommandError
from tqdm import tqdm

from governance.audit.anchor import UnusableAnchor, read_anchor
from governance.audit.models import Deletion, Seal
from governance.audit.verify import record_verification
from workforce.ledger.append_only import missing_triggers
from workforce.ledger.models import Event


class Command(BaseCommand):
    help = "Checks the ledger against its seals: exit 0 every row is as it was sealed, 1 one is not, 2 could not run."

    def add_arguments(self, parser):
        parser.add_argument("--anchor", metavar="FILE", help="a signed head that was kept elsewhere, to check against")
        parser.add_argument("--json", action="store_true")

    def handle(self, *, anchor, **options):
        try:
            head = read_anchor(anchor) if anchor else None
        except UnusableAnchor as error:
            raise CommandError(str(error), returncode=2) from error
        with tqdm(desc="Verifying", unit=" events", file=sys.stderr, disable=not sys.stderr.isatty()) as bar:
            report = record_verification(anchor=head, progress=bar.update)
        self.warn()
        fault = report.fault
        if options["json"]:
            result = {"events": report.events, "ok": not fault, "first_bad": fault.event_id if fault else None}
            self.stdout.write(json.dumps(result))
        elif not fault:
            sealed = report.head.total if report.head else 0
            self.stdout.write(
                f"The ledger is whole: {report.events:,} events, {sealed:,} sealed, each as it was sealed."
            )
        if fault:
            self.stderr.write(fault.sentence)
            sys.exit(1)

    def warn(self):
        missing = [name for model in (Event, Seal, Deletion) for name in missing_triggers(model)]
        if missing:
            self.stderr.write(
                f"The database does not keep the rows by itself: {', '.join(missing)} missing or off."
                " Run `migrate` to put the triggers back."
            )
