"""The Bureau of Industry and Security's denied persons list: tab-separated with a header row."""

import hashlib

from governance.screening.reading.entry import Entry, Reading
from governance.screening.reading.text import read_country, read_named_rows

COLUMNS = {"name", "street_address", "country", "effective_date", "fr_citation"}


def is_bis(header: list[str]) -> bool:
    return {cell.lower() for cell in header} >= COLUMNS


def read_bis(reading: Reading, path: str, rows) -> None:
    """One entry an order; the list has no ids, so name, place and effective date make one."""
    for number, row in read_named_rows(reading, path, rows):
        if row["name"]:
            take_order(reading, row, path, number)
        else:
            reading.refuse(path, number, "The row has no name.")


def take_order(reading: Reading, row: dict, path: str, number: int) -> None:
    identity = "|".join(row[name] for name in ("name", "street_address", "city", "effective_date") if name in row)
    key = hashlib.sha256(identity.encode()).hexdigest()[:20]
    entry = Entry(key, row["name"], programmes=f"denial order of {row['effective_date']}", remarks=row["fr_citation"])
    entry.add_country(read_country(row["country"]) if row["country"] else "")
    if row.get("expiration_date"):
        entry.remarks = f"{entry.remarks}; expires {row['expiration_date']}"
    reading.take(entry, path, number)
