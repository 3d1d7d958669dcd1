"""From the text of a row to values, or to what is wrong with it, cell by cell."""

import re
from datetime import date, datetime
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation
from difflib import get_close_matches
from functools import lru_cache

import pycountry

from orchestration.sources.kinds import Column, TableKind
from orchestration.sources.mapping import Mapping

CLEAR = "-"
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff]")


class CellError(Exception):
    """`code` and words for the person who mends the cell."""

    def __init__(self, code: str, message: str):
        super().__init__(message)
        self.code, self.message = code, message


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
        text = row.get(column.name, "").strip()
        # An export guards a cell that would start a formula with a quote; here it comes off again.
        if len(text) > 1 and text[0] == "'" and text[1] in "=+-@\t\r":
            text = text[1:]
        try:
            if text in ("", CLEAR):
                if column.required:
                    raise CellError("missing", f"{column.name} is required. Fill it in.")
                if text == CLEAR:
                    values[column.name] = None
                continue
            values[column.name] = READERS[column.type](text, column, mapping)
        except CellError as error:
            errors.append((column.name, text, error.code, error.message))
    errors += _check_period(kind, values)
    if kind.name == "contributors" and not errors:
        errors += _complete_name(values)
    return values, errors


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
    if not forms and re.fullmatch(r"\d{4}-\d{2}-\d{2}", text, re.ASCII):
        forms = ["%Y-%m-%d"]
    for form in forms:
        try:
            return datetime.strptime(text, form).date()  # noqa: DTZ007 - a day has no zone
        except ValueError:
            continue
    known = " or ".join(mapping.date_forms(column.name)) or "YYYY-MM-DD, as 2026-03-31"
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
