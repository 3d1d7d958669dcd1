"""The product's own table of a watchlist: source_id, name, aliases, birth_date, country, list."""

from governance.screening.reading.entry import Entry, Reading
from governance.screening.reading.text import read_birth, read_country


def is_table(header: list[str]) -> bool:
    return {cell.lower() for cell in header} >= {"source_id", "name"}


def read_table(reading: Reading, path: str, rows) -> None:
    rows = iter(rows)
    _, header = next(rows)
    names = [cell.lower() for cell in header]
    for number, cells in rows:
        reading.seen += 1
        if len(cells) > len(names):
            reading.refuse(path, number, f"The row has {len(cells)} columns, the header has {len(names)}.")
            continue
        row = dict(zip(names, cells + [""] * (len(names) - len(cells)), strict=True))
        if wrong := find_wrong(row):
            reading.refuse(path, number, wrong, key=row["source_id"])
        else:
            reading.take(read_entry(row), path, number)


def find_wrong(row: dict) -> str:
    if not row["source_id"]:
        return "The row has no source_id."
    if (born := row.get("birth_date")) and not read_birth(born):
        return f"{born[:40]!r} is no birth date. Write it as 1975-03-31 or, when only that is known, 1975."
    if (country := row.get("country")) and not read_country(country):
        return f"{country[:40]!r} is no country. Write its code as in ISO 3166, like DE."
    return ""


def read_entry(row: dict) -> Entry:
    entry = Entry(row["source_id"], row["name"], list=row.get("list", ""))
    for alias in row.get("aliases", "").split(";"):
        entry.add_alias(alias)
    entry.add_birth(read_birth(row.get("birth_date", "")) if row.get("birth_date") else "")
    entry.add_country(read_country(row.get("country", "")))
    return entry
