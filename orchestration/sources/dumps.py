"""Tables of an SQL dump: the rows of `COPY ... FROM stdin` and `INSERT INTO ... VALUES`, and nothing is ever run.

pg_dump and mysqldump write both; statements of any other kind are passed over.
"""

import re
from collections.abc import Iterator
from pathlib import Path

from orchestration.sources.unreadable import UnreadableTable, Wrong


def _name(group: str) -> str:
    return rf'(?:["`]?\w+["`]?\.)?["`]?(?P<{group}>\w+)["`]?'


_START = re.compile(
    rf"""
      CREATE\s+(?:TEMP\w*\s+|UNLOGGED\s+)?TABLE\s+(?:IF\s+NOT\s+EXISTS\s+)?{_name("made")}\s*\(
    | INSERT\s+(?:IGNORE\s+)?INTO\s+{_name("filled")}\s*(?:\((?P<into>[^()]*)\)\s*)?VALUES\s*
    | COPY\s+{_name("copied")}\s*(?:\((?P<named>[^()]*)\)\s*)?FROM\s+stdin\b[^;\n]*;[ \t]*\r?\n
    """,
    re.I | re.X,
)
_SPACE = re.compile(r"(?:\s+|--[^\n]*|#[^\n]*|/\*.*?\*/|\\[^\n]*|;)+", re.S)
# MySQL writes \' inside text, PostgreSQL '' alone.
_TEXT = {True: r"(?:[^'\\]|''|\\.)*", False: r"(?:[^']|'')*"}
_VALUE = {
    mysql: re.compile(rf"\s*(?:[EN]?'(?P<text>{text})'|(?P<bare>[^\s'(),;]+))(?:::[\w ]+)?\s*(?P<end>[,)])", re.S)
    for mysql, text in _TEXT.items()
}
_PASSED = {
    mysql: re.compile(rf"""'{text}'|"[^"]*"|`[^`]*`|--[^\n]*|/\*.*?\*/|\$(?P<tag>\w*)\$.*?\$(?P=tag)\$|;""", re.S)
    for mysql, text in _TEXT.items()
}
_PART = re.compile(r"""'(?:[^']|'')*'|"[^"]*"|`[^`]*`|--[^\n]*|/\*.*?\*/|[(),]|[^'"`(),/-]+|[/-]""", re.S)
_ESCAPES = {"n": "\n", "t": "\t", "r": "\r", "b": "\b", "0": "\x00", "Z": "\x1a"}
_NOT_COLUMNS = {"primary", "unique", "key", "constraint", "foreign", "check", "index", "exclude", "like", "fulltext"}

Dumped = tuple[str, list[str], list[str | None], Wrong]  # table, its columns where named, a row, what is wrong


def looks_like_dump(path: Path, start: bytes) -> bool:
    if path.suffix.lower() == ".sql":
        return True
    bare = _SPACE.sub("", start.decode("utf-8", "replace").removeprefix("\ufeff"), count=1)
    return bool(re.match(r"(INSERT\s+INTO|CREATE\s+TABLE|COPY|SET|DROP\s+TABLE|BEGIN)\b.*[;(]", bare, re.I | re.S))


def list_dumped(text: str) -> list[str]:
    """The tables that hold rows, in the order of the dump."""
    return list(dict.fromkeys(table for table, _, row, _ in _read_dump(text) if row is not None))


def read_dumped(path: Path, text: str, table: str = "") -> Iterator[tuple[int, dict[str, str], Wrong]]:
    """The rows of one table, numbered from 2 as under a header; NULL is an empty cell."""
    number, found, known = 1, "", set()
    for name, columns, row, wrong in _read_dump(text):
        if row is None:
            continue
        known.add(name)
        found = found or (name if not table or name == table else "")
        if name == found:
            number += 1
            names = columns or [f"column_{place}" for place in range(1, len(row) + 1)]
            if not wrong and len(names) != len(row):
                wrong = ("malformed", f"The row has {len(row)} values, the table {len(names)} columns.")
            yield number, {n: v or "" for n, v in zip(names, row, strict=False)}, wrong
    if not found:
        told = f"there is no table {table!r}; its tables are {', '.join(sorted(known))}" if known else "no row is in it"
        raise UnreadableTable(f"{path}: {told}. Send a dump with COPY or INSERT statements.")


