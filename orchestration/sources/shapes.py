"""Forms in which cells come, named in a mapping as data: each takes a cell's text to the text that is read."""

import re
from datetime import date, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation

import pycountry

OPEN_ENDS = ("9999", "2999", "4712", "3000", "2099-12-31")  # what systems write for "no end"
_CLOCK = re.compile(r"(-?)(\d+):(\d{1,2})(?::(\d{1,2})(?:\.\d+)?)?")
_SPOKEN = re.compile(r"(?:(\d+)\s*h(?:ours?|rs?)?)?\s*(?:(\d+)\s*m(?:in(?:utes?|s)?)?)?\s*(?:(\d+)\s*s(?:ec)?)?", re.I)
_TIME_OF_DAY = re.compile(r"(\d)[T ,]+\d{1,2}:\d{2}.*$")
_INSTANTS = tuple(
    f"{day} {clock}".strip()
    for day in ("%Y-%m-%d", "%m/%d/%Y", "%d/%m/%Y", "%d.%m.%Y", "%d-%m-%Y", "%Y/%m/%d", "%m/%d/%y", "%d/%m/%y", "")
    for clock in ("%H:%M:%S", "%H:%M", "%I:%M:%S %p", "%I:%M %p", "%H:%M:%S%z", "%H:%M:%S.%f", "%H:%M:%S.%f%z")
)


def day(text: str, decimal: str) -> str:
    """`2026-03-31T09:23:52Z`, `31/03/2026 9:23 AM`: the day alone."""
    return _TIME_OF_DAY.sub(r"\1", text)


def real_day(text: str, decimal: str) -> str:
    """`19450230`, `1945-02-30`: a day that no calendar has is none."""
    digits = re.sub(r"\D", "", text)
    try:
        date(int(digits[:4]), int(digits[4:6]), int(digits[6:8]))
    except ValueError:
        return ""
    return text


def open_end(text: str, decimal: str) -> str:
    """`9999-01-01` and its like: no end."""
    return "" if text.startswith(OPEN_ENDS) or text.endswith(("9999", "2999")) else text


def day_before(text: str, decimal: str) -> str:
    """The first day on which it holds no longer: the last day on which it does; ISO dates only."""
    try:
        return (date.fromisoformat(text) - timedelta(days=1)).isoformat()
    except (ValueError, OverflowError):
        return text


def hours(text: str, decimal: str) -> str:
    """`1:30:00`, `1h 30m`, `1,5`: hours with a decimal part."""
    if match := _CLOCK.fullmatch(text):
        sign, *parts = match.groups()
        return _as_hours(sign, parts, decimal)
    match = _SPOKEN.fullmatch(text)
    if match and any(match.groups()):
        return _as_hours("", match.groups(), decimal)
    return text.replace(",", ".") if decimal == "." and re.fullmatch(r"\d+,\d+", text) else text


def _as_hours(sign: str, parts, decimal: str) -> str:
    whole, minutes, seconds = (int(part or 0) for part in parts)
    return sign + _number(Decimal(whole) + Decimal(minutes) / 60 + Decimal(seconds) / 3600, decimal)


def _number(value: Decimal, decimal: str) -> str:
    return str(value.quantize(Decimal("0.0001"), ROUND_HALF_UP)).replace(".", decimal)


def seconds(text: str, decimal: str) -> str:
    """Seconds as hours."""
    return _parts_of_hour(text, decimal, 3600)


def minutes(text: str, decimal: str) -> str:
    """Minutes as hours."""
    return _parts_of_hour(text, decimal, 60)


def _parts_of_hour(text: str, decimal: str, parts: int) -> str:
    try:
        return _number(Decimal(text.replace(decimal, ".")) / parts, decimal)
    except (InvalidOperation, OverflowError):
        return text


