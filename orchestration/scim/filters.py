"""A SCIM filter as SQL over the folded resources, the same on both databases; the library's own is the reference.

Each condition is true or false, never unknown, so that `not` means what it says.
"""

from dataclasses import dataclass
from datetime import datetime

from django.db import connection, models
from django.db.models.expressions import RawSQL
from scim2_models import Extension, InvalidFilterException, Path, Resource, ScimFilter
from scim2_models.path import (
    ORDERING_OPERATORS,
    AttributeBinding,
    CompareOperator,
    Comparison,
    FilterVisitor,
    LogicalOperator,
    Not,
    Present,
    ValuePath,
    coerce_value,
)

from orchestration.scim.models import ScimUser

Sql = tuple[str, list]
FALSE: Sql = ("1 = 0", [])
SYMBOLS = {"gt": ">", "ge": ">=", "lt": "<", "le": "<="}
# Columns of their own, with an index and never null; compared bare, so that the index serves.
COLUMNS = {"id": "scim_id", "external_id": "external_id", "user_name": "user_name_key"}


@dataclass(frozen=True)
class Rows:
    """The values of a multi-valued attribute as rows: a FROM clause, and the SQL of a sub-attribute of one row."""

    table: str
    condition: str
    cells: dict[str, str] | None  # by sub-attribute; None for entries in JSON
    alias: str = "entry"


def compile_filter(text: str, model: type[Resource], table: type[models.Model], *, strict: bool = True) -> RawSQL:
    """The condition on `table`; raises InvalidFilterException, for an unknown attribute only if `strict`."""
    bound = ScimFilter[model](text)
    sql, params = _Compiler(bound, table, strict=strict).visit(bound.ast)
    return RawSQL(sql, params, output_field=models.BooleanField())  # noqa: S611 - values are parameters


def compile_sort(path: Path, model: type[Resource], table: type[models.Model]) -> RawSQL | None:
    """What `sortBy` orders by: of several values the primary one, else the first; None where a type lacks it."""
    binding = path.resolve(model)
    if binding is None:
        return None
    if binding.is_multivalued:
        rows = _rows_of(binding, table)
        cell = _cell(rows, binding.sub_field_name or _value_of(binding))
        sql = f"(SELECT {cell} FROM {rows.table} WHERE {rows.condition} ORDER BY {_first_of(rows)} LIMIT 1)"
        return RawSQL(_by_code_point(sql), [], output_field=models.TextField())  # noqa: S611
    sql, is_instant = _scalar(binding, table)
    field = models.DateTimeField() if is_instant else models.TextField()
    return RawSQL(sql if is_instant else _by_code_point(sql), [], output_field=field)  # noqa: S611


def _on_postgresql() -> bool:
    return connection.vendor == "postgresql"


def _by_code_point(sql: str) -> str:
    return f'({sql}) COLLATE "C"' if _on_postgresql() else sql


def _alias(model, field: str) -> str:
    return model.model_fields[field].serialization_alias or field


def _column(table: type[models.Model], name: str) -> str:
    return f'"{table._meta.db_table}"."{name}"'


def _json_path(binding: AttributeBinding) -> list[str]:
    """The keys down to a single-valued attribute; of schemas alone, never of a request."""
    is_extension = issubclass(binding.model, Extension)
    keys = [str(binding.model.__schema__)] if is_extension else []
    keys.append(_alias(binding.model, binding.field_name))
    if binding.sub_field_name:
        keys.append(_alias(binding.field_type, binding.sub_field_name))
    return keys


def _json_text(table: type[models.Model], keys: list[str]) -> str:
    column = _column(table, "folded")
    quoted = [f'"{key}"' for key in keys]
    if _on_postgresql():
        return f"({column} #>> '{{{','.join(quoted)}}}')"
    return f"JSON_EXTRACT({column}, '$.{'.'.join(quoted)}')"


def _scalar(binding: AttributeBinding, table: type[models.Model]) -> tuple[str, bool]:
    """SQL of a single-valued attribute, and whether it is an instant."""
    if binding.field_name == "meta":
        return _meta(binding, table)
    if binding.field_name in COLUMNS:
        return f"NULLIF({_column(table, COLUMNS[binding.field_name])}, '')", False
    return _json_text(table, _json_path(binding)), False


def _meta(binding: AttributeBinding, table: type[models.Model]) -> tuple[str, bool]:
    instants = {"created": "created_at", "last_modified": "modified_at"}
    if binding.sub_field_name in instants:
        return _column(table, instants[binding.sub_field_name]), True
    if binding.sub_field_name == "resource_type":
        return ("'User'" if table is ScimUser else "'Group'"), False
    if binding.sub_field_name == "version":
        return f"('W/\"' || CAST({_column(table, 'version')} AS TEXT) || '\"')", False
    raise InvalidFilterException(detail=f"{binding.urn} cannot be filtered or sorted by.")


