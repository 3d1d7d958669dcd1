"""Writing and reading the files of the company; the same rows give the same bytes."""

import csv
import io
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path

import openpyxl
import xlsxwriter

FIXED_INSTANT = datetime(2026, 1, 1)


def write_csv(path: Path, columns: list[str], rows: list[dict], *, delimiter=",", dates="%Y-%m-%d", bom=False) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    text = io.StringIO()
    writer = csv.writer(text, delimiter=delimiter, lineterminator="\n")
    writer.writerow(columns)
    writer.writerows([[show(row.get(c), dates) for c in columns] for row in rows])
    path.write_bytes((("\ufeff" if bom else "") + text.getvalue()).encode())


def show(value, dates="%Y-%m-%d") -> str:
    if value is None:
        return ""
    if isinstance(value, Decimal):
        return f"{value:f}"  # 160, never 1.6E+2
    return value.strftime(dates) if isinstance(value, date) else str(value)


def write_workbook(path: Path, sheet: str, columns: list[str], rows: list[dict]) -> None:
    """An XLSX with real dates and numbers in its cells."""
    path.parent.mkdir(parents=True, exist_ok=True)
    book = xlsxwriter.Workbook(path, {"default_date_format": "yyyy-mm-dd"})
    book.set_properties({"created": FIXED_INSTANT})
    page = book.add_worksheet(sheet)
    page.freeze_panes(1, 0)
    page.set_column(0, len(columns) - 1, 16)
    page.write_row(0, 0, columns, book.add_format({"bold": True}))
    for number, row in enumerate(rows, start=1):
        for place, column in enumerate(columns):
            _write_cell(page, number, place, row.get(column))
    book.close()


def _write_cell(page, row: int, column: int, value) -> None:
    if value is None or value == "":
        return
    if isinstance(value, date):
        page.write_datetime(row, column, datetime(value.year, value.month, value.day))
    elif isinstance(value, Decimal | int):
        page.write_number(row, column, value)
    else:
        page.write_string(row, column, str(value))


def read_rows(path: Path) -> list[tuple[int, dict[str, str]]]:
    """Rows as (row number in the file, cells by header), for CSV with any of our delimiters and XLSX."""
    if path.suffix == ".xlsx":
        lines = [
            [show(_day(c)) for c in line] for line in openpyxl.load_workbook(path).active.iter_rows(values_only=True)
        ]
    else:
        text = path.read_text(encoding="utf-8-sig")
        lines = list(csv.reader(io.StringIO(text), delimiter=";" if ";" in text.split("\n", 1)[0] else ","))
    return [(n, dict(zip(lines[0], line, strict=True))) for n, line in enumerate(lines[1:], start=2)]


def _day(value):
    return value.date() if isinstance(value, datetime) else value
