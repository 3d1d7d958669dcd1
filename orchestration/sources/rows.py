"""The rows of a file as its mapping means them: those that count, each with an id and with what it refers to."""

import hashlib
from collections import Counter
from collections.abc import Iterable, Iterator
from fnmatch import fnmatchcase
from pathlib import Path

from orchestration.sources.find import fill_references
from orchestration.sources.mapping import Mapping, join_cells
from orchestration.sources.tables import Row, read_table

BATCH = 2_000


def read_rows(path: Path, mapping: Mapping, *, kind: str, source: str) -> Iterator[Row]:
    """Rows as import takes them; raises UnreadableTable.

    Cells that the mapping derives (`identity`, `counts`, `find`) stand in the row under our column's name.
    """
    rows = read_table(path, mapping.encoding, mapping.table, computed=mapping.computed)
    return prepare_rows(add_tables(rows, path, mapping), mapping, kind=kind, source=source)


def add_tables(rows: Iterable[Row], path: Path, mapping: Mapping) -> Iterator[Row]:
    """Each row with the cells that other tables of its file hold about the same thing."""
    added = {table: _last_rows(path, table, mapping) for table in mapping.adds}
    for number, raw, wrong in rows:
        more = {
            f"{table}.{name}": text
            for table, (here, _, _) in mapping.adds.items()
            for name, text in added[table].get(raw.get(here, "").strip(), {}).items()
        }
        yield number, {**raw, **more} if more else raw, wrong


def _last_rows(path: Path, table: str, mapping: Mapping) -> dict[str, dict[str, str]]:
    _, there, order = mapping.adds[table]
    found: dict[str, dict[str, str]] = {}
    for _, raw, wrong in read_table(path, mapping.encoding, table, computed=mapping.computed):
        key = raw.get(there, "").strip()
        if not wrong and key and raw.get(order, "") >= found.get(key, {}).get(order, ""):
            found[key] = raw
    return found


def prepare_rows(rows: Iterator[Row], mapping: Mapping, *, kind: str, source: str) -> Iterator[Row]:
    """The same of rows that were read already."""
    rows = (row for row in rows if row[2] or _counts(row[1], mapping))
    if mapping.once:
        rows = _first_of_equals(rows, mapping.once)
    if mapping.identity or mapping.counts:
        rows = _number_rows(rows, mapping)
    if not mapping.find:
        return rows
    return _fill_in_batches(rows, mapping, kind, source)


def _counts(raw: dict[str, str], mapping: Mapping) -> bool:
    for name, words in mapping.only.items():
        if not _is_among(raw.get(name, ""), words):
            return False
    return not any(_is_among(raw.get(name, ""), words) for name, words in mapping.skip.items())


def _is_among(text: str, words: list[str]) -> bool:
    text = text.strip().lower()
    return any(fnmatchcase(text, word.lower()) for word in words)


def _first_of_equals(rows: Iterator[Row], names: list[str]) -> Iterator[Row]:
    seen = set()
    for number, raw, wrong in rows:
        key = tuple(raw.get(name, "").strip() for name in names)
        if wrong or not any(key) or key not in seen:
            seen.add(key)
            yield number, raw, wrong


def _number_rows(rows: Iterator[Row], mapping: Mapping) -> Iterator[Row]:
    """An id from the cells that identify a row; equal ones are told apart by their place among equals."""
    seen: Counter[tuple] = Counter()
    for number, raw, wrong in rows:
        if not wrong:
            if mapping.identity:
                raw = {**raw, "source_id": _identify(raw, mapping.identity, seen)}
            for ours, names in mapping.counts.items():
                key = (ours, *(raw.get(name, "").strip() for name in names))
                seen[key] += 1
                raw = {**raw, ours: str(seen[key])}
        yield number, raw, wrong


def _identify(raw: dict[str, str], names: list[str], seen: Counter[tuple]) -> str:
    cells = tuple(raw.get(name, "").strip() for name in names)
    if not any(cells):
        return ""
    seen[cells] += 1
    text = "\x1f".join(cells) + (f"\x1f{seen[cells]}" if seen[cells] > 1 else "")
    readable = join_cells(raw, names)
    if len(names) <= 2 and len(readable) <= 120 and seen[cells] == 1:
        return readable.lower()
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:32]


def _fill_in_batches(rows: Iterator[Row], mapping: Mapping, kind: str, source: str) -> Iterator[Row]:
    batch: list[Row] = []
    for row in rows:
        batch.append(row)
        if len(batch) == BATCH:
            yield from _filled(batch, mapping, kind, source)
            batch = []
    yield from _filled(batch, mapping, kind, source)


def _filled(batch: list[Row], mapping: Mapping, kind: str, source: str) -> Iterator[Row]:
    cells = fill_references([{} if wrong else raw for _, raw, wrong in batch], mapping, kind=kind, source=source)
    for (number, raw, wrong), more in zip(batch, cells, strict=True):
        yield number, {**raw, **more} if more else raw, wrong