def _read_dump(text: str) -> Iterator[Dumped]:
    mysql = "`" in text[:100_000] or "ENGINE=" in text[:100_000]
    place, made = 0, {}
    while place < len(text):
        if space := _SPACE.match(text, place):
            place = space.end()
            continue
        start = _START.match(text, place)
        if start is None:
            place = _pass_statement(text, place, mysql)
        elif start["made"]:
            made[start["made"]], place = _read_columns(text, start.end())
            place = _pass_statement(text, place, mysql)
        elif start["copied"]:
            columns = _names(start["named"]) or made.get(start["copied"], [])
            lines, place = _copied(text, start.end())
            yield from ((start["copied"], columns, row, None) for row in lines)
        else:
            columns = _names(start["into"]) or made.get(start["filled"], [])
            place = yield from _read_values(text, start.end(), start["filled"], columns, mysql)


def _names(listed: str | None) -> list[str]:
    return [name.strip().strip('"`') for name in listed.split(",")] if listed else []


def _pass_statement(text: str, place: int, mysql: bool) -> int:
    for match in _PASSED[mysql].finditer(text, place):
        if match.group() == ";":
            return match.end()
    return len(text)


def _read_columns(text: str, place: int) -> tuple[list[str], int]:
    """The column names of a CREATE TABLE, and where its list ends."""
    names, depth, is_first = [], 0, True
    for match in _PART.finditer(text, place):
        part = match.group()
        if part == ")" and depth == 0:
            return names, match.end()
        depth += (part == "(") - (part == ")")
        if part == "," and depth == 0:
            is_first = True
        elif is_first and depth == 0 and part.strip() and not part.startswith(("--", "/*")):
            word = part.split()[0].strip('"`')
            if part[0] in '"`' or word.lower() not in _NOT_COLUMNS:
                names.append(part.strip('"`') if part[0] in '"`' else word)
            is_first = False
    return names, len(text)


def _copied(text: str, place: int) -> tuple[Iterator[list[str | None]], int]:
    r"""The rows up to `\.`, tabs between cells, `\N` for NULL."""
    end = re.compile(r"^\\\.\s*?$", re.M).search(text, place)
    stop = end.start() if end else len(text)
    lines = (line.rstrip("\r") for line in text[place:stop].split("\n"))
    rows = ([_unescape(cell) if cell != r"\N" else None for cell in line.split("\t")] for line in lines if line)
    return rows, end.end() if end else len(text)


def _unescape(text: str) -> str:
    if "\\" not in text:
        return text
    return re.sub(r"\\(.)", lambda match: _ESCAPES.get(match.group(1), match.group(1)), text, flags=re.S)


def _read_values(text: str, place: int, table: str, columns: list[str], mysql: bool) -> Iterator[Dumped]:
    """Yields the rows of a VALUES list; returns where it ends."""
    opening = re.compile(r"[\s,]*(?:--[^\n]*\n\s*)*\(")
    while bracket := opening.match(text, place):
        row, place, wrong = _read_tuple(text, bracket.end(), mysql)
        yield table, columns, row, wrong
    return _pass_statement(text, place, mysql)


def _read_tuple(text: str, place: int, mysql: bool) -> tuple[list[str | None], int, Wrong]:
    row: list[str | None] = []
    while match := _VALUE[mysql].match(text, place):
        place = match.end()
        bare = match["bare"]
        if bare is not None:
            row.append(None if bare.upper() in ("NULL", "DEFAULT") else bare)
        else:
            plain = match["text"].replace("''", "'")
            row.append(_unescape(plain) if mysql else plain)
        if match["end"] == ")":
            return row, place, None
    after = text.find("),", place)
    message = "A value of this row is neither text, a number nor NULL; export the table with plain values."
    return row, after + 1 if after >= 0 else len(text), ("malformed", message)
