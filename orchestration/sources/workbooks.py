"""Sheets of XLSX workbooks."""

import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime
from pathlib import Path

import openpyxl

from orchestration.sources.unreadable import MAX_COLUMNS, UnreadableTable, Wrong

MAX_WORKBOOK = 1_000_000_000  # bytes when unpacked
MAX_RATIO = 200  # unpacked to packed


def list_sheets(path: Path) -> list[str]:
    with _open_workbook(path) as book:
        return [sheet.title for sheet in book.worksheets]


def read_sheet(path: Path, table: str = "", *, computed: bool = False) -> Iterator[tuple[int, list[str], Wrong]]:
    """The rows of the sheet of that name, without a name of the first one."""
    with _open_workbook(path, computed=computed) as book:
        sheet = _choose(path, book, table)
        sheet.reset_dimensions()
        for number, cells in enumerate(sheet.iter_rows(), start=1):
            if len(cells) > MAX_COLUMNS:
                raise UnreadableTable(f"{path}, row {number}: {len(cells):,} columns; at most {MAX_COLUMNS} are taken.")
            formula = next((c.coordinate for c in cells if c.data_type == "f"), "")
            wrong = ("formula", f"Cell {formula} holds a formula; paste its value instead.") if formula else None
            yield number, [_cell_text(cell.value) for cell in cells], wrong


def _choose(path: Path, book, table: str):
    if not book.worksheets:
        raise UnreadableTable(f"{path}: this workbook has no sheet. Save it again as .xlsx.")
    if not table:
        return book.worksheets[0]
    found = next((sheet for sheet in book.worksheets if sheet.title == table), None)
    if found is None:
        names = ", ".join(sheet.title for sheet in book.worksheets)
        raise UnreadableTable(f"{path}: there is no sheet {table!r}. Choose one of: {names}.")
    return found


@contextmanager
def _open_workbook(path: Path, *, computed: bool = False):
    """Whatever the parsers raise over a broken archive becomes a refusal."""
    book = None
    try:
        with zipfile.ZipFile(path) as archive:
            unpacked = sum(info.file_size for info in archive.infolist())
        if unpacked > MAX_WORKBOOK or (unpacked > 10_000_000 and unpacked > MAX_RATIO * path.stat().st_size):
            raise UnreadableTable(f"{path}: the workbook unpacks to {unpacked:,} bytes. Send it as CSV, or in parts.")
        book = openpyxl.load_workbook(path, read_only=True, data_only=computed)
        yield book
    except (UnreadableTable, GeneratorExit):
        raise
    except Exception as error:  # noqa: BLE001
        raise UnreadableTable(
            f"{path}: this workbook is damaged ({type(error).__name__}). Save it again as .xlsx."
        ) from None
    finally:
        if book is not None:
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
