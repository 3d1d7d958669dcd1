import json
import sys
import tomllib
from dataclasses import asdict
from functools import partial
from pathlib import Path

from django.core.management.base import BaseCommand
from tqdm import tqdm

from orchestration.sources.guard import TooManyEnded
from orchestration.sources.kinds import KINDS
from orchestration.sources.mapping import Mapping, check_mapping
from orchestration.sources.replay import replay_records
from orchestration.sources.sync import import_table
from orchestration.sources.tables import UnreadableTable

PROMISED = (
    "kind", "source", "seen", "created", "updated", "unchanged", "gone", "rejected", "waiting", "seconds", "rejections",
)  # fmt: skip


class Command(BaseCommand):
    help = "Takes a canonical table: exit 0 done, 1 done with rejections, 2 could not run."

    def add_arguments(self, parser):
        parser.add_argument("kind", metavar="KIND", help=", ".join(KINDS))
        parser.add_argument("paths", metavar="PATH", nargs="*")
        parser.add_argument("--source", required=True, metavar="NAME")
        parser.add_argument(
            "--mapping", metavar="FILE", help="JSON or TOML: columns, values, constants, dates, decimal"
        )
        parser.add_argument("--dry-run", action="store_true")
        parser.add_argument(
            "--replay", action="store_true", help="read the stored rows of the source anew, as after a new mapping"
        )
        parser.add_argument(
            "--allow-ending",
            action="store_true",
            help="go on when more than 10 %% of the active contributors would end",
        )
        parser.add_argument("--json", action="store_true")

    def handle(self, *, kind, paths, source, mapping, dry_run, replay, allow_ending, json: bool, **options):
        try:
            if bool(paths) == replay:
                raise UnreadableTable("Name the files to take, or --replay alone.")
            given = read_mapping(mapping) if mapping or not replay else None
            with tqdm(desc=f"Importing {kind}", unit=" rows", file=sys.stderr, disable=not sys.stderr.isatty()) as bar:
                how = {
                    "kind": kind,
                    "source": source,
                    "mapping": given,
                    "dry_run": dry_run,
                    "allow_ending": allow_ending,
                }
                take = replay_records if replay else partial(import_table, paths=paths)
                report = take(**how, progress=bar.update)
        except UnreadableTable as error:
            self.stderr.write(str(error))
            sys.exit(2)
        except TooManyEnded as stopped:
            self.stderr.write(f"{stopped} Check end_date and status in the file; add --allow-ending if this is right.")
            sys.exit(2)
        self._print(report, json)
        sys.exit(1 if report.rejected else 0)

    def _print(self, report, as_json: bool) -> None:
        if report.ended:
            self.stderr.write(f"{report.ended} active contributors end with this.")
        if as_json:
            facts = asdict(report)
            self.stdout.write(json.dumps({name: facts[name] for name in PROMISED}, ensure_ascii=False))
            return
        self.stdout.write(
            f"{report.kind} from {report.source}: {report.seen} seen, {report.created} created, {report.updated} updated, "
            f"{report.unchanged} unchanged, {report.gone} gone, {report.rejected} rejected, {report.waiting} waiting."
        )
        for r in report.rejections:
            self.stderr.write(f"row {r['row']}, {r['column'] or 'row'}: {r['message']} ({r['code']})")
        for w in report.unresolved:
            self.stderr.write(f"row {w['row']} waits: {w['column']} names {w['names']}, which has not arrived.")
        if report.unknown_columns:
            self.stderr.write(f"Kept but not understood: {', '.join(report.unknown_columns)}.")


def read_mapping(path: str | None) -> Mapping:
    """A mapping file; raises UnreadableTable with what is wrong in it."""
    if not path:
        return Mapping()
    try:
        text = Path(path).read_text(encoding="utf-8")
        facts = tomllib.loads(text) if path.endswith(".toml") else json.loads(text)
        check_mapping(facts)
        return Mapping(**facts)
    except (OSError, ValueError, TypeError) as error:
        raise UnreadableTable(f"{path}: this mapping cannot be used: {error}.") from None
