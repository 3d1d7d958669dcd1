"""Reading tables from files that may be anything: each row comes with its number, the header being row 1."""

import csv
import io
from collections import Counter
from collections.abc import Iterator
from itertools import chain, islice
from pathlib import Path

from orchestration.sources.dumps import list_dumped, looks_like_dump, read_dumped
from orchestration.sources.json_rows import looks_like_json, read_json
from orchestration.sources.parquet import START as PARQUET
from orchestration.sources.parquet import read_parquet
from orchestration.sources.unreadable import MAX_COLUMNS, UnreadableTable, Wrong
from orchestration.sources.workbooks import list_sheets, read_sheet

MAX_CELL = 20_000  # characters
MAX_FIELD = 131_072  # characters; beyond it quotes are wrong
MAX_CSV = 2_000_000_000  # bytes
HEAD_ROWS = 40  # within which the header is looked for
MARKS = ",;\t|"

Row = tuple[int, dict[str, str], Wrong]  # number, cells by header, what is wrong


def read_table(path: Path, encoding: str = "", table: str = "", *, computed: bool = False) -> Iterator[Row]:
    """Rows of a CSV, XLSX, Parquet, JSON or SQL file; `table` names the sheet or the dumped table, else it is the first.

    A row with a formula is refused, unless `computed` asks for the values that formulas last gave.

    Raises UnreadableTable with words for a person.
    """
    form = _form_of(path)
    if form == "workbook":
        return _with_header(path, read_sheet(path, table, computed=computed))
    if form == "parquet":
        return _with_header(path, read_parquet(path))
    text = _decode(path, encoding)
    if form == "json":
        return _checked(read_json(path, text))
    if form == "dump":
        return _checked(read_dumped(path, text, table))
    return _with_header(path, _read_csv(text))


def list_tables(path: Path, encoding: str = "") -> list[str]:
    """The sheets of a workbook, the tables of a dump that hold rows; empty for files that are one table."""
    form = _form_of(path)
    if form == "workbook":
        return list_sheets(path)
    return list_dumped(_decode(path, encoding)) if form == "dump" else []


def _form_of(path: Path) -> str:
    if not path.is_file():
        raise UnreadableTable(f"{path}: there is no such file. Check the path.")
    size = path.stat().st_size
    if size == 0:
        raise UnreadableTable(f"{path}: the file is empty. Export it again with a header row.")
    with path.open("rb") as file:
        start = file.read(4096)
    if start.startswith(b"PK\x03\x04"):
        return "workbook"
    if start.startswith(PARQUET):
        return "parquet"
    if path.suffix.lower() in (".xlsx", ".xlsm", ".xls"):
        raise UnreadableTable(f"{path}: this is not an XLSX workbook. Save it as .xlsx or .csv and send it again.")
    if size > MAX_CSV:
        raise UnreadableTable(f"{path}: larger than 2 GB. Send it in parts.")
    if looks_like_json(path, start):
        return "json"
    return "dump" if looks_like_dump(path, start) else "csv"


def _read_csv(text: str) -> Iterator[tuple[int, list[str], Wrong]]:
    csv.field_size_limit(MAX_FIELD)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=_find_mark(text))
    number = 0
    while True:
        number += 1
        try:
            yield number, next(reader), None
        except StopIteration:
            return
        except csv.Error as error:
            text = f"The row cannot be read as CSV ({error}); check its quotes and the length of its cells."
            yield number, [], ("malformed", text)


def _find_mark(text: str) -> str:
    """The mark between cells: the one that most of the first lines hold equally often, whatever text holds of others."""
    lines = [line for line in text[:100_000].splitlines()[:HEAD_ROWS] if line.strip()]
    if not lines:
        return ","
    return max(MARKS, key=lambda mark: (_evenness(mark, lines), lines[0].count(mark), mark == ","))


def _evenness(mark: str, lines: list[str]) -> int:
    counts = Counter(line.count(mark) for line in lines)
    del counts[0]
    return max(counts.values(), default=0)


