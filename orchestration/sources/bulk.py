"""Writing sets of rows: COPY on PostgreSQL, executemany on SQLite, the same SQL from there."""

import json
from collections.abc import Callable, Iterator

from django.db import connection, models
from django.db.models.expressions import RawSQL

from orchestration.sources.seal import to_json
from workforce.ledger.models import Event

BATCH = 10_000
PART = 2_000  # rows made while the database writes those before
ESCAPES = str.maketrans({"\\": r"\\", "\t": r"\t", "\n": r"\n", "\r": r"\r"})


def reserve_ids(model: type[models.Model], count: int) -> list[int]:
    """Ids that no other row of the model has or will get."""
    if not count:
        return []
    table, column = model._meta.db_table, model._meta.pk.column
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute(
                "SELECT nextval(pg_get_serial_sequence(%s, %s)) FROM generate_series(1, %s)", [table, column, count]
            )
            return [row[0] for row in cursor.fetchall()]
        # Writers follow one another on SQLite, so nobody draws in between; the next one is told.
        cursor.execute(f'SELECT COALESCE(MAX("{column}"), 0) FROM "{table}"')
        last = cursor.fetchone()[0]
        cursor.execute("SELECT COALESCE(MAX(seq), 0) FROM sqlite_sequence WHERE name = %s", [table])
        first = max(last, cursor.fetchone()[0]) + 1
        cursor.execute("DELETE FROM sqlite_sequence WHERE name = %s", [table])
        cursor.execute("INSERT INTO sqlite_sequence (name, seq) VALUES (%s, %s)", [table, first + count - 1])
        return list(range(first, first + count))


def insert_rows(model: type[models.Model], names: list[str], items: list, columns_of: Callable) -> None:
    """New rows of a model, one for each item.

    `columns_of` gives for some of the items the values of each named attribute; it works on the next ones while
    PostgreSQL still writes the last.
    """
    if not items:
        return
    fields = [model._meta.get_field(name) for name in names]
    parts = (_as_stored(fields, columns_of(part)) for part in slices(items, PART))
    _fill(model._meta.db_table, [field.column for field in fields], parts)


def update_rows(model: type[models.Model], names: list[str], items: list, columns_of: Callable) -> None:
    """Changes rows by id; of each row only the attributes whose bit (the first name is 1) its mask sets.

    `columns_of` gives for some of the items the ids, the masks and the values of each named attribute.
    """
    fields = [model._meta.get_field(name) for name in names]
    table, key = model._meta.db_table, model._meta.pk.column
    listed = ", ".join(f'"{field.column}"' for field in fields)
    changes = ", ".join(
        f'"{f.column}" = CASE WHEN came.mask & {1 << bit} <> 0 THEN came."{f.column}" ELSE "{table}"."{f.column}" END'
        for bit, f in enumerate(fields)
    )

    def stored(part: list) -> list[list]:
        ids, masks, *columns = columns_of(part)
        return [ids, masks, *_as_stored(fields, columns)]

    with connection.cursor() as cursor:
        cursor.execute(
            f'CREATE TEMP TABLE came AS SELECT "{key}" AS row_id, "{key}" AS mask, {listed} FROM "{table}" WHERE 1 = 0'
        )
        _fill("came", ["row_id", "mask", *(f.column for f in fields)], (stored(part) for part in slices(items, PART)))
        cursor.execute(f'UPDATE "{table}" SET {changes} FROM came WHERE "{table}"."{key}" = came.row_id')
        cursor.execute("DROP TABLE came")


def insert_events(events: list[Event]) -> None:
    """Events as build_event makes them."""
    told = ["before", "after"]
    names = [f.attname for f in Event._meta.concrete_fields if not (f.primary_key or f.generated or f.has_db_default())]

    def columns_of(part: list[Event]) -> list[list]:
        cells = [[getattr(event, name) for event in part] for name in names]
        return [[to_json(v) for v in values] if n in told else values for n, values in zip(names, cells, strict=True)]

    insert_rows(Event, names, events, columns_of)