def _rows_of(binding: AttributeBinding, table: type[models.Model]) -> Rows:
    own = _column(table, "scim_id" if table is ScimUser else "id")
    if binding.field_name == "groups":
        source = "scim_scimmember m JOIN scim_scimgroup g ON g.id = m.group_id"
        cells = {"value": "g.scim_id", "display": "(g.folded ->> 'displayName')", "type": "'direct'"}
        return Rows(source, f"m.value = {own}", cells)
    if binding.field_name == "members":
        cells = {"value": "m.value", "display": "LOWER(NULLIF(m.display, ''))", "type": "LOWER(NULLIF(m.type, ''))"}
        return Rows("scim_scimmember m", f"m.group_id = {own}", cells)
    column, key = _column(table, "folded"), _alias(binding.model, binding.field_name)
    if _on_postgresql():
        at = f"{column} -> '{key}'"
        listed = f"CASE WHEN JSONB_TYPEOF({at}) = 'array' THEN {at} ELSE '[]'::jsonb END"
        return Rows(f"JSONB_ARRAY_ELEMENTS({listed}) WITH ORDINALITY AS entry(value, place)", "1 = 1", None)
    return Rows(f"JSON_EACH({column}, '$.\"{key}\"') AS entry", "1 = 1", None)


def _first_of(rows: Rows) -> str:
    if rows.cells is not None:
        return "m.id"
    if _on_postgresql():
        return "COALESCE(entry.value ->> 'primary', 'false') DESC, entry.place"
    return "COALESCE(JSON_EXTRACT(entry.value, '$.primary'), 0) DESC, entry.key"


def _value_of(binding: AttributeBinding) -> str | None:
    """`emails` alone stands for `emails.value`; entries that are plain texts have no sub-attribute."""
    fields = getattr(binding.field_type, "model_fields", None)
    return "value" if fields and "value" in fields else None


def _cell(rows: Rows, field: str | None, alias: str | None = None) -> str:
    if rows.cells is not None:
        if field not in rows.cells:
            raise InvalidFilterException(detail=f"{field} cannot be filtered or sorted by.")
        return rows.cells[field]
    if field is None:
        return "(entry.value #>> '{}')" if _on_postgresql() else "entry.value"
    name = alias or field
    return f"(entry.value ->> '{name}')" if _on_postgresql() else f"JSON_EXTRACT(entry.value, '$.\"{name}\"')"


class _Compiler(FilterVisitor[Sql]):
    def __init__(self, bound: ScimFilter, table: type[models.Model], *, strict: bool):
        self.bound, self.table, self.strict = bound, table, strict

    def visit_logical_expr(self, node) -> Sql:
        word = " AND " if node.op == LogicalOperator.and_ else " OR "
        parts = [self.visit(term) for term in node.terms]
        return "(" + word.join(sql for sql, _ in parts) + ")", [value for _, params in parts for value in params]

    def visit_not(self, node: Not) -> Sql:
        sql, params = self.visit(node.expr)
        return f"NOT ({sql})", params

    def visit_comparison(self, node: Comparison) -> Sql:
        binding = self.bound.resolve_comparison(node.attr_path, strict=self.strict)
        if binding is None:
            return FALSE
        if not binding.is_multivalued:
            if binding.field_name in COLUMNS and node.op in ("eq", "ne") and isinstance(node.value, str) and node.value:
                same = f"{_column(self.table, COLUMNS[binding.field_name])} = %s"
                value = binding.comparable(coerce_value(binding, node.value, node.op))
                return (f"NOT ({same})" if node.op == "ne" else same), [value]
            sql, is_instant = _scalar(binding, self.table)
            return compare(sql, node, binding, is_instant=is_instant)
        rows = _rows_of(binding, self.table)
        cell = _entry_cell(rows, binding)
        # "Not equal" of several values: none of them equals.
        positive = Comparison(node.attr_path, CompareOperator.eq, node.value) if node.op == "ne" else node
        sql, params = compare(cell, positive, binding)
        found = f"EXISTS (SELECT 1 FROM {rows.table} WHERE {rows.condition} AND {sql})"
        if node.value is None:
            found = f"NOT EXISTS (SELECT 1 FROM {rows.table} WHERE {rows.condition} AND {cell} IS NOT NULL)"
            params = []
        return (f"NOT {found}" if node.op == "ne" else found), params

    def visit_present(self, node: Present) -> Sql:
        binding = self.bound.resolve(node.attr_path, strict=self.strict)
        if binding is None:
            return FALSE
        if binding.is_multivalued:
            rows = _rows_of(binding, self.table)
            whole = rows.cells["value"] if rows.cells else _cell(rows, None)
            there = _is_there(_entry_cell(rows, binding) if binding.sub_field_name else whole)
            return f"EXISTS (SELECT 1 FROM {rows.table} WHERE {rows.condition} AND {there})", []
        if binding.field_name == "meta" and not binding.sub_field_name:
            return "1 = 1", []
        sql, is_instant = _scalar(binding, self.table)
        return (f"{sql} IS NOT NULL" if is_instant else _is_there(sql)), []

    def visit_value_path(self, node: ValuePath) -> Sql:
        binding = self.bound.resolve(node.attr_path, strict=self.strict)
        if binding is None:
            return FALSE
        rows = _rows_of(binding, self.table)
        sql, params = _EntryCompiler(rows, binding).visit(node.val_filter)
        return f"EXISTS (SELECT 1 FROM {rows.table} WHERE {rows.condition} AND {sql})", params


