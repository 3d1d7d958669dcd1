"""The first rows of a file, by which its columns are judged."""

from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path

from orchestration.sources.mapping import Mapping
from orchestration.sources.rows import add_tables
from orchestration.sources.tables import Row, list_tables, read_table
from orchestration.sources.unreadable import UnreadableTable

SAMPLE = 3_000  # rows


@dataclass
class Sample:
    """The first rows of a file, column by column."""

    path: Path
    table: str = ""
    encoding: str = ""
    computed: bool = False  # formulas are read as the values that they last gave
    tables: list[str] = field(default_factory=list)
    rows: list[Row] = field(default_factory=list)
    columns: dict[str, list[str]] = field(default_factory=dict)  # their column: its cells that hold something

    @property
    def header(self) -> list[str]:
        return list(self.columns)


def take_sample(path: Path, table: str = "", encoding: str = "") -> Sample:
    """Reads the first rows; Windows text is met by itself. Raises UnreadableTable."""
    try:
        return _sample(path, table, encoding)
    except UnreadableTable as refusal:
        if encoding or "is not UTF-8 text" not in str(refusal):
            raise
        return _sample(path, table, "cp1252")


def _sample(path: Path, table: str, encoding: str) -> Sample:
    tables, computed = list_tables(path, encoding), False
    rows = list(islice(read_table(path, encoding, table), SAMPLE))
    if sum(wrong is not None and wrong[0] == "formula" for _, _, wrong in rows) > len(rows) / 5:
        computed, rows = True, list(islice(read_table(path, encoding, table, computed=True), SAMPLE))
    sample = Sample(path, table or (tables[0] if tables else ""), encoding, computed, tables, rows)
    _count_columns(sample)
    return sample


def _count_columns(sample: Sample) -> None:
    sample.columns = {}
    for _, raw, _ in sample.rows:
        for name, text in raw.items():
            cells = sample.columns.setdefault(name, [])
            if text.strip():
                cells.append(text.strip())


def enrich(sample: Sample, adds: dict[str, list[str]]) -> None:
    """Adds to the sample what other tables of its file say of the same things."""
    mapping = Mapping(adds=adds, encoding=sample.encoding, computed=sample.computed)
    sample.rows = list(add_tables(sample.rows, sample.path, mapping))
    _count_columns(sample)
