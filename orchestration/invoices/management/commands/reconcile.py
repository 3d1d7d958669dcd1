import json
import sys
from dataclasses import asdict
from datetime import date

from django.core.management.base import BaseCommand
from tqdm import tqdm

from orchestration.invoices.models import Invoice
from orchestration.invoices.reconcile import STEPS, reconcile

PROMISED = ("lines", "matched", "discrepant", "first_pass_rate", "by_code", "seconds")


class Command(BaseCommand):
    help = "Matches invoice lines with engagement, rate, time and order: exit 0 done, 2 could not run."

    def add_arguments(self, parser):
        parser.add_argument("--since", metavar="DATE", help="suppliers with invoices issued or received since that day")
        parser.add_argument("--invoice", metavar="ID", type=int)
        parser.add_argument("--json", action="store_true")

    def handle(self, *, since, invoice, json: bool, **options):
        try:
            day = date.fromisoformat(since) if since else None
        except ValueError:
            self.stderr.write(f"{since!r} is not a day. Write it like 2026-03-31.")
            sys.exit(2)
        if invoice is not None and not Invoice.objects.filter(pk=invoice).exists():
            self.stderr.write(f"There is no invoice {invoice}. The id is the number in the invoice's address.")
            sys.exit(2)
        hidden = not sys.stderr.isatty()
        with tqdm(desc="Reconciling", total=len(STEPS), unit=" steps", file=sys.stderr, disable=hidden) as bar:
            report = reconcile(since=day, invoice=invoice, progress=bar.update)
        facts = asdict(report)
        self.stdout.write(_json(facts) if json else _words(facts))


def _json(facts: dict) -> str:
    return json.dumps({name: facts[name] for name in PROMISED})


def _words(facts: dict) -> str:
    head = (
        f"{facts['lines']} lines: {facts['matched']} matched ({facts['first_pass_rate']:.1%}), "
        f"{facts['discrepant']} with discrepancies, in {facts['seconds']} s."
    )
    return "\n".join([head, *(f"  {count:>7} {code}" for code, count in facts["by_code"].items())])
