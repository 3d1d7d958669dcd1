"""Reading Parquet files: the column names are the header, each value becomes the text a table would hold."""

from collections.abc import Iterator
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from orchestration.sources.unreadable import MAX_COLUMNS, UnreadableTable, Wrong

START = b"PAR1"
BATCH = 5_000
MAX_UNPACKED = 2_000_000_000  # bytes


def read_parquet(path: Path) -> Iterator[tuple[int, list[str], Wrong]]:
    """(number, cells, None) of the header and each row; raises UnreadableTable with words for a person."""
    try:
        with pq.ParquetFile(path) as file:
            _check_size(path, file.metadata)
            names = file.schema_arrow.names
            yield 1, names, None
            number = 1
            for batch in file.iter_batches(batch_size=BATCH):
                columns = [[cell_text(value) for value in column.to_pylist()] for column in batch.columns]
                for cells in zip(*columns, strict=True):
                    number += 1
                    yield number, list(cells), None
    except (pa.ArrowException, OSError, ValueError, OverflowError) as error:
        # pyarrow raises any of these for a damaged file.
        raise UnreadableTable(
            f"{path}: this Parquet file is damaged ({type(error).__name__}). Write it again."
        ) from None


def _check_size(path: Path, told: pq.FileMetaData) -> None:
    if told.num_columns > MAX_COLUMNS:
        raise UnreadableTable(f"{path}: {told.num_columns:,} columns; at most {MAX_COLUMNS} are taken.")
    unpacked = sum(told.row_group(place).total_byte_size for place in range(told.num_row_groups))
    if unpacked > MAX_UNPACKED:
        raise UnreadableTable(f"{path}: the file unpacks to {unpacked:,} bytes. Send it in parts.")


def cell_text(value) -> str:
    """The value as a canonical table writes it: ISO dates, plain numbers, nothing for null."""
    if value is None:
        return ""
    if isinstance(value, Decimal):
        return f"{value.normalize():f}"
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() and abs(value) < 1e15 else repr(value)
    if isinstance(value, datetime):
        return value.date().isoformat() if value.time() == value.min.time() else value.isoformat()
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, bytes):
        return value.decode("utf-8", "replace")
    if isinstance(value, list):
        return ";".join(cell_text(one) for one in value)
    return str(value)
