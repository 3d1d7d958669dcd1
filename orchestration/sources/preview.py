"""The first rows of a file as they would be taken, before anything is."""

from dataclasses import dataclass

from orchestration.sources.kinds import KINDS
from orchestration.sources.mapping import Mapping
from orchestration.sources.rows import prepare_rows
from orchestration.sources.sample import Sample
from orchestration.sources.values import read_row

SHOWN = 8
JUDGED = 500


@dataclass
class Preview:
    """`rows` are (number, cells in the order of `columns`, messages); a cell is (text, what is wrong with it)."""

    columns: list[str]
    rows: list[tuple[int, list[tuple[str, str]], list[str]]]
    judged: int
    refused: int


def preview(sample: Sample, kind: str, mapping: Mapping, source: str) -> Preview:
    """Reads the sample's first rows by the mapping; the first that would be refused are among those shown."""
    table, read = KINDS[kind], []
    for number, raw, wrong in prepare_rows(iter(sample.rows[:JUDGED]), mapping, kind=kind, source=source):
        values, errors = ({}, [("", "", *wrong)]) if wrong else read_row(table, raw, mapping)
        read.append((number, mapping.translate(raw), values, errors))
    bad = [one for one in read if one[3]]
    good = [one for one in read if not one[3]][: SHOWN - min(len(bad), 3)]
    shown = sorted([*good, *bad[:3]], key=lambda one: one[0])
    columns = [
        c.name
        for c in table.columns
        if any(row.get(c.name, "").strip() or c.name in dict_of(e) for _, row, _, e in shown)
    ]
    return Preview(columns, [_line(columns, table, *one) for one in shown], len(read), len(bad))


def dict_of(errors: list[tuple]) -> dict[str, str]:
    return {column: message for column, _, _, message in errors}


def _line(columns: list[str], table, number: int, row: dict, values: dict, errors: list[tuple]):
    wrong = dict_of(errors)
    cells = []
    for name in columns:
        value = values.get(name)
        text = row.get(name, "") if value is None else "; ".join(value) if isinstance(value, list) else str(value)
        secret = table.by_name[name].is_confidential and text
        cells.append(("••••" if secret else text[:60], wrong.get(name, "")))
    return number, cells, [f"{column}: {text}" if column else text for column, text in wrong.items()]