def _decode(path: Path, encoding: str) -> str:
    data = path.read_bytes()
    if not encoding:
        encoding = "utf-16" if data[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8-sig"
    try:
        return data.decode(encoding)
    except LookupError:
        raise UnreadableTable(f"{path}: the encoding {encoding!r} is not known. Write for example cp1252.") from None
    except UnicodeDecodeError as error:
        row = data.count(b"\n", 0, error.start) + 1
        column = error.start - data.rfind(b"\n", 0, error.start)
        raise UnreadableTable(
            f"{path}, row {row}, byte {column}: this is not {encoding.removesuffix('-sig').upper()} text. Save the file "
            'as UTF-8, or name its encoding in the mapping: {"encoding": "cp1252"}.'
        ) from None


def _with_header(path: Path, rows: Iterator[tuple[int, list[str], Wrong]]) -> Iterator[Row]:
    first = list(islice(rows, HEAD_ROWS))
    place = _find_header(first)
    if place < len(first) and first[place][2]:
        raise UnreadableTable(f"{path}, row {first[place][0]}: {first[place][2][1]}")
    if not first:
        raise UnreadableTable(f"{path}: no header row. Name the columns in the first row.")
    header = _check_header(path, [" ".join(cell.split()) for cell in first[place][1]])
    for number, cells, wrong in chain(first[place + 1 :], rows):
        if not wrong and not any(cell.strip() for cell in cells):
            continue
        if not wrong and len(cells) > len(header) and any(cell.strip() for cell in cells[len(header) :]):
            text = f"The row has {len(cells)} cells, the header {len(header)}. Put quotes around text with separators."
            wrong = ("malformed", text)
        raw = dict(zip(header, cells, strict=False))
        wrong = wrong or _check_cells(raw)
        raw.pop("", None)
        yield number, {n: c[:MAX_CELL] for n, c in raw.items()} if wrong else raw, wrong


def _find_header(rows: list[tuple[int, list[str], Wrong]]) -> int:
    """The place of the row that names the columns: below titles and blank rows, where there are any."""
    filled = [[cell for cell in cells if cell.strip()] for _, cells, _ in rows]
    widths = sorted(len(cells) for cells in filled if cells)
    if not widths:
        return 0
    wanted = max(2, widths[-2 if len(widths) > 2 else -1] * 0.5)  # one row too wide does not mislead
    if len(filled[0]) >= min(wanted, widths[-1]):
        return 0
    for place, cells in enumerate(filled):
        named = [cell for cell in cells if any(c.isalpha() for c in cell) and len(cell) < 200]
        if len(cells) >= wanted and len(named) >= 0.8 * len(cells) and len({*cells}) == len(cells):
            return place
    return 0


def _checked(rows: Iterator[Row]) -> Iterator[Row]:
    for number, raw, wrong in rows:
        if not wrong and len(raw) > MAX_COLUMNS:
            wrong = ("malformed", f"The row has {len(raw):,} cells; at most {MAX_COLUMNS} are taken.")
            raw = dict(islice(raw.items(), MAX_COLUMNS))
        if wrong or any(text.strip() for text in raw.values()):
            yield number, {n: c[:MAX_CELL] for n, c in raw.items()}, wrong or _check_cells(raw)


def _check_cells(raw: dict[str, str]) -> Wrong:
    joined = "".join(raw.values())
    if len(joined) <= MAX_CELL and "\x00" not in joined:
        return None
    for name, cell in raw.items():
        if len(cell) > MAX_CELL:
            return "too_long", f"The cell under {name!r} is longer than {MAX_CELL:,} characters. Shorten it."
        if "\x00" in cell:
            return "bad_text", f"The cell under {name!r} holds a NUL character. Remove it."
    return None


def _check_header(path: Path, header: list[str]) -> list[str]:
    while header and not header[-1]:
        header.pop()
    if len(header) > MAX_COLUMNS:
        raise UnreadableTable(f"{path}: {len(header):,} columns; at most {MAX_COLUMNS} are taken.")
    if not header:
        raise UnreadableTable(f"{path}: the first row is empty. Name the columns in it.")
    if any("\x00" in name for name in header):
        raise UnreadableTable(f"{path}: the header holds NUL characters. Is this a text file? Export it again as CSV.")
    twice = next((name for name in header if name and header.count(name) > 1), "")
    if twice:
        raise UnreadableTable(f"{path}: the column {twice!r} stands twice. Rename one of them.")
    return header
