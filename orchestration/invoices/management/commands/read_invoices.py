import json
import sys
from collections.abc import Iterator
from pathlib import Path

from django.core.management.base import BaseCommand
from tqdm import tqdm

from orchestration.invoices.reading.document import Document, refuse
from orchestration.invoices.reading.read import read_document


class Command(BaseCommand):
    help = "Reads e-invoice files (UBL, CII, Factur-X) and stores nothing; a folder is walked."

    def add_arguments(self, parser):
        parser.add_argument("paths", metavar="PATH", nargs="+")
        parser.add_argument("--json", action="store_true", help="one JSON object a line for each file")

    def handle(self, *, paths, json: bool, **options):
        refused = 0
        missing = [p for p in paths if not Path(p).exists()]
        if missing:
            self.stderr.write(f"{missing[0]}: there is no such file or folder. Check the path.")
            sys.exit(2)
        files = list(walk_files(paths))
        for path in tqdm(files, desc="Reading", unit=" files", file=sys.stderr, disable=not sys.stderr.isatty()):
            document = read_file(path)
            refused += not document.ok
            self.stdout.write(_line(path, document) if json else _words(path, document))
        sys.exit(1 if refused else 0)


def walk_files(paths) -> Iterator[Path]:
    """The files named, and those below a folder that may be invoices."""
    for path in map(Path, paths):
        if path.is_dir():
            yield from sorted(
                p for p in path.rglob("*") if p.is_file() and p.suffix.lower() in (".xml", ".pdf", ".cii", ".ubl")
            )
        else:
            yield path


def read_file(path: Path) -> Document:
    """The document in a file; an unreadable file is refused like any other."""
    try:
        return read_document(path.read_bytes(), path.name)
    except OSError as error:
        return refuse("unreadable", f"The file cannot be opened: {error.strerror}.")


def _line(path: Path, d: Document) -> str:
    facts = {
        "path": str(path),
        "ok": d.ok,
        "syntax": d.syntax or None,
        "type_code": d.type_code,
        "number": d.number,
        "issue_date": d.issue_date,
        "currency": d.currency,
        "seller_name": d.seller.name or d.seller.trading_name,
        "buyer_name": d.buyer.name or d.buyer.trading_name,
        "line_count": len(d.lines),
        "tax_exclusive": d.tax_exclusive,
        "tax_total": d.tax_total,
        "payable": d.payable,
        "problems": [{"code": p.code, "message": p.message} for p in d.problems],
    }
    return json.dumps(facts, ensure_ascii=False)


def _words(path: Path, d: Document) -> str:
    if not d.ok:
        return f"{path}: not read. {d.problems[0].message}"
    head = f"{path}: {d.syntax} {d.type_code} {d.number} of {d.issue_date}, {d.seller.name}, {d.payable} {d.currency}"
    return "\n".join([head, *(f"  {p.code}: {p.message}" for p in d.problems)])
