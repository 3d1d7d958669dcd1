"""Rows of JSON lines and of JSON lists of objects; what is nested comes under `outer.inner`."""

import json
from collections.abc import Iterator
from pathlib import Path

from orchestration.sources.unreadable import UnreadableTable, Wrong

SUFFIXES = (".json", ".jsonl", ".ndjson")
DEPTH = 6


def looks_like_json(path: Path, start: bytes) -> bool:
    bare = start.removeprefix(b"\xef\xbb\xbf").lstrip()
    if bare[:1] not in (b"{", b"["):
        return False
    return path.suffix.lower() in SUFFIXES or bare[:1] == b"{" or bare[1:].lstrip()[:1] == b"{"


def read_json(path: Path, text: str) -> Iterator[tuple[int, dict[str, str], Wrong]]:
    """One object a line, a list of objects, or one object that holds such a list."""
    text = text.removeprefix("\ufeff")
    first = next((line for line in text.splitlines() if line.strip()), "")
    if isinstance(_load(first), dict) and not isinstance(_load(text), dict):
        return _read_lines(text)
    whole = _load(text)
    if isinstance(whole, dict):
        lists = [value for value in whole.values() if isinstance(value, list) and value and isinstance(value[0], dict)]
        whole = max(lists, key=len) if lists else [whole]
    if not isinstance(whole, list):
        raise UnreadableTable(f"{path}: this is not JSON. Write one object a line, or a list of objects.")
    return (_row(number, value) for number, value in enumerate(whole, start=1))


def _read_lines(text: str) -> Iterator[tuple[int, dict[str, str], Wrong]]:
    for number, line in enumerate(text.split("\n"), start=1):
        if line.strip():
            yield _row(number, _load(line))


def _load(text: str):
    """Numbers keep the text in which they are written; None for what is not JSON."""
    try:
        return json.loads(text, parse_float=str, parse_int=str, parse_constant=str)
    except (ValueError, RecursionError):
        return None


def _row(number: int, value) -> tuple[int, dict[str, str], Wrong]:
    if not isinstance(value, dict):
        return number, {}, ("malformed", "This is not a JSON object; check its quotes, commas and brackets.")
    row: dict[str, str] = {}
    _flatten(value, "", row, DEPTH)
    return number, row, None


def _flatten(value: dict, prefix: str, row: dict[str, str], depth: int) -> None:
    for name, inner in value.items():
        path = _storable(f"{prefix}{name}").replace("\x00", "").strip()
        if isinstance(inner, dict) and depth:
            _flatten(inner, f"{path}.", row, depth - 1)
        elif path:
            row[path] = _text(inner)


def _text(value) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, list) and all(isinstance(one, str) for one in value):
        return _storable("; ".join(value))
    return _storable(value) if isinstance(value, str) else json.dumps(value)


def _storable(text: str) -> str:
    """Half characters, which no database keeps, become a mark."""
    return text.encode("utf-8", "replace").decode()
