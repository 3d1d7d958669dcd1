"""Rows of a table on their way in: which are known and unchanged, which are good and new, and which are refused."""

import hmac
import json
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from operator import itemgetter

from django.conf import settings

from orchestration.sources.bulk import find_rows
from orchestration.sources.kinds import Column, TableKind
from orchestration.sources.mapping import Mapping
from orchestration.sources.models import Source
from orchestration.sources.tables import Row
from orchestration.sources.values import LEAVE, BatchReader

KNOWN = """
SELECT key, id, object_id, raw_hash FROM sources_sourcerecord WHERE source_id = %s AND kind = %s AND key {keys}
"""


@dataclass(slots=True, eq=False)
class Arrival:
    """A good row that is new or says something new, and what becomes of it."""

    number: int
    raw: dict
    key: str
    raw_hash: str
    read: dict  # values by column as they were read
    record_id: int | None = None
    known_object_id: int | None = None
    is_first_sight: bool = False
    values: dict = field(default_factory=dict)  # with ids in place of references and names
    object_id: int | None = None
    is_created: bool = False
    is_refused: bool = False
    before: dict = field(default_factory=dict)
    after: dict = field(default_factory=dict)

    def begin(self) -> None:
        """As it came, whatever an attempt to write it left behind."""
        self.values, self.object_id = dict(self.read), self.known_object_id
        self.is_created = self.is_refused = False
        self.before, self.after = {}, {}


def refuse_end(a: Arrival, column: str, start, end) -> tuple:
    """The refusal of a row that would make what is known end before it starts."""
    message = f"With what is known already it would end on {end}, before it starts on {start}."
    return (a, column, str(end), "ends_before_start", message)


class Intake:
    """Judges the rows of one run in batches.

    A row is known by (source, kind, key). One that is equal, under an equal mapping, to what the key last brought
    stops at its hash; it was good then and is good now. The first good row of a key counts, later ones are refused.
    """

    def __init__(self, kind: TableKind, source: Source, mapping: Mapping):
        self.kind, self.source = kind, source
        self.came = 0
        self.reader = BatchReader(kind, mapping)
        self._hasher = RowHasher(mapping)
        self.seen: set[str] = set()  # keys of good rows
        self.unchanged: list[int] = []  # ids of the records that came again as they are
        self.refused_known: set[str] = set()  # keys that came but could not be taken are not gone

    def judge(self, batch: list[Row], refuse: Callable, *, forgives_repeats: bool = False) -> list[Arrival]:
        """The arrivals of a batch; `refuse(number, raw, errors)` is told of each bad row, in order.

        Rows that repeat a key are left out without a word where that is forgiven.
        """
        self.came += len(batch)
        good = [(number, raw) for number, raw, wrong in batch if not wrong]
        hashes = [self._hasher.hash(raw) for _, raw in good]
        rows = self.reader.translate([raw for _, raw in good])
        keys = self._read_keys(rows)
        known = {
            key: rest for key, *rest in find_rows(KNOWN, list(dict.fromkeys(keys)), self.source.pk, self.kind.name)
        }
        nothing = (None, None, None)
        fresh = [n for n, key in enumerate(keys) if known.get(key, nothing)[2] != hashes[n]]
        values, errors = self.reader.read([rows[n] for n in fresh])
        read = {n: (values[place], errors.get(place)) for place, n in enumerate(fresh)}
        arrivals, place = [], -1
        for number, raw, wrong in batch:
            if wrong:
                refuse(number, raw, [("", "", *wrong)])
                continue
            place += 1
            key = keys[place]
            record_id, object_id, _ = known.get(key, nothing)
            found, wrongs = read.get(place, (None, None))
            if not hashes[place]:
                wrongs = [_name_bad_text(raw)]
            if not wrongs and key in self.seen:
                if forgives_repeats:
                    self.came -= 1
                    continue
                text = "An earlier row of this file has the same key. Keep one of them."
                wrongs = [(self.kind.key[-1], key, "duplicate_row", text)]
            if wrongs:
                if record_id:
                    self.refused_known.add(key)
                refuse(number, raw, wrongs)
                continue
            self.seen.add(key)
            if found is None:
                self.unchanged.append(record_id)
                continue
            arrivals.append(Arrival(number, raw, key, hashes[place], found, record_id, object_id, record_id is None))
        return arrivals

    def _read_keys(self, rows: list[dict]) -> list[str]:
        """Each row's identity: its key columns as read, so that ` a` and `a` are one."""
        parts = [self._read_key(self.kind.by_name[name], rows) for name in self.kind.key]
        return (
            [key[:200] for key in parts[0]]
            if len(parts) == 1
            else ["|".join(key)[:200] for key in zip(*parts, strict=True)]
        )

    def _read_key(self, column: Column, rows: list[dict]) -> list[str]:
        texts = [row.get(column.name, "") for row in rows]
        values = self.reader.read_column(column, texts, _Unheard())
        found = [
            str(value) if value is not LEAVE and value else text.strip() or column.default
            for value, text in zip(values, texts, strict=True)
        ]
        return [self._own_key(key) for key in found] if column.type == "reference" else found

    def _own_key(self, reference: str) -> str:
        other, key = name_target(reference, self.source.name)
        return key if other == self.source.name else reference


def name_target(reference: str, source: str) -> tuple[str, str]:
    """(source, key) of a reference: the same source unless it says `other_source:key`."""
    other, colon, key = reference.partition(":")
    return (other, key) if colon and other and key and len(other) <= 60 else (source, reference)


class _Unheard(dict):
    """Errors that nobody asks for: the whole row is judged elsewhere."""

    def __missing__(self, place):
        return []


class RowHasher:
    """A keyed hash of the plain row and its mapping: equal rows under an equal mapping stop here."""

    def __init__(self, mapping: Mapping):
        self._mapping = json.dumps(asdict(mapping), sort_keys=True)
        self._forms: dict[tuple, tuple] = {}  # by the names of the row: what picks its cells in order, and the key

    def hash(self, raw: dict[str, str]) -> str:
        """Empty when a cell holds what no database takes as text."""
        names = tuple(raw)
        form = self._forms.get(names) or self._forms.setdefault(names, self._form(names))
        pick, key = form
        text = "\0".join(pick(raw))
        try:
            if not key or text.count("\0") != max(len(names) - 1, 0):
                return ""
            return hmac.digest(key, text.encode(), "sha256").hex()
        except UnicodeEncodeError:
            return ""

    def _form(self, names: tuple) -> tuple:
        ordered = sorted(names)
        pick = itemgetter(*ordered) if len(ordered) > 1 else lambda raw: list(raw.values())
        try:
            text = json.dumps([ordered, self._mapping], ensure_ascii=False).encode()
        except UnicodeEncodeError:
            return pick, b""
        return pick, b"" if any("\0" in n for n in names) else hmac.digest(settings.FIELD_KEY.encode(), text, "sha256")


def _name_bad_text(raw: dict) -> tuple[str, str, str, str]:
    for name, text in raw.items():
        if "\0" in name + text or _has_surrogates(name + text):
            return clean(name), "", "bad_text", "The cell holds a NUL or half a character. Remove it."
    raise AssertionError("a row without bad text has a hash")


def _has_surrogates(text: str) -> bool:
    return any("\ud800" <= c <= "\udfff" for c in text)


def clean(text: str) -> str:
    """Text as any database takes it, with visible marks for what it does not take."""
    return text.encode("utf-8", "replace").decode().replace("\0", "\\0")
