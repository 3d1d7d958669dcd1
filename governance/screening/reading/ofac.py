"""The Treasury's SDN and consolidated lists: four CSV files without a header row, joined by entity number."""

import re

from governance.screening.reading.entry import AIRCRAFT, FIRM, PERSON, VESSEL, Entry, Reading
from governance.screening.reading.text import read_birth, read_country

NAMES, ALIASES, ADDRESSES, COMMENTS = "names", "aliases", "addresses", "comments"
WIDTHS = {NAMES: 12, ALIASES: 5, ADDRESSES: 6, COMMENTS: 2}
KINDS = {"individual": PERSON, "vessel": VESSEL, "aircraft": AIRCRAFT, "": FIRM, "entity": FIRM}
ALIAS_TYPES = {"aka", "fka", "nka"}


def recognise_part(rows: list[list[str]]) -> str:
    """Which of the four files these first rows belong to, or nothing; a header row does not mislead."""
    rows = rows[1:] if rows and is_header(rows[0]) else rows
    votes = [part for row in rows if (part := part_of_row(row))]
    return max(set(votes), key=votes.count) if len(votes) * 2 > len(rows) else ""


def part_of_row(row: list[str]) -> str:
    if not row[0].isdigit():
        return ""
    if len(row) == WIDTHS[NAMES] and row[2].lower() in KINDS:
        return NAMES
    if len(row) == WIDTHS[ALIASES] and row[1].isdigit() and row[2].lower() in ALIAS_TYPES:
        return ALIASES
    if len(row) == WIDTHS[ADDRESSES] and row[1].isdigit():
        return ADDRESSES
    return COMMENTS if len(row) == WIDTHS[COMMENTS] else ""


def is_header(row: list[str]) -> bool:
    return bool(row) and re.sub(r"[^a-z]", "", row[0].lower()) in ("entnum", "uid", "entitynumber", "ent")


def read_part(reading: Reading, part: str, path: str, rows) -> None:
    """Takes the rows of one of the four files into the reading; names must come before the other three."""
    for number, row in rows:
        if is_header(row):
            continue
        reading.seen += part == NAMES
        if wrong := find_wrong(reading, part, row):
            reading.refuse(path, number, wrong, key=row[0] if part == NAMES else "")
        elif part == NAMES:
            reading.take(read_name(row), path, number)
        else:
            add_to_entry(reading.entries[row[0]], part, row)


def find_wrong(reading: Reading, part: str, row: list[str]) -> str:
    if not (row[0].isascii() and row[0].isdigit()):
        return f"The row begins with {row[0][:40]!r} where the entity number belongs. Fetch the file again."
    if len(row) != WIDTHS[part]:
        return f"The row has {len(row)} columns, the published layout has {WIDTHS[part]}. Fetch the file again."
    if part == NAMES:
        known = row[2].lower() in KINDS
        return "" if known else f"{row[2][:40]!r} is no type; known are individual, vessel, aircraft and none."
    if row[0] not in reading.entries:
        return f"Entity {row[0]} is not in the file of names. Take the files of one date together."
    if part == ALIASES and not row[3]:
        return "The alias has no name."
    return ""


def read_name(row: list[str]) -> Entry:
    entry = Entry(row[0], row[1], KINDS[row[2].lower()], programmes=row[3], remarks=row[11])
    add_remarks(entry, row[11])
    return entry


def add_to_entry(entry: Entry, part: str, row: list[str]) -> None:
    if part == ALIASES:
        entry.add_alias(row[3])
    elif part == ADDRESSES:
        entry.add_country(read_country(row[4]))
    else:
        entry.remarks += row[1]
        add_remarks(entry, entry.remarks)


def add_remarks(entry: Entry, remarks: str) -> None:
    """Birth dates, nationalities and weak aliases stand in the remarks, separated by semicolons."""
    for part in remarks.split(";"):
        part = part.strip().rstrip(".")
        if found := re.fullmatch(r"(?:alt\. )?DOB (.+)", part):
            entry.add_birth(read_birth(found[1]))
        elif found := re.fullmatch(r"(?:alt\. )?(?:nationality|citizen) (.+)", part):
            entry.add_country(read_country(found[1]))
        elif found := re.fullmatch(r"(?:alt\. )?[afn]\.k\.a\. '(.+)'", part):
            entry.add_alias(found[1])
