"""Reading CSV, XLSX and Parquet files that may be anything: each row comes with its number, the header being row 1."""

import csv
import io
import zipfile
from collections.abc import Iterator
from datetime import date, datetime
from pathlib import Path

import openpyxl

from orchestration.sources.parquet import START as PARQUET
from orchestration.sources.parquet import read_parquet
from orchestration.sources.unreadable import MAX_COLUMNS, UnreadableTable, Wrong

MAX_CELL = 20_000  # characters
MAX_WORKBOOK = 1_000_000_000  # bytes when unpacked
MAX_RATIO = 200  # unpacked to packed
MAX_CSV = 2_000_000_000  # bytes

Row = tuple[int, dict[str, str], Wrong]  # number, cells by header, what is wrong


def read_table(path: Path, encoding: str = "") -> Iterator[Row]:
    """Rows of a CSV, XLSX or Parquet file; raises UnreadableTable with words for a person."""
    if not path.is_file():
        raise UnreadableTable(f"{path}: there is no such file. Check the path.")
    if path.stat().st_size == 0:
        raise UnreadableTable(f"{path}: the file is empty. Export it again with a header row.")
    with path.open("rb") as file:
        start = file.read(4)
    if start == b"PK\x03\x04":
        rows = _read_workbook(path)
    elif start == PARQUET:
        rows = read_parquet(path)
    elif path.suffix.lower() in (".xlsx", ".xlsm", ".xls"):
        raise UnreadableTable(f"{path}: this is not an XLSX workbook. Save it as .xlsx or .csv and send it again.")
    else:
        rows = _read_csv(path, encoding)
    return _with_header(path, rows)


def _read_csv(path: Path, encoding: str) -> Iterator[tuple[int, list[str], Wrong]]:
    if path.stat().st_size > MAX_CSV:
        raise UnreadableTable(f"{path}: larger than 2 GB. Send it in parts.")
    text = _decode(path, encoding)
    first_line = text[: text.find("\n") if "\n" in text else len(text)]
    delimiter = max(",;\t", key=lambda mark: (first_line.count(mark), mark == ","))
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
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


def _read_workbook(path: Path) -> Iterator[tuple[int, list[str], Wrong]]:
    try:
        with zipfile.ZipFile(path) as archive:
            unpacked = sum(info.file_size for info in archive.infolist())
        if unpacked > MAX_WORKBOOK or (unpacked > 10_000_000 and unpacked > MAX_RATIO * path.stat().st_size):
            raise UnreadableTable(f"{path}: the workbook unpacks to {unpacked:,} bytes. Send it as CSV, or in parts.")
        book = openpyxl.load_workbook(path, read_only=True, data_only=False)
    except UnreadableTable:
        raise
    except Exception as error:  # noqa: BLE001 - a broken archive raises whatever its parsers raise
        raise UnreadableTable(
            f"{path}: this workbook is damaged ({type(error).__name__}). Save it again as .xlsx."
        ) from None
    try:
        sheet = book.worksheets[0]
        sheet.reset_dimensions()
        for number, cells in enumerate(sheet.iter_rows(), start=1):
            if len(cells) > MAX_COLUMNS:
                raise UnreadableTable(f"{path}, row {number}: {len(cells):,} columns; at most {MAX_COLUMNS} are taken.")
            formula = next((c.coordinate for c in cells if c.data_type == "f"), "")
            wrong = ("formula", f"Cell {formula} holds a formula; paste its value instead.") if formula else None
            yield number, [_cell_text(cell.value) for cell in cells], wrong
    except UnreadableTable:
        raise
    except Exception as error:  # noqa: BLE001
        raise UnreadableTable(
            f"{path}: this workbook is damaged ({type(error).__name__}). Save it again as .xlsx."
        ) from None
    finally:
        book.close()


def _cell_text(value) -> str:
    if value is None:
        return ""
    if isinstance(value, datetime):
        return value.date().isoformat() if value.time() == value.min.time() else value.isoformat()
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() and abs(value) < 1e15 else repr(value)
    return str(value)


def _with_header(path: Path, rows: Iterator[tuple[int, list[str], Wrong]]) -> Iterator[Row]:
    header: list[str] | None = None
    for number, cells, wrong in rows:
        if header is None:
            if wrong:
                raise UnreadableTable(f"{path}, row {number}: {wrong[1]}")
            header = _check_header(path, [cell.strip() for cell in cells])
            continue
        if not wrong and not any(cell.strip() for cell in cells):
            continue
        if not wrong and len(cells) > len(header) and any(cell.strip() for cell in cells[len(header) :]):
            text = f"The row has {len(cells)} cells, the header {len(header)}. Put quotes around text with separators."
            wrong = ("malformed", text)
        wrong = wrong or _check_cells(header, cells)
        yield number, {n: c[:MAX_CELL] for n, c in zip(header, cells, strict=False) if n}, wrong
    if header is None:
        raise UnreadableTable(f"{path}: no header row. Name the columns in the first row.")


def _check_cells(header: list[str], cells: list[str]) -> Wrong:
    for name, cell in zip(header, cells, strict=False):
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
