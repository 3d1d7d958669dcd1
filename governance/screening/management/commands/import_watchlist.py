import json
from pathlib import Path

from django.core.management.base import BaseCommand, CommandError

from governance.screening.load import import_watchlist
from governance.screening.reading.entry import UnreadableList


class Command(BaseCommand):
    help = "Takes watchlists in their published layouts: OFAC, BIS, UN, the consolidated screening list, or a table."

    def add_arguments(self, parser):
        parser.add_argument("paths", nargs="+", type=Path, help="files of a list, or folders; .gz is opened")
        parser.add_argument("--list", default="", help="the list's name (default: by layout)")
        parser.add_argument("--allow-shrink", action="store_true", help="even if most of the entries vanish")
        parser.add_argument("--json", action="store_true")

    def handle(self, *, paths, **options):
        try:
            result = import_watchlist(paths=paths, name=options["list"][:200], allow_shrink=options["allow_shrink"])
        except UnreadableList as refusal:
            raise CommandError(str(refusal), returncode=2) from refusal
        if options["json"]:
            self.stdout.write(json.dumps(result, ensure_ascii=False))
        else:
            self.tell(result)
        if any(report["refused"] for report in result["lists"]):
            raise SystemExit(1)

    def tell(self, result):
        for report in result["lists"]:
            counts = ", ".join(
                f"{report[name]} {name}" for name in ("entries", "added", "changed", "closed", "refused")
            )
            self.stdout.write(f"{report['list']}: {counts}")
            for refusal in report["refusals"][:20]:
                self.stderr.write(f"  {refusal['path']}, row {refusal['row']}: {refusal['message']}")
