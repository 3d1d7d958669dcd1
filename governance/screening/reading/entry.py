"""What every layout is read into."""

import hashlib
from dataclasses import dataclass, field

PERSON, FIRM, VESSEL, AIRCRAFT = "person", "firm", "vessel", "aircraft"


class UnreadableList(Exception):
    """Why a file cannot be taken as a watchlist at all, and what to do; the message is for a person."""


@dataclass
class Entry:
    """One listed name. Birth dates are `1962`, `1948-12-10` or `1955/1960`; countries ISO 3166 alpha-2."""

    key: str
    name: str
    kind: str = ""
    aliases: list[str] = field(default_factory=list)
    birth_dates: list[str] = field(default_factory=list)
    countries: list[str] = field(default_factory=list)
    programmes: str = ""
    remarks: str = ""
    list: str = ""

    def add_alias(self, name: str) -> None:
        name = " ".join(name.split())
        if name and name != self.name and name not in self.aliases:
            self.aliases.append(name)

    def add_birth(self, text: str) -> None:
        if text and text not in self.birth_dates:
            self.birth_dates.append(text)

    def add_country(self, code: str) -> None:
        if code and code not in self.countries:
            self.countries.append(code)


@dataclass
class Refusal:
    """A row that was not taken, and why."""

    path: str
    row: int
    message: str


@dataclass
class Reading:
    """What the files of one list held."""

    name: str
    entries: dict[str, Entry] = field(default_factory=dict)
    refusals: list[Refusal] = field(default_factory=list)
    seen: int = 0
    paths: list[str] = field(default_factory=list)
    hashes: list[str] = field(default_factory=list)
    refused_keys: set[str] = field(default_factory=set)  # came, and could not be taken: these have not vanished

    def add_file(self, path: str, data: bytes) -> None:
        self.paths.append(path)
        self.hashes.append(hashlib.sha256(data).hexdigest())

    def refuse(self, path: str, row: int, message: str, *, key: str = "") -> None:
        self.refusals.append(Refusal(path, row, message))
        self.refused_keys.add(key)

    def take(self, entry: Entry, path: str, row: int) -> None:
        """Keeps the entry unless its key or name is missing or its key came before."""
        entry.name = " ".join(entry.name.split())
        if not entry.name:
            self.refuse(path, row, "The row has no name. Fill it in or leave the row out.", key=entry.key)
        elif entry.key in self.entries:
            self.refuse(path, row, f"An earlier row has the same id {entry.key}. Keep one of them.")
        elif len(entry.key) > 200:
            self.refuse(path, row, "The id has more than 200 characters.")
        else:
            self.entries[entry.key] = entry
