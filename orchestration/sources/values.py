"""From the text of rows to values, or to what is wrong with them: cell by cell, or a column of many rows at a time."""

import re
from collections import defaultdict
from dataclasses import fields
from datetime import date, datetime
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation
from difflib import get_close_matches
from functools import lru_cache

import pycountry

from orchestration.sources.kinds import Column, TableKind
from orchestration.sources.mapping import Mapping

CLEAR = "-"
LEAVE = object()  # an empty cell: what is there stays
MOST_REMEMBERED = 50_000  # texts of one column
ISO_DAY = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff]")


class CellError(Exception):
    """`code` and words for the person who mends the cell."""

    def __init__(self, code: str, message: str):
        super().__init__(message)
        self.code, self.message, self.text = code, message, ""


@lru_cache
def _currencies() -> set[str]:
    return {entry.alpha_3 for entry in pycountry.currencies}


@lru_cache
def _countries() -> set[str]:
    return {entry.alpha_2 for entry in pycountry.countries} | {"XK"}


def read_row(kind: TableKind, raw: dict[str, str], mapping: Mapping) -> tuple[dict, list[tuple[str, str, str, str]]]:
    """Values by column name (None clears, absent leaves) and errors as (column, value, code, message)."""
    values, errors = {}, []
    row = mapping.translate(raw)
    for column in kind.columns:
        text = plain_text(row.get(column.name, ""))
        try:
            value = _read_cell(text, column, mapping)
            if value is not LEAVE:
                values[column.name] = value
        except CellError as error:
            errors.append((column.name, text, error.code, error.message))
    return values, errors + _check_row(kind, values, errors)


def plain_text(text: str) -> str:
    """The cell without blanks around it and without the quote by which an export guards what would start a formula."""
    text = text.strip()
    return text[1:] if len(text) > 1 and text[0] == "'" and text[1] in "=+-@\t\r" else text


def _read_cell(text: str, column: Column, mapping: Mapping):
    if text not in ("", CLEAR):
        return READERS[column.type](text, column, mapping)
    if column.required:
        raise CellError("missing", f"{column.name} is required. Fill it in.")
    return None if text == CLEAR else LEAVE


class BatchReader:
    """Reads many rows of one kind under one mapping, a column at a time; the answers are those of read_row."""

    def __init__(self, kind: TableKind, mapping: Mapping):
        self.kind, self.mapping = kind, mapping
        self._known = {column.name: {} for column in kind.columns}  # text -> value or CellError
        how = {"dates", "decimal", "encoding"}  # parts that say how cells are read, not which
        self._translates = any(
            getattr(mapping, f.name) != getattr(Mapping(), f.name) for f in fields(Mapping) if f.name not in how
        )

    def translate(self, raws: list[dict]) -> list[dict]:
        return [self.mapping.translate(raw) for raw in raws] if self._translates else raws

    def read(self, rows: list[dict]) -> tuple[list[dict], dict[int, list]]:
        """Values of each translated row, and the errors of those that have any by their place."""
        names, cells, errors = [], [], defaultdict(list)
        present = set().union(*{tuple(row) for row in rows})
        for column in self.kind.columns:
            if column.name not in present and not column.required:
                continue
            texts = [row.get(column.name, "") for row in rows]
            if column.required or any(texts):
                names.append(column.name)
                cells.append(self.read_column(column, texts, errors))
        read = [
            {name: value for name, value in zip(names, row, strict=True) if value is not LEAVE}
            for row in (zip(*cells, strict=True) if cells else [()] * len(rows))
        ]
        self._check_rows(read, errors)
        return read, errors

    def read_column(self, column: Column, texts: list[str], errors: dict[int, list]) -> list:
        """The values of one column; a cell that cannot be taken is LEAVE and noted in `errors`."""
        if READERS[column.type] is _read_text:
            texts = self._plain_texts(texts)
            if _is_harmless(texts, column):
                return [LEAVE if not text else None if text == CLEAR else text for text in texts]
            known = {text: self._judge(column, text) for text in set(texts)}
        else:
            known = self._known[column.name]
            if len(known) > MOST_REMEMBERED:
                known.clear()
            for text in set(texts) - known.keys():
                known[text] = self._judge(column, plain_text(text))
        values = [known[text] for text in texts]
        if any(isinstance(known[text], CellError) for text in set(texts)):
            for place, value in enumerate(values):
                if isinstance(value, CellError):
                    errors[place].append((column.name, value.text, value.code, value.message))
                    values[place] = LEAVE
        return values

    def _plain_texts(self, texts: list[str]) -> list[str]:
        plain = [text.strip() for text in texts]
        return [plain_text(text) for text in plain] if any(text[:1] == "'" for text in plain) else plain

    def _judge(self, column: Column, text: str):
        try:
            return _read_cell(text, column, self.mapping)
        except CellError as error:
            error.text = text
            return error

    def _check_rows(self, read: list[dict], errors: dict[int, list]) -> None:
        """What concerns several cells of a row, only where it can be wrong."""
        named = self.kind.name == "contributors"
        start, end = self.kind.period
        for place, values in enumerate(read):
            is_late = values.get(end) and values.get(start) and values[end] < values[start]
            if is_late or (named and not values.get("name")):
                errors[place] += _check_row(self.kind, values, errors[place])
            if place in errors and not errors[place]:
                del errors[place]