class _EntryCompiler(_Compiler):
    """Inside the brackets of `emails[...]`: conditions on one entry."""

    def __init__(self, rows: Rows, head: AttributeBinding):
        self.rows, self.head = rows, head

    def _bind(self, attr_path) -> AttributeBinding:
        found = Path(str(attr_path)).resolve(self.head.field_type)
        if found is None:
            raise InvalidFilterException(detail=f"{self.head.urn} has no sub-attribute {attr_path}.")
        return found

    def visit_comparison(self, node: Comparison) -> Sql:
        if _value_of(self.head) is None and not hasattr(self.head.field_type, "model_fields"):
            return compare(_cell(self.rows, None), node, self.head)
        binding = self._bind(node.attr_path)
        cell = _cell(self.rows, binding.field_name, _alias(self.head.field_type, binding.field_name))
        return compare(cell, node, binding)

    def visit_present(self, node: Present) -> Sql:
        if not hasattr(self.head.field_type, "model_fields"):
            return _is_there(_cell(self.rows, None)), []
        binding = self._bind(node.attr_path)
        return _is_there(_cell(self.rows, binding.field_name, _alias(self.head.field_type, binding.field_name))), []

    def visit_value_path(self, node: ValuePath) -> Sql:
        raise InvalidFilterException(detail="A value selection cannot stand inside another.")


def _entry_cell(rows: Rows, binding: AttributeBinding) -> str:
    if not binding.sub_field_name:
        return _cell(rows, None)
    return _cell(rows, binding.sub_field_name, _alias(binding.field_type, binding.sub_field_name))


def _is_there(sql: str) -> str:
    return f"COALESCE(CAST({sql} AS TEXT) <> '', 1 = 0)"


def compare(sql: str, node: Comparison, binding: AttributeBinding, *, is_instant: bool = False) -> Sql:
    """One comparison; an absent value equals only null."""
    op, value = node.op, coerce_value(binding, node.value, node.op)
    if value is None:
        return (f"{sql} IS NULL" if op == CompareOperator.eq else f"{sql} IS NOT NULL"), []
    if isinstance(value, bool):
        sql = f"CAST({sql} AS BOOLEAN)" if _on_postgresql() else sql
        return _equal(sql, op, value)
    if isinstance(value, datetime) or is_instant:
        value = connection.ops.adapt_datetimefield_value(value)
    elif isinstance(value, str):
        value = binding.comparable(value)
    else:  # no attribute of ours is a number
        raise InvalidFilterException(detail=f"{binding.urn} is compared with a text in quotes, not with {value}.")
    if op in (CompareOperator.eq, CompareOperator.ne):
        return _equal(sql, op, value)
    if op in ORDERING_OPERATORS:
        ordered = sql if is_instant else _by_code_point(sql)
        return f"COALESCE({ordered} {SYMBOLS[op]} %s, 1 = 0)", [value]
    return _search(sql, op, value)


def _equal(sql: str, op: CompareOperator, value) -> Sql:
    same = f"COALESCE({sql} = %s, 1 = 0)"
    return (f"NOT {same}" if op == CompareOperator.ne else same), [value]


def _search(sql: str, op: CompareOperator, value: str) -> Sql:
    if not value:
        return f"{sql} IS NOT NULL", []
    if op == CompareOperator.co:
        find = "STRPOS" if _on_postgresql() else "INSTR"
        return f"COALESCE({find}({sql}, %s) > 0, 1 = 0)", [value]
    size = len(value)
    part = f"SUBSTR({sql}, 1, {size})"
    if op == CompareOperator.ew:
        part = f"SUBSTR({sql}, LENGTH({sql}) - {size - 1})"
    guard = f"LENGTH({sql}) >= {size}"
    return f"COALESCE({guard} AND {part} = %s, 1 = 0)", [value]
