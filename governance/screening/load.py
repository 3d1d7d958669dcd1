"""Taking a published list: a new version of it, entries added, changed and closed, refused rows kept with why."""

import hashlib
import time
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

from django.db import transaction
from django.utils import timezone

from governance.screening.models import WatchlistEntry, WatchlistRefusal, WatchlistVersion
from governance.screening.reading.entry import Entry, Reading
from governance.screening.reading.read import read_lists, walk
from governance.screening.reading.text import read_bytes
from workforce.accounts.permissions import Permission, require
from workforce.ledger.actions import Action
from workforce.ledger.record import record_event

BATCH = 1000
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


def import_watchlist(*, paths: list[Path], name: str = "", by=None) -> dict:
    """Takes the lists that the files hold; raises UnreadableList, and takes nothing, when a file is in no known layout.

    A file that was taken before changes nothing. A list is closed entry by entry as entries vanish from it.
    """
    if by is not None:
        require(by, Permission.DATA_IMPORT)
    started = time.monotonic()
    paths = [Path(path) for path in paths]
    readings = read_lists(paths, name=name)
    sha256 = hash_files(paths)
    with transaction.atomic():
        reports = [take_reading(reading, sha256=sha256, paths=paths, by=by) for reading in readings.values()]
    return {"lists": [vars(report) for report in reports], "seconds": round(time.monotonic() - started, 3)}


def hash_files(paths: list[Path]) -> str:
    """One hash of all bytes read, in the order of the paths."""
    digest = hashlib.sha256()
    for path in walk(paths):
        digest.update(hashlib.sha256(read_bytes(path)).digest())
    return digest.hexdigest()


def take_reading(reading: Reading, *, sha256: str, paths: list[Path], by) -> ListReport:
    now = timezone.now()
    version = WatchlistVersion.objects.create(
        list=reading.list, sha256=sha256, path=", ".join(map(str, paths))[:1000], taken_at=now, by=by
    )
    known = {entry.key: entry for entry in WatchlistEntry.objects.filter(published_in=reading.list)}
    added, changed, unchanged = [], [], []
    for key, entry in reading.entries.items():
        values = write_values(entry, reading.list)
        if (row := known.get(key)) is None:
            added.append(WatchlistEntry(key=key, published_in=reading.list, changed_in=version, **values))
        elif row.closed_at or any(getattr(row, name) != value for name, value in values.items()):
            for attribute, value in values.items():
                setattr(row, attribute, value)
            row.changed_in, row.closed_at = version, None
            changed.append(row)
        else:
            unchanged.append(row)
    vanished = [row for key, row in known.items() if key not in reading.entries and row.closed_at is None]
    for row in vanished:
        row.changed_in, row.closed_at = version, now
    store(added, changed + vanished)
    WatchlistEntry.objects.filter(published_in=reading.list, closed_at=None).update(version=version)
    WatchlistRefusal.objects.bulk_create(
        [WatchlistRefusal(version=version, path=r.path[-500:], row=r.row, message=r.message) for r in reading.refusals],
        batch_size=BATCH,
    )
    report = ListReport(
        reading.list, version.pk, reading.seen, len(reading.entries), len(added), len(changed), len(unchanged),
        len(vanished), len(reading.refusals), [vars(refusal) for refusal in reading.refusals],
    )  # fmt: skip
    for count in ("entries", "added", "changed", "closed", "refused"):
        setattr(version, count, getattr(report, count))
    version.save()
    counts = {count: getattr(report, count) for count in ("entries", "added", "changed", "closed", "refused")}
    record_event(action=Action.WATCHLIST_IMPORTED, subject=version, by=by, after={"list": reading.list, **counts})
    return report


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
