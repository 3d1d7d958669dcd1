"""The query language: names a set of contributors, everywhere; `and` binds before `or`, parentheses before both."""

import difflib
import threading
from datetime import date
from decimal import Decimal

import ply.yacc as yacc
from django.db.models import Q
from django.utils import timezone
from djangoql.ast import Expression, List, Logical, Name
from djangoql.exceptions import DjangoQLError
from djangoql.parser import DjangoQLParser

from workforce.contributors.query_fields import FIELDS, LARGEST_NUMBER, Field

MAX_LENGTH = 2000
MAX_DEPTH = 25
NEGATED = {"!=": "=", "!~": "~", "not in": "in", "not startswith": "startswith", "not endswith": "endswith"}


class QueryError(ValueError):
    """Why a query was refused, where (from 1), and what was probably meant."""

    def __init__(self, message: str, *, line: int = 1, column: int = 1, suggestion: str = ""):
        super().__init__(message)
        self.message, self.line, self.column, self.suggestion = message, line, column, suggestion

    def __str__(self):
        hint = f" Did you mean {self.suggestion}?" if self.suggestion else ""
        return f"Line {self.line}, column {self.column}: {self.message}{hint}"


class QueryParser(DjangoQLParser):
    """DjangoQL's grammar with the usual precedence, keeping where each name stands."""

    precedence = (("left", "OR"), ("left", "AND"))
    p_logical = None

    def p_expression_logical(self, p):
        """
        expression : expression OR expression
                   | expression AND expression
        """
        p[0] = Expression(left=p[1], operator=Logical(p[2]), right=p[3])

    def p_name(self, p):
        """
        name : NAME
        """
        p[0] = Name(parts=p[1].split("."))
        p[0].line, p[0].position = p.lineno(1), p.lexpos(1)


_parser = QueryParser(errorlog=yacc.NullLogger())
_parser_lock = threading.Lock()


def apply_query(queryset, text: str, *, today: date | None = None):
    """The contributors of the queryset that the text names as of the day; QueryError says what is wrong with it."""
    if not text.strip():
        return queryset
    return queryset.filter(compile_query(text, today=today))


def compile_query(text: str, *, today: date | None = None) -> Q:
    """The condition in Django's terms."""
    return build_condition(parse(text), text=text, day=today or timezone.now().date(), depth=0)


def parse(text: str) -> Expression:
    if len(text) > MAX_LENGTH:
        raise QueryError(f"The query has {len(text)} characters; the most is {MAX_LENGTH}. Split it.")
    try:
        with _parser_lock:
            return _parser.parse(text)
    except DjangoQLError as error:
        message = str(error.args[0]) if error.args else "This cannot be read"
        if error.line is None:
            lines = text.splitlines()
            raise QueryError(
                f"{message}: something is missing after this.", line=len(lines), column=len(lines[-1]) + 1
            ) from error
        raise QueryError(f"{message}.", line=error.line, column=error.column or 1) from error
    except (UnicodeDecodeError, RecursionError) as error:
        raise QueryError("The query cannot be read: it is nested too deep or has a broken escape.") from error


def build_condition(node: Expression, *, text: str, day: date, depth: int) -> Q:
    """Chains of one connective are walked flat, so that only real nesting counts as depth."""
    if depth > MAX_DEPTH:
        raise QueryError(f"The query is nested more than {MAX_DEPTH} deep. Use `in (...)` or fewer parentheses.")
    if not isinstance(node.operator, Logical):
        return build_comparison(node, text=text, day=day)
    connector = node.operator.operator
    parts = [build_condition(part, text=text, day=day, depth=depth + 1) for part in flatten(node, connector)]
    return Q(*parts, _connector=Q.OR if connector == "or" else Q.AND)


def flatten(node: Expression, connector: str) -> list[Expression]:
    parts, stack = [], [node]
    while stack:
        current = stack.pop()
        if isinstance(current.operator, Logical) and current.operator.operator == connector:
            stack += [current.right, current.left]
        else:
            parts.append(current)
    return parts


def build_comparison(node: Expression, *, text: str, day: date) -> Q:
    field = find_field(node.left, text=text)
    written = node.operator.operator
    operator = NEGATED.get(written, written)
    if operator not in field.operators:
        allowed = ", ".join(sorted(field.operators))
        raise refuse(node.left, text, f"`{field.name}` cannot be compared by `{written}`, only by {allowed}.")
    values = node.right.value if isinstance(node.right, List) else [node.right.value]
    values = [check_value(field, value, name=node.left, text=text, operator=operator) for value in values]
    found = field.compile(operator, values if isinstance(node.right, List) else values[0], day)
    return ~found if written in NEGATED else found


def find_field(name: Name, *, text: str) -> Field:
    if field := FIELDS.get(name.value):
        return field
    close = difflib.get_close_matches(name.value.lower(), FIELDS, n=1, cutoff=0.5)
    known = "" if close else f" Known are: {', '.join(sorted(FIELDS))}."
    raise refuse(name, text, f"There is no field `{name.value}`.{known}", suggestion=close[0] if close else "")


def check_value(field: Field, value, *, name: Name, text: str, operator: str):
    """The value in the type that the field compares with."""
    if value is None:
        if not field.nullable or operator not in ("=", "in"):
            raise refuse(name, text, f"`{field.name}` {operator} None has no meaning.")
        return None
    if field.options and value not in field.options:
        close = difflib.get_close_matches(str(value).lower().replace(" ", "_"), field.options, n=1, cutoff=0.5)
        raise refuse(
            name,
            text,
            f"`{field.name}` is one of {', '.join(field.options)}; not {value!r}.",
            suggestion=f'"{close[0]}"' if close else "",
        )
    try:
        return read_value(field.type, value)
    except (TypeError, ValueError) as error:
        refusal = f"`{field.name}` is compared with {field.describe_values()}, not with {value!r}."
        raise refuse(name, text, refusal) from error


def read_value(type_: str, value):
    """Raises TypeError or ValueError for a value of another type."""
    if type_ == "bool":
        if not isinstance(value, bool):
            raise TypeError
        return value
    if type_ in ("int", "float"):
        if (
            isinstance(value, bool)
            or not isinstance(value, int | Decimal)
            or not -LARGEST_NUMBER <= value <= LARGEST_NUMBER
        ):
            raise TypeError
        return round(value, 4) if isinstance(value, Decimal) else value
    if not isinstance(value, str) or "\x00" in value:
        raise TypeError
    value.encode()  # a lone surrogate is no text a database takes
    return date.fromisoformat(value) if type_ == "date" else value


def refuse(name: Name, text: str, message: str, suggestion: str = "") -> QueryError:
    before = max(text.rfind(end, 0, name.position) for end in "\n\r\u2028\u2029")
    return QueryError(message, line=name.line, column=name.position - before, suggestion=suggestion)


def query_schema() -> dict:
    """What the completion of the search box knows, in the form that DjangoQL's script reads."""
    fields = {
        field.name: {
            "type": field.type,
            "nullable": field.nullable,
            "options": list(field.options) or None,
            "operators": [
                *sorted(field.operators),
                *(name for name, plain in NEGATED.items() if plain in field.operators),
            ],
            "meaning": field.meaning,
        }
        for field in FIELDS.values()
    }
    return {"current_model": "contributors.contributor", "models": {"contributors.contributor": fields}}


def describe_fields() -> list[tuple[str, str, str]]:
    """Each word, with what it is compared and what it means, for the help beside the box."""
    return [
        (field.name, ", ".join(field.options) or field.describe_values(), field.meaning)
        for _, field in sorted(FIELDS.items())
    ]
