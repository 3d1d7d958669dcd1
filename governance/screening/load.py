"""Taking a published list: a new version of it, entries added, changed and closed, refused rows kept with why."""

import hashlib
import time
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

from django.db import transaction
from django.utils import timezone

from governance.screening.models import WatchlistEntry, WatchlistRefusal, WatchlistVersion
from governance.screening.reading.entry import Entry, Reading, UnreadableList
from governance.screening.reading.read import read_lists
from workforce.accounts.permissions import Permission, require
from workforce.ledger.actions import Action
from workforce.ledger.record import record_event

BATCH = 1000
COUNTS = ("entries", "added", "changed", "closed", "refused")
CONTENT = (
    "name", "aliases", "birth_date", "country", "list", "kind", "birth_dates", "countries", "programmes", "remarks",
)  # fmt: skip


@dataclass
class ListReport:
    """What taking one list did."""

    list: str
    version: int = 0
    seen: int = 0
    entries: int = 0
    added: int = 0
    changed: int = 0
    unchanged: int = 0
    closed: int = 0
    refused: int = 0
    refusals: list[dict] = field(default_factory=list)


def import_watchlist(*, paths: list[Path], name: str = "", allow_shrink: bool = False, by=None) -> dict:
    """Takes the lists that the files hold; raises UnreadableList, and takes nothing, when a file is in no known layout.

    A file that was taken before changes nothing. An entry that vanishes from its list is closed; when most vanish the
    file is held to be cut off and refused, unless `allow_shrink` says that the list really became so short.
    """
    if by is not None:
        require(by, Permission.DATA_IMPORT)
    started = time.monotonic()
    readings = read_lists([Path(path) for path in paths], name=name)
    with transaction.atomic():
        reports = [take_reading(reading, allow_shrink=allow_shrink, by=by) for reading in readings.values()]
    return {"lists": [vars(report) for report in reports], "seconds": round(time.monotonic() - started, 3)}


def take_reading(reading: Reading, *, allow_shrink: bool, by) -> ListReport:
    """Compares the reading with what stands of its list and stores the difference as a new version."""
    now = timezone.now()
    sha256 = hashlib.sha256("".join(sorted(reading.hashes)).encode()).hexdigest()
    known = {entry.key: entry for entry in WatchlistEntry.objects.filter(published_in=reading.name)}
    added, changed = compare(reading, known)
    vanished = find_vanished(reading, known, allow_shrink=allow_shrink)
    report = ListReport(
        reading.name, 0, reading.seen, len(reading.entries), len(added), len(changed),
        len(reading.entries) - len(added) - len(changed), len(vanished), len(reading.refusals),
        [vars(refusal) for refusal in reading.refusals],
    )  # fmt: skip
    last = WatchlistVersion.objects.filter(list=reading.name).first()
    if last and last.sha256 == sha256 and not (added or changed or vanished):
        report.version = last.pk
        return report
    version = WatchlistVersion(
        list=reading.name, sha256=sha256, path=", ".join(reading.paths)[:1000], taken_at=now, by=by,
        **{count: getattr(report, count) for count in COUNTS},
    )  # fmt: skip
    version.save()
    report.version = version.pk
    for row in vanished:
        row.closed_at = now
    for row in (*added, *changed, *vanished):
        row.changed_in = version
    store(added, changed + vanished)
    store_version(version, reading)
    return report


def store_version(version: WatchlistVersion, reading: Reading) -> None:
    """Notes on the open entries that this version holds them, keeps the refused rows, and writes the Event."""
    WatchlistEntry.objects.filter(published_in=reading.name, closed_at=None).update(version=version)
    WatchlistRefusal.objects.bulk_create(
        [WatchlistRefusal(version=version, path=r.path[-500:], row=r.row, message=r.message) for r in reading.refusals],
        batch_size=BATCH,
    )
    after = {"list": reading.name, **{count: getattr(version, count) for count in COUNTS}}
    record_event(action=Action.WATCHLIST_IMPORTED, subject=version, by=version.by, after=after)


def compare(reading: Reading, known: dict[str, WatchlistEntry]) -> tuple[list, list]:
    """The entries that are new, and those known whose values differ, with the new values set."""
    added, changed = [], []
    for key, entry in reading.entries.items():
        values = write_values(entry, reading.name)
        row = known.get(key)
        if row is None:
            added.append(WatchlistEntry(key=key, published_in=reading.name, **values))
        elif row.closed_at or any(getattr(row, name) != value for name, value in values.items()):
            for attribute, value in values.items():
                setattr(row, attribute, value)
            row.closed_at = None
            changed.append(row)
    return added, changed


def find_vanished(reading: Reading, known: dict[str, WatchlistEntry], *, allow_shrink: bool) -> list[WatchlistEntry]:
    standing = [row for row in known.values() if row.closed_at is None]
    came = reading.entries.keys() | reading.refused_keys
    vanished = [row for row in standing if row.key not in came]
    if len(vanished) > max(50, len(standing) // 2) and not allow_shrink:
        raise UnreadableList(
            f"{reading.name}: {len(vanished)} of {len(standing)} entries would vanish, as if the file were cut off. "
            "Fetch it again, or say --allow-shrink if the list really became so short."
        )
    return vanished


def store(added: list[WatchlistEntry], changed: list[WatchlistEntry]) -> None:
    WatchlistEntry.objects.bulk_create(added, batch_size=BATCH)
    WatchlistEntry.objects.bulk_update(changed, [*CONTENT, "changed_in", "closed_at"], batch_size=200)


def write_values(entry: Entry, list_name: str) -> dict:
    """The entry's attributes as the table has them."""
    full = [born for born in entry.birth_dates if len(born) == 10]
    return {
        "name": entry.name[:300],
        "aliases": ";".join(alias.replace(";", ",") for alias in entry.aliases),
        "birth_date": date.fromisoformat(full[0]) if full else None,
        "country": entry.countries[0] if entry.countries else "",
        "list": (entry.list or list_name)[:200],
        "kind": entry.kind,
        "birth_dates": ";".join(entry.birth_dates),
        "countries": ";".join(entry.countries),
        "programmes": entry.programmes,
        "remarks": entry.remarks,
    }
