"""Writing sets of rows: COPY on PostgreSQL, executemany on SQLite, the same SQL from there."""

import csv
import io
import json

from django.db import connection, models
from django.db.models.expressions import RawSQL

BATCH = 10_000
NULL = "\x01"  # no text that passes validation holds it


def reserve_ids(model: type[models.Model], count: int) -> list[int]:
    """Ids that no other row of the model has or will get."""
    table, column = model._meta.db_table, model._meta.pk.column
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute(
                "SELECT nextval(pg_get_serial_sequence(%s, %s)) FROM generate_series(1, %s)", [table, column, count]
            )
            return [row[0] for row in cursor.fetchall()]
        # Writers follow one another on SQLite, so nobody takes these in between.
        cursor.execute(f'SELECT COALESCE(MAX("{column}"), 0) FROM "{table}"')
        last = cursor.fetchone()[0]
        cursor.execute("SELECT COALESCE(MAX(seq), 0) FROM sqlite_sequence WHERE name = %s", [table])
        first = max(last, cursor.fetchone()[0]) + 1
        return list(range(first, first + count))


def insert_rows(model: type[models.Model], names: list[str], columns: list[list]) -> None:
    """New rows of a model; `columns` holds for each of the attribute names the values of all rows."""
    fields = [model._meta.get_field(name) for name in names]
    _fill(model._meta.db_table, [field.column for field in fields], _as_stored(fields, columns))


def update_rows(
    model: type[models.Model], names: list[str], ids: list[int], masks: list[int], columns: list[list]
) -> None:
    """Changes rows by id; of each row only the attributes whose bit (the first name is 1) its mask sets."""
    fields = [model._meta.get_field(name) for name in names]
    table, key = model._meta.db_table, model._meta.pk.column
    listed = ", ".join(f'"{field.column}"' for field in fields)
    changes = ", ".join(
        f'"{f.column}" = CASE WHEN came.mask & {1 << bit} <> 0 THEN came."{f.column}" ELSE "{table}"."{f.column}" END'
        for bit, f in enumerate(fields)
    )
    with connection.cursor() as cursor:
        cursor.execute(
            f'CREATE TEMP TABLE came AS SELECT "{key}" AS row_id, "{key}" AS mask, {listed} FROM "{table}" WHERE 1 = 0'
        )
        _fill("came", ["row_id", "mask", *(f.column for f in fields)], [ids, masks, *_as_stored(fields, columns)])
        cursor.execute(f'UPDATE "{table}" SET {changes} FROM came WHERE "{table}"."{key}" = came.row_id')
        cursor.execute("DROP TABLE came")


def find_rows(sql: str, keys: list, *arguments) -> list[tuple]:
    """Rows of a SELECT whose `{keys}` stands for the given texts or numbers, however many."""
    found = []
    inside = "= ANY(%s)" if connection.vendor == "postgresql" else "IN (SELECT value FROM json_each(%s))"
    with connection.cursor() as cursor:
        for start in range(0, len(keys), BATCH):
            part = keys[start : start + BATCH]
            cursor.execute(sql.replace("{keys}", inside), [*arguments, _as_set(part)])
            found += cursor.fetchall()
    return found


def change_rows(sql: str, keys: list, *arguments) -> None:
    """An UPDATE or DELETE whose `{keys}` stands for the given texts or numbers."""
    inside = "= ANY(%s)" if connection.vendor == "postgresql" else "IN (SELECT value FROM json_each(%s))"
    with connection.cursor() as cursor:
        for start in range(0, len(keys), BATCH):
            cursor.execute(sql.replace("{keys}", inside), [*arguments, _as_set(keys[start : start + BATCH])])


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
    ops = connection.ops
    stored = []
    for field, values in zip(fields, columns, strict=True):
        if isinstance(field, models.DateTimeField):
            values = [value and ops.adapt_datetimefield_value(value) for value in values]
        elif isinstance(field, models.DateField):
            values = [value and ops.adapt_datefield_value(value) for value in values]
        elif isinstance(field, models.DecimalField):
            values = [
                None if v is None else ops.adapt_decimalfield_value(v, field.max_digits, field.decimal_places)
                for v in values
            ]
        stored.append(values)
    return stored


def _fill(table: str, names: list[str], columns: list[list]) -> None:
    listed = ", ".join(f'"{name}"' for name in names)
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            marks = ", ".join(["%s"] * len(names))
            cursor.executemany(f'INSERT INTO "{table}" ({listed}) VALUES ({marks})', zip(*columns, strict=True))
            return
        for start in range(0, len(columns[0]) if columns else 0, BATCH):
            part = [_without_none(values[start : start + BATCH]) for values in columns]
            text = io.StringIO()
            csv.writer(text).writerows(zip(*part, strict=True))
            text.seek(0)
            cursor.copy_expert(f"COPY \"{table}\" ({listed}) FROM STDIN WITH (FORMAT csv, NULL '{NULL}')", text)


def _without_none(values: list) -> list:
    return [NULL if value is None else value for value in values] if None in values else values
