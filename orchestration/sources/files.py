"""Writing rows as CSV, XLSX or Parquet, safe to open in a spreadsheet."""

import csv
from collections.abc import Iterable, Iterator
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import xlsxwriter

FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")
MAX_SHEET_ROWS = 1_048_576
SAFE_DIGITS = 15  # what a spreadsheet's number holds without loss
BATCH = 20_000


class CannotExport(Exception):
    """Why a table cannot be written, and what to do; the message is for a person."""


def write_rows(*, path: Path, form: str, columns: list[str], rows: Iterable[list], numbers: set[str]) -> int:
    """Writes the rows and returns how many there were; `numbers` are the columns that hold Decimals or integers."""
    writers = {"csv": _write_csv, "xlsx": _write_xlsx, "parquet": _write_parquet}
    try:
        return writers[form](path, columns, rows, numbers)
    except OSError as error:
        raise CannotExport(f"{path}: cannot be written: {error.strerror}. Name another path with -o.") from None


def cell_text(value) -> str:
    if value is None:
        return ""
    if isinstance(value, Decimal):
        return format(value, "f")
    if isinstance(value, (date, datetime)):
        return value.isoformat()
    return str(value)


def guard_formula(text: str) -> str:
    """A quote before what a spreadsheet would run; import takes it off again."""
    return "'" + text if text.startswith(FORMULA_STARTS) else text


def _shown(value) -> str:
    return guard_formula(value) if isinstance(value, str) else cell_text(value)


class _Echo:
    """A file that hands back what is written."""

    def write(self, text: str) -> str:
        return text


def stream_csv(columns: list[str], rows: Iterable[list]) -> Iterator[str]:
    """The lines of the table as `write_rows` writes them, one after another."""
    writer = csv.writer(_Echo(), lineterminator="\n")
    yield writer.writerow(columns)
    for row in rows:
        yield writer.writerow([_shown(value) for value in row])


def _write_csv(path, columns, rows, numbers) -> int:
    lines = 0
    with path.open("w", encoding="utf-8", newline="") as file:
        for line in stream_csv(columns, rows):
            file.write(line)
            lines += 1
    return lines - 1


def _write_xlsx(path, columns, rows, numbers) -> int:
    book = xlsxwriter.Workbook(str(path), {"constant_memory": True, "strings_to_urls": False})
    sheet = book.add_worksheet("Table")
    count = 0
    try:
        for place, name in enumerate(columns):
            sheet.write_string(0, place, name)
        for row in rows:
            count += 1
            if count >= MAX_SHEET_ROWS:
                raise CannotExport("A sheet holds 1,048,576 rows, this table has more. Write it as csv or parquet.")
            for place, value in enumerate(row):
                _write_cell(sheet, count, place, value)
    finally:
        try:
            book.close()
        except xlsxwriter.exceptions.FileCreateError as error:
            raise CannotExport(f"{path}: cannot be written: {error}. Name another path with -o.") from None
    return count


def _write_cell(sheet, row: int, place: int, value) -> None:
    if isinstance(value, (int, Decimal)) and len(str(value).replace(".", "").lstrip("-0")) <= SAFE_DIGITS:
        sheet.write_number(row, place, value)
    elif value not in (None, ""):
        sheet.write_string(row, place, _shown(value))


def _write_parquet(path, columns, rows, numbers) -> int:
    schema = pa.schema([(name, pa.decimal128(30, 8) if name in numbers else pa.string()) for name in columns])
    count = 0
    with pq.ParquetWriter(str(path), schema) as writer:
        batch = []
        for row in rows:
            batch.append(row)
            count += 1
            if len(batch) == BATCH:
                writer.write_table(_as_table(schema, batch))
                batch = []
        writer.write_table(_as_table(schema, batch))
    return count


def _as_table(schema: pa.Schema, rows: list[list]) -> pa.Table:
    arrays = []
    for place, column in enumerate(schema):
        values = [row[place] for row in rows]
        if pa.types.is_decimal(column.type):
            values = [None if value is None else Decimal(value) for value in values]
        else:
            values = [None if value is None else cell_text(value) for value in values]
        arrays.append(pa.array(values, column.type))
    return pa.Table.from_arrays(arrays, schema=schema)