def slices(items: list, size: int) -> Iterator[list]:
    return (items[start : start + size] for start in range(0, len(items), size))


def find_rows(sql: str, keys: list, *arguments) -> list[tuple]:
    """Rows of a SELECT whose `{keys}` stands for the given texts or numbers, however many."""
    found = []
    inside = "= ANY(%s)" if connection.vendor == "postgresql" else "IN (SELECT value FROM json_each(%s))"
    with connection.cursor() as cursor:
        for part in slices(keys, BATCH):
            cursor.execute(sql.replace("{keys}", inside), [*arguments, _as_set(part)])
            found += cursor.fetchall()
    return found


def change_rows(sql: str, keys: list, *arguments) -> None:
    """An UPDATE or DELETE whose `{keys}` stands for the given texts or numbers."""
    inside = "= ANY(%s)" if connection.vendor == "postgresql" else "IN (SELECT value FROM json_each(%s))"
    with connection.cursor() as cursor:
        for part in slices(keys, BATCH):
            cursor.execute(sql.replace("{keys}", inside), [*arguments, _as_set(part)])


def among(keys: list) -> RawSQL | list:
    """What stands behind `__in=` for any number of texts, numbers or days."""
    if not keys:
        return []
    inside = "SELECT unnest(%s)" if connection.vendor == "postgresql" else "SELECT value FROM json_each(%s)"
    return RawSQL(inside, [_as_set(keys)])  # noqa: S611 - constant text, keys as a parameter


def _as_set(values: list):
    return values if connection.vendor == "postgresql" else json.dumps(values, default=str)


def _as_stored(fields: list[models.Field], columns: list[list]) -> list[list]:
    """The values as the database takes them; JSON and encrypted texts come ready as text."""
    return [_store_as(field, values) for field, values in zip(fields, columns, strict=True)]


def _store_as(field: models.Field, values: list) -> list:
    ops, first = connection.ops, next((value for value in values if value is not None), None)
    if first is None:
        return values
    if isinstance(field, models.DateTimeField):
        texts = {value: str(ops.adapt_datetimefield_value(value)) for value in set(values) - {None}}
    elif isinstance(field, models.DateField):
        texts = {value: value.isoformat() for value in set(values) - {None}}
    elif isinstance(field, models.DecimalField):
        texts = {value: f"{value:.{field.decimal_places}f}" for value in set(values) - {None}}
    else:
        return values
    return [texts.get(value) for value in values]


def _fill(table: str, names: list[str], parts: Iterator[list[list]]) -> None:
    listed = ", ".join(f'"{name}"' for name in names)
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            marks = ", ".join(["%s"] * len(names))
            rows = (row for part in parts for row in zip(*part, strict=True))
            cursor.executemany(f'INSERT INTO "{table}" ({listed}) VALUES ({marks})', rows)
        else:
            with connection.wrap_database_errors:
                cursor.copy_expert(f'COPY "{table}" ({listed}) FROM STDIN', _Copied(parts))


class _Copied:
    """Parts of columns as the text form of COPY, read one part at a time."""

    def __init__(self, parts: Iterator[list[list]]):
        self._parts = parts

    def read(self, size: int) -> bytes:
        part = next(self._parts, None)
        if part is None:
            return b""
        rows = map("\t".join, zip(*map(_as_copied, part), strict=True))
        return ("\n".join(rows) + "\n").encode()


def _as_copied(values: list) -> list[str]:
    """The values in the text form of COPY: `\\N` for nothing, and marks for what would end a cell."""
    types = set(map(type, values))
    if types == {str}:
        joined = "".join(values)
        is_plain = joined.isprintable() and "\\" not in joined
        return values if is_plain else [value.translate(ESCAPES) for value in values]
    if str not in types:
        return [r"\N" if value is None else str(value) for value in values]
    return [r"\N" if value is None else str(value).translate(ESCAPES) for value in values]
