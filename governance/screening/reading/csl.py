"""The consolidated screening list of the International Trade Administration: one CSV of several lists."""

import hashlib
import re

from governance.screening.reading.entry import AIRCRAFT, FIRM, PERSON, VESSEL, Entry, Reading
from governance.screening.reading.text import read_birth, read_country, read_named_rows

COLUMNS = {"source", "entity_number", "type", "programs", "name", "alt_names", "dates_of_birth"}
KINDS = {"individual": PERSON, "entity": FIRM, "vessel": VESSEL, "aircraft": AIRCRAFT}


def is_csl(header: list[str]) -> bool:
    return {cell.lower() for cell in header} >= COLUMNS


def read_csl(reading: Reading, path: str, rows) -> None:
    for number, row in read_named_rows(reading, path, rows):
        if row["source"] and row["name"]:
            reading.take(read_entry(row), path, number)
        else:
            reading.refuse(path, number, "The row names no list or no one. Fetch the file again.")


def read_entry(row: dict) -> Entry:
    short = re.search(r"\(([A-Z0-9-]+)\)", row["source"])
    number = row.get("_id") or row["entity_number"]
    number = number or hashlib.sha256("|".join(row.values()).encode()).hexdigest()[:20]
    entry = Entry(
        f"{short[1] if short else row['source'][:40]}:{number}",
        row["name"],
        KINDS.get(row["type"].lower(), ""),
        programmes=row["programs"],
        remarks=row.get("remarks", ""),
        list=row["source"][:200],
    )
    for alias in row["alt_names"].split(";"):
        entry.add_alias(alias)
    for born in row["dates_of_birth"].split(";"):
        entry.add_birth(read_birth(born))
    for country in [*row.get("nationalities", "").split(";"), *row.get("citizenships", "").split(";")]:
        entry.add_country(read_country(country.strip()))
    for address in row.get("addresses", "").split(";"):
        entry.add_country(read_country(address.rsplit(",", 1)[-1].strip()))
    return entry
