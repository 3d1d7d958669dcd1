import json
import sys
from dataclasses import asdict

from django.core.management.base import BaseCommand

from orchestration.sources.agent_cards import import_agent_cards
from orchestration.sources.tables import UnreadableTable


class Command(BaseCommand):
    help = "Takes A2A AgentCard files (a folder is walked): exit 0 done, 1 done with rejections, 2 could not run."

    def add_arguments(self, parser):
        parser.add_argument("paths", metavar="PATH", nargs="+")
        parser.add_argument("--source", required=True, metavar="NAME")
        parser.add_argument("--json", action="store_true")

    def handle(self, *, paths, source, **options):
        try:
            report = import_agent_cards(paths=paths, source=source)
        except UnreadableTable as error:
            self.stderr.write(str(error))
            sys.exit(2)
        facts = asdict(report)
        if options["json"]:
            self.stdout.write(json.dumps(facts, ensure_ascii=False))
        else:
            self.stdout.write(
                f"{report.seen} cards seen, {report.created} agents created, {report.updated} updated, "
                f"{report.unchanged} unchanged, {report.rejected} rejected."
            )
            for r in report.rejections:
                self.stderr.write(f"{r['path']}: {r['message']} ({r['code']})")
        sys.exit(1 if report.rejected else 0)
