import json
import sys
from dataclasses import asdict
from pathlib import Path

from django.core.management.base import BaseCommand
from tqdm import tqdm

from orchestration.invoices.management.commands.read_invoices import walk_files
from orchestration.invoices.store import import_invoices


class Command(BaseCommand):
    help = "Reads and stores e-invoices: exit 0 done, 1 done with rejections, 2 could not run."

    def add_arguments(self, parser):
        parser.add_argument("paths", metavar="PATH", nargs="+", help="a file, or a folder that is walked")
        parser.add_argument("--json", action="store_true")

    def handle(self, *, paths, json: bool, **options):
        missing = [p for p in paths if not Path(p).exists()]
        if missing:
            self.stderr.write(f"{missing[0]}: there is no such file or folder. Check the path.")
            sys.exit(2)
        files = list(walk_files(paths))
        hidden = not sys.stderr.isatty()
        with tqdm(desc="Importing", unit=" files", total=len(files), file=sys.stderr, disable=hidden) as bar:
            report = import_invoices(paths=files, progress=bar.update)
        self._print(asdict(report), json)
        sys.exit(1 if report.rejected else 0)

    def _print(self, facts: dict, as_json: bool) -> None:
        if as_json:
            self.stdout.write(json.dumps(facts, ensure_ascii=False))
            return
        self.stdout.write(
            f"{facts['files']} files: {facts['invoices']} invoices with {facts['lines']} lines stored, "
            f"{facts['duplicates']} received before, {facts['rejected']} rejected."
        )
        for r in facts["rejections"]:
            self.stderr.write(f"{r['path']}: {r['message']} ({r['code']})")