def _is_harmless(texts: list[str], column: Column) -> bool:
    """Whether no cell can be wrong, seen from all of them at once."""
    joined = "".join(texts)
    if not joined.isprintable() and (_CONTROL.search(joined) or "\r" in joined):
        return False
    return max(map(len, texts), default=0) <= column.max_length and not (
        column.required and ("" in texts or CLEAR in texts)
    )


def _check_row(kind: TableKind, values: dict, errors: list) -> list:
    found = _check_period(kind, values)
    if kind.name == "contributors" and not errors and not found:
        found = _complete_name(values)
    return found


def _check_period(kind: TableKind, values: dict) -> list:
    start, end = (values.get(name) for name in kind.period)
    if start and end and end < start:
        return [
            (kind.period[1], end.isoformat(), "ends_before_start", f"It ends on {end}, before it starts on {start}.")
        ]
    return []


def _complete_name(values: dict) -> list:
    parts = [values.get("given_name"), values.get("family_name")]
    if not values.get("name"):
        if not all(parts):
            return [("name", "", "missing", "name is required, or given_name and family_name together.")]
        values["name"] = " ".join(parts)[:200]
    return []


def _read_text(text: str, column: Column, mapping: Mapping) -> str:
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    if _CONTROL.search(text):
        raise CellError("bad_text", "The cell holds control characters. Remove them.")
    if len(text) > column.max_length:
        raise CellError("too_long", f"{len(text)} characters; at most {column.max_length} are taken.")
    return text


def _read_date(text: str, column: Column, mapping: Mapping) -> date:
    forms = mapping.date_forms(column.name)
    for form in forms or ["%Y-%m-%d"]:
        try:
            if not forms:
                return date.fromisoformat(text if ISO_DAY.fullmatch(text) else "")
            return datetime.strptime(text, form).date()  # noqa: DTZ007 - a day has no zone
        except ValueError:
            continue
    known = mapping.date_words(column.name) or "YYYY-MM-DD, as 2026-03-31"
    raise CellError("bad_date", f"{text!r} is not a date of the form {known}.")


def _read_decimal(text: str, column: Column, mapping: Mapping) -> Decimal:
    plain = text.replace(".", "").replace(",", ".") if mapping.decimal == "," else text
    try:
        if not re.fullmatch(r"[+-]?(\d+(\.\d*)?|\.\d+)", plain, re.ASCII):
            raise InvalidOperation
        value = Decimal(plain)
    except InvalidOperation:
        raise CellError("bad_number", f"{text!r} is not a number such as 1234.50, without thousands marks.") from None
    whole, places = column.digits
    if abs(value) >= Decimal(10) ** whole:
        raise CellError("bad_number", f"{text} is too large; at most {whole} digits stand before the point.")
    if column.minimum is not None and value < column.minimum:
        raise CellError("negative", f"{text} is below {column.minimum}.")
    if column.name == "hours" and value > 24:
        raise CellError("bad_number", f"{text} hours do not fit into a day.")
    return value.quantize(Decimal(1).scaleb(-places), ROUND_HALF_UP)


def _read_integer(text: str, column: Column, mapping: Mapping) -> int:
    if not re.fullmatch(r"\d{1,4}", text, re.ASCII) or int(text) < (column.minimum or 0):
        raise CellError("bad_number", f"{text!r} is not a whole number from {column.minimum or 0} to 9999.")
    return int(text)


def _read_choice(text: str, column: Column, mapping: Mapping) -> str:
    word = text.lower().replace(" ", "_").replace("-", "_")
    if word in column.choices:
        return word
    near = get_close_matches(word, column.choices, 1)
    hint = f"Did you mean {near[0]}?" if near else f"Write one of: {', '.join(column.choices)}."
    raise CellError("bad_choice", f"{text!r} is not a {column.name} that is known. {hint}")


def _read_currency(text: str, column: Column, mapping: Mapping) -> str:
    if text.upper() not in _currencies():
        raise CellError("bad_currency", f"{text!r} is not an ISO 4217 currency such as EUR.")
    return text.upper()


def _read_country(text: str, column: Column, mapping: Mapping) -> str:
    if text.upper() in _countries():
        return text.upper()
    found = (
        None if len(text) < 3 else pycountry.countries.get(alpha_3=text.upper()) or pycountry.countries.get(name=text)
    )
    if found is None:
        raise CellError("bad_country", f"{text!r} is not an ISO 3166 country such as DE.")
    return found.alpha_2


def _read_skills(text: str, column: Column, mapping: Mapping) -> list[str]:
    names = [" ".join(part.split()) for part in _read_text(text, column, mapping).split(";")]
    long = next((name for name in names if len(name) > 200), "")
    if long:
        raise CellError("too_long", f"The skill {long[:40]!r}... is longer than 200 characters. Put ; between skills.")
    return [name for name in names if name]


def _read_aliases(text: str, column: Column, mapping: Mapping) -> list[str]:
    """Names with `;` or a new line between them."""
    return _read_skills(text.replace("\r", "\n").replace("\n", ";"), column, mapping)


READERS = {
    "text": _read_text,
    "reference": _read_text,
    "location": _read_text,
    "cost_centre": _read_text,
    "date": _read_date,
    "decimal": _read_decimal,
    "integer": _read_integer,
    "choice": _read_choice,
    "currency": _read_currency,
    "country": _read_country,
    "skills": _read_skills,
    "aliases": _read_aliases,
}