def span(text: str, decimal: str) -> str:
    """`03/04/2024 10:23 AM / 03/04/2024 11:23 AM`: the hours between; nothing where either is missing."""
    start, _, end = text.partition(" / ")
    first, last = _read_instant(start), _read_instant(end)
    if first is None or last is None or (first.tzinfo is None) != (last.tzinfo is None):
        return ""
    if last < first and "-" not in start and "/" not in start:  # times alone, past midnight
        last += timedelta(days=1)
    return _number(Decimal(int((last - first).total_seconds())) / 3600, decimal)


def _read_instant(text: str) -> datetime | None:
    plain = text.replace("T", " ").replace("Z", "+00:00").replace(" UTC", "+00:00").strip()
    for form in _INSTANTS:
        try:
            return datetime.strptime(plain, form)  # noqa: DTZ007 - the file says the zone or none
        except ValueError:
            continue
    return None


def money(text: str, decimal: str) -> str:
    """`$1,013.38`, `1 013,38 €`, `(12.00)`: the number alone."""
    if not re.search(r"\d", text):
        return text
    bare = re.sub(r"[\s\u00a0\u202f']|[A-Z]{3}\b|\b[A-Z]{3}|[^\w.,()+-]", "", text)
    bare = bare.replace(",", "") if decimal == "." else bare
    return "-" + bare.strip("()") if bare.startswith("(") and bare.endswith(")") else bare


def plain(text: str, decimal: str) -> str:
    """`Smith, Jane (1234)`, `Jane Smith [C]`: without what stands in brackets at the end."""
    return re.sub(r"\s*[(\[][^()\[\]]*[)\]]\s*$", "", text)


def in_brackets(text: str, decimal: str) -> str:
    """`Jane Smith (1234)`: what stands in brackets at the end, else the whole."""
    match = re.search(r"[(\[]([^()\[\]]*)[)\]]\s*$", text)
    return match.group(1).strip() if match else text


def last_first(text: str, decimal: str) -> str:
    """`Smith, Jane`: Jane Smith."""
    last, comma, first = text.partition(",")
    return f"{first.strip()} {last.strip()}" if comma and first.strip() and last.strip() else text


def code(text: str, decimal: str) -> str:
    """`Euro - EUR`, `USD ($)`: the ISO 4217 code in it."""
    known = (word for word in re.findall(r"\b[A-Z]{3}\b", text) if pycountry.currencies.get(alpha_3=word))
    return next(known, text)


def listed(text: str, decimal: str) -> str:
    """Names between commas or line ends: between semicolons."""
    return "; ".join(part.strip() for part in re.split(r"[,\n|]", text) if part.strip()) if ";" not in text else text


_COUNTRIES = {"uk": "GB", "england": "GB", "scotland": "GB", "wales": "GB", "u.k.": "GB", "u.s.": "US", "u.s.a.": "US",
              "deutschland": "DE", "schweiz": "CH", "suisse": "CH", "österreich": "AT", "españa": "ES", "italia": "IT",
              "nederland": "NL", "polska": "PL", "holland": "NL", "brasil": "BR", "the netherlands": "NL"}  # fmt: skip


def country(text: str, decimal: str) -> str:
    """`United States of America`, `UK`, `Deutschland`: the ISO 3166 code."""
    if text.lower() in _COUNTRIES:
        return _COUNTRIES[text.lower()]
    try:
        return pycountry.countries.lookup(text).alpha_2
    except LookupError:
        return text


def digits(text: str, decimal: str) -> str:
    """`20 per week`, `5 years`: the first number alone."""
    match = re.search(r"\d+(?:[.,]\d+)?", text)
    return match.group(0) if match else text


SHAPES = {
    "code": code,
    "country": country,
    "day": day,
    "day_before": day_before,
    "digits": digits,
    "hours": hours,
    "in_brackets": in_brackets,
    "last_first": last_first,
    "listed": listed,
    "minutes": minutes,
    "money": money,
    "open_end": open_end,
    "plain": plain,
    "real_day": real_day,
    "seconds": seconds,
    "span": span,
}
