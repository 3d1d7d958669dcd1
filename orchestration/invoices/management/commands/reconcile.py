import json
import sys
from dataclasses import asdict
from datetime import date

from django.core.management.base import BaseCommand

from orchestration.invoices.models import Invoice
from orchestration.invoices.reconcile import reconcile


class Command(BaseCommand):
    help = "Matches every invoice line and says what is wrong with the others."

    def add_arguments(self, parser):
        group = parser.add_mutually_exclusive_group()
        group.add_argument("--since", metavar="DATE", type=date.fromisoformat, help="report on invoices issued since")
        group.add_argument("--invoice", metavar="ID", type=int, help="report on one invoice")
        parser.add_argument("--json", action="store_true")

    def handle(self, *, since, invoice, json: bool, **options):
        if invoice and not Invoice.objects.filter(pk=invoice).exists():
            self.stderr.write(f"There is no invoice {invoice}.")
            sys.exit(2)
        report = reconcile(since=since, invoice=invoice)
        self.stdout.write(dump(report) if json else words(report))


def dump(report) -> str:
    return json.dumps(asdict(report))


def words(report) -> str:
    head = f"{report.lines} lines: {report.matched} matched, {report.discrepant} with discrepancies."
    return "\n".join([head, *(f"  {code}: {count}" for code, count in report.by_code.items())])
