"""Bytes of a published file become text and rows; dates and countries become what an Entry holds."""

import csv
import gzip
import io
import re
import zlib
from collections.abc import Iterator
from datetime import date, datetime
from functools import lru_cache
from pathlib import Path

import pycountry

from governance.screening.reading.entry import Reading, UnreadableList

MAX_BYTES = 400_000_000
MAX_CELL = 1_000_000
FORMER_NAMES = {
    "burma": "MM", "burma (myanmar)": "MM", "korea, north": "KP", "north korea": "KP", "korea, south": "KR",
    "south korea": "KR", "democratic republic of the congo": "CD", "congo, democratic republic of the": "CD",
    "congo, republic of the": "CG", "cote d'ivoire": "CI", "ivory coast": "CI", "the gambia": "GM", "gambia, the": "GM",
    "bahamas, the": "BS", "kosovo": "XK", "west bank": "PS", "palestinian": "PS", "palestine": "PS",
    "state of palestine": "PS", "cape verde": "CV", "swaziland": "SZ", "macedonia, the former yugoslav republic of": "MK",
    "macedonia": "MK", "turkey": "TR", "hong kong": "HK", "macau": "MO", "uk": "GB", "uae": "AE", "usa": "US",
    "brunei": "BN", "laos": "LA", "east timor": "TL", "czech republic": "CZ", "united kingdom": "GB",
    "libyan arab jamahiriya": "LY", "democratic people's republic of korea": "KP", "great britain": "GB",
    "united kingdom of great britain and northern ireland": "GB", "people's republic of china": "CN",
    "republic of korea": "KR", "vatican city": "VA", "reunion": "RE", "st. kitts and nevis": "KN",
}  # fmt: skip
DATE_FORMS = ("%Y-%m-%d", "%d %b %Y", "%d %B %Y", "%m/%d/%Y", "%Y%m%d")
MONTH_FORMS = ("%b %Y", "%B %Y")


def read_bytes(path: Path) -> bytes:
    """The file's bytes, gzip undone; refuses what is missing, empty or too large."""
    try:
        with path.open("rb") as file:
            is_packed = file.read(2) == b"\x1f\x8b"
        with gzip.open(path) if is_packed else path.open("rb") as file:
            data = file.read(MAX_BYTES + 1)
    except (OSError, EOFError, zlib.error) as error:
        raise UnreadableList(f"{path}: cannot be read: {error}. Fetch the file again.") from None
    if len(data) > MAX_BYTES:
        raise UnreadableList(f"{path}: has more than {MAX_BYTES:,} bytes; a watchlist has not.")
    if not data.strip(b"\x1a \r\n\t\x00"):
        raise UnreadableList(f"{path}: the file is empty. Fetch it again.")
    return data


def decode(data: bytes) -> str:
    """UTF-8 with or without BOM, UTF-16 with one, else Windows-1252 as older lists are written."""
    if data[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return data.decode("utf-16", errors="replace")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return data.decode("cp1252", errors="replace")


def read_rows(text: str, delimiter: str = ",") -> Iterator[tuple[int, list[str]]]:
    """(line number, cells) without blank lines and the SUB character that ends some files; `-0-` is empty."""
    csv.field_size_limit(MAX_CELL)
    reader = csv.reader(io.StringIO(text.replace("\x00", ""), newline=""), delimiter=delimiter)
    while True:
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            yield reader.line_num, ["", f"csv: {error}"]
            continue
        cells = [clean_cell(cell) for cell in cells]
        if any(cells):
            yield reader.line_num, cells


def read_named_rows(reading: Reading, path: str, rows) -> Iterator[tuple[int, dict[str, str]]]:
    """The rows under their header's names in lower case; a row of another width is refused."""
    _, header = next(rows)
    names = [cell.lower() for cell in header]
    for number, cells in rows:
        reading.seen += 1
        if len(cells) == len(names):
            yield number, dict(zip(names, cells, strict=True))
        else:
            reading.refuse(path, number, f"The row has {len(cells)} columns, the header has {len(names)}.")


def clean_cell(cell: str) -> str:
    cell = cell.strip(" \t\r\n\x1a\ufeff")
    return "" if cell == "-0-" else cell


@lru_cache(20_000)
def read_country(name: str) -> str:
    """The alpha-2 code of a country's name or code, or nothing."""
    plain = " ".join(name.split()).strip(".;,").lower()
    if not plain:
        return ""
    if plain in FORMER_NAMES:
        return FORMER_NAMES[plain]
    try:
        return pycountry.countries.lookup(plain).alpha_2
    except LookupError:
        return ""


@lru_cache(50_000)
def read_birth(text: str) -> str:
    """`1962`, `1948-12-10` or `1955/1960` from the forms that lists use, or nothing."""
    text = re.sub(r"^(circa|approximately|c\.|ca\.)\s*", "", text.strip(), flags=re.IGNORECASE)
    if between := re.fullmatch(r"(.*\d{4})\s*(?:to|-|/|and)\s*(.*\d{4}.*)", text):
        first, last = read_birth(between[1]), read_birth(between[2])
        return f"{first[:4]}/{last[:4]}" if first and last and first[:4] <= last[:4] else ""
    for form in DATE_FORMS:
        try:
            return datetime.strptime(text[:40], form).date().isoformat()  # noqa: DTZ007 - a day, not an instant
        except ValueError:
            continue
    for form in MONTH_FORMS:
        try:
            return str(datetime.strptime(text[:40], form).year)  # noqa: DTZ007 - a day, not an instant
        except ValueError:
            continue
    year = re.fullmatch(r"(1[89]\d\d|20\d\d)s?", text)
    return year[1] if year and int(year[1]) <= date.today().year else ""  # noqa: DTZ011 - a bound, not a fact
