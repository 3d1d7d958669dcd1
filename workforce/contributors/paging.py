"""Pages of the registry by keyset: a page costs the same wherever one stands, and nothing is skipped or repeated."""

import base64
import json
from dataclasses import dataclass
from datetime import date

from django.db.models import BooleanField, F, Func, Value
from django.db.models.functions import Coalesce

from workforce.contributors.models import FAR

PAGE = 50
MOST = 10_000  # what is counted exactly; more is "10,000+"
LONGEST_POSITION = 800
LARGEST_ID = 2**63 - 1


def _day(name: str):
    """An open day stands after every other."""
    return Coalesce(name, Value(FAR))


# What a list is sorted by, each backed by an index of the model; the id decides between equals.
SORTS = {
    "name": (F("name"),),
    "kind": (F("kind"), F("name")),
    "status": (F("status"), F("name")),
    "start_date": (_day("start_date"),),
    "end_date": (_day("end_date"),),
}
DAYS = ("start_date", "end_date")


class RowCompare(Func):
    """`(a, b, id) > (x, y, z)`: the row comparison that one index range answers."""

    output_field = BooleanField()

    def __init__(self, keys, sign: str, values):
        super().__init__(*keys, *(Value(value) for value in values))
        self.sign, self.width = sign, len(keys)

    def as_sql(self, compiler, connection, **_):
        parts = [compiler.compile(source) for source in self.source_expressions]
        left = ", ".join(sql for sql, _ in parts[: self.width])
        right = ", ".join(sql for sql, _ in parts[self.width :])
        return f"(({left}) {self.sign} ({right}))", [param for _, params in parts for param in params]


@dataclass
class Page:
    """Rows with the positions of the pages around them; None where there is none."""

    rows: list[dict]
    before: str | None = None
    after: str | None = None


def read_page(found, *, sort: str, fields, after: str = "", before: str = "", size: int = PAGE) -> Page:
    """The rows after a position, or those before it; `before=end` is the last page. `-` turns the sort round."""
    name = sort.removeprefix("-") if sort.removeprefix("-") in SORTS else "name"
    keys = (*SORTS[name], F("pk"))
    is_backwards = bool(before)
    position = read_position(before or after, name)
    is_falling = sort.startswith("-") is not is_backwards
    if position:
        found = found.filter(RowCompare(keys, "<" if is_falling else ">", position))
    order = [key.desc() if is_falling else key.asc() for key in keys]
    marks = {f"key_{place}": key for place, key in enumerate(keys)}
    rows = list(found.order_by(*order).values(*fields, **marks)[: size + 1])
    has_more = len(rows) > size
    rows = rows[:size][::-1] if is_backwards else rows[:size]
    positions = [write_position([row.pop(mark) for mark in marks]) for row in rows]
    if not rows:
        return Page([])
    has_before, has_after = (has_more, bool(position)) if is_backwards else (bool(position), has_more)
    return Page(rows, positions[0] if has_before else None, positions[-1] if has_after else None)


def write_position(values: list) -> str:
    text = json.dumps(values, default=str, ensure_ascii=False, separators=(",", ":"))
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def read_position(text: str, name: str) -> list | None:
    """The values of a position of this sort; None for one that is not ours, so that the list begins anew."""
    if not text or len(text) > LONGEST_POSITION:
        return None
    try:
        *keys, pk = json.loads(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))
        if len(keys) != len(SORTS[name]) or type(pk) is not int or not 0 <= pk <= LARGEST_ID:
            return None
        if not all(isinstance(key, str) and "\x00" not in key for key in keys):
            return None
        for key in keys:
            key.encode()
        return [*(date.fromisoformat(key) for key in keys), pk] if name in DAYS else [*keys, pk]
    except (ValueError, TypeError):
        return None


def count_up_to(found, most: int = MOST) -> int:
    """The number of rows, at most one more than `most`."""
    return found.order_by()[: most + 1].count()


def say_count(number: int, most: int = MOST) -> str:
    return f"{most:,}+" if number > most else f"{number:,}"
