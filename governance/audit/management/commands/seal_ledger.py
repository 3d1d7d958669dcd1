import json
import sys
from pathlib import Path

from django.core.management.base import BaseCommand, CommandError
from tqdm import tqdm

from governance.audit.anchor import write_anchor
from governance.audit.seal import seal_ledger
from governance.audit.sign import public_key
from workforce.ledger.models import Event


class Command(BaseCommand):
    help = "Seals the new Events of the ledger: exit 0 done, 2 could not run."

    def add_arguments(self, parser):
        parser.add_argument("--anchor", type=Path, metavar="FILE", help="write the signed head, to be kept elsewhere")
        parser.add_argument("--json", action="store_true")

    def handle(self, *, anchor, **options):
        with tqdm(desc="Sealing", unit=" events", file=sys.stderr, disable=not sys.stderr.isatty()) as bar:
            head = seal_ledger(progress=bar.update)
        events = Event.objects.count()
        if anchor:
            self.write_anchor(anchor, head)
        result = {"events": events, "sealed": head.total if head else 0, "head": head.hash if head else ""}
        if options["json"]:
            self.stdout.write(json.dumps(result))
            return
        self.stdout.write(f"{result['sealed']:,} events are sealed, {events:,} stand in the ledger.")
        self.stdout.write(f"Head {result['head'] or 'none yet'}, signed with the public key {public_key()}.")

    def write_anchor(self, path: Path, head):
        if head is None:
            raise CommandError("There is no Event to seal yet, so there is no head to write.", returncode=2)
        try:
            path.write_text(write_anchor(head), encoding="utf-8")
        except OSError as error:
            raise CommandError(f"{path} cannot be written: {error.strerror}.", returncode=2) from error
