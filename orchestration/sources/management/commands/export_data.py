import json
import sys
from datetime import date

from django.core.management.base import BaseCommand
from tqdm import tqdm

from orchestration.sources.export import export_table
from orchestration.sources.files import CannotExport
from orchestration.sources.kinds import KINDS
from orchestration.sources.lists import LISTS


class Command(BaseCommand):
    help = "Writes a table to a file: exit 0 done, 2 could not run."

    def add_arguments(self, parser):
        parser.add_argument("kind", metavar="KIND", help=", ".join(dict.fromkeys([*KINDS, *LISTS])))
        parser.add_argument(
            "--q", default="", metavar="QUERY", help="only contributors the query names, and what is theirs"
        )
        parser.add_argument("--as-of", default="", metavar="DATE", help="only what was true on this day")
        parser.add_argument("--source", default="", metavar="NAME", help="only rows of this source")
        parser.add_argument(
            "--format", default="", choices=["csv", "xlsx", "parquet"], help="else by the path, else csv"
        )
        parser.add_argument("-o", "--output", required=True, metavar="PATH")
        parser.add_argument("--json", action="store_true")

    def handle(self, *, kind, q, as_of, source, output, **options):
        form = options["format"] or next((f for f in ("xlsx", "parquet") if output.lower().endswith("." + f)), "csv")
        try:
            with tqdm(desc=f"Exporting {kind}", unit=" rows", file=sys.stderr, disable=not sys.stderr.isatty()) as bar:
                rows = export_table(
                    kind=kind,
                    path=output,
                    form=form,
                    query=q,
                    as_of=_read_day(as_of),
                    source=source,
                    progress=bar.update,
                )
        except CannotExport as error:
            self.stderr.write(str(error))
            sys.exit(2)
        told = (
            json.dumps({"rows": rows, "path": output}, ensure_ascii=False)
            if options["json"]
            else f"{rows} rows in {output}"
        )
        self.stdout.write(told)


def _read_day(text: str) -> date | None:
    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        raise CannotExport(f"{text!r} is not a day such as 2026-03-31.") from None
