"""The words of the query language: what each name means and with what it can be compared."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from django.db.models import Q

from workforce.contributors import query_facts as facts
from workforce.contributors.models import Contributor, ContributorSkill, Kind, Status

LOOKUPS = {
    "=": "",
    ">": "__gt",
    ">=": "__gte",
    "<": "__lt",
    "<=": "__lte",
    "~": "__icontains",
    "in": "__in",
    "startswith": "__istartswith",
    "endswith": "__iendswith",
}
EQUALITY = {"=", "in"}
ORDER = {"=", "in", ">", ">=", "<", "<="}
TEXT = {"=", "in", "~", "startswith", "endswith", ">", ">=", "<", "<="}
NAMED = {"=", "in", "~", "startswith", "endswith"}
LARGEST_NUMBER = 10**12


@dataclass(frozen=True)
class Field:
    """One word: `compile(operator, value, day)` gives the condition of the positive operator."""

    name: str
    type: str  # str, float, int, bool or date: what the completion of the search box knows
    meaning: str
    operators: frozenset
    compile: Callable[[str, object, date], Q]
    nullable: bool = True
    options: tuple = ()

    def describe_values(self) -> str:
        words = {"bool": "True or False", "date": 'a date like "2026-03-31"', "str": 'text in quotes, like "DE"'}
        return words.get(self.type, "a number") + (" or None" if self.nullable else "")


def split_nulls(value) -> tuple[object, bool]:
    """A list without None, and whether None was in it."""
    return [v for v in value if v is not None], None in value


def text(name: str, meaning: str) -> Field:
    """None stands for empty text, as an empty cell is kept."""

    def compile_text(operator, value, day):
        value = ["" if v is None else v for v in value] if operator == "in" else "" if value is None else value
        return Q(**{name + LOOKUPS[operator]: value})

    return Field(name, "str", meaning, frozenset(TEXT), compile_text)


def choice(name: str, meaning: str, options, path: str = "", nullable: bool = False) -> Field:
    def compile_choice(operator, value, day):
        return compare(path or name, operator, value)

    return Field(name, "str", meaning, frozenset(EQUALITY), compile_choice, nullable, tuple(options))


def compare(path: str, operator: str, value) -> Q:
    """A comparison that knows None, alone and in a list."""
    if operator == "in":
        values, has_null = split_nulls(value)
        found = Q(**{path + "__in": values})
        return found | Q(**{path + "__isnull": True}) if has_null else found
    if value is None:
        return Q(**{path + "__isnull": True})
    return Q(**{path + LOOKUPS[operator]: value})


def plain(name: str, type_: str, meaning: str) -> Field:
    return Field(name, type_, meaning, frozenset(ORDER), lambda operator, value, day: compare(name, operator, value))


def named(name: str, meaning: str, attribute: str = "name") -> Field:
    """A relation, compared by the name of what it points to; None: it points to nothing."""
    path = f"{name}__{attribute}"
    return Field(name, "str", meaning, frozenset(NAMED), lambda op, value, day: compare(path, op, value))


def bool_fact(name: str, meaning: str, sql: str, holds: bool = True, column: str = "pk") -> Field:
    """True for the contributors a statement yields, or with `holds=False` for the others."""

    def compile_fact(operator, value, day):
        found = Q(facts.InStatement(column, sql=sql, day=day))
        return found if value is holds else ~found

    return Field(name, "bool", meaning, frozenset({"="}), compile_fact, nullable=False)


def number_fact(name: str, meaning: str, sql: str) -> Field:
    """A number that is 0 for the contributors a statement does not yield."""
    tests = {
        "=": lambda a, b: a == b,
        ">": lambda a, b: a > b,
        ">=": lambda a, b: a >= b,
        "<": lambda a, b: a < b,
        "<=": lambda a, b: a <= b,
    }
    opposite = {"=": "<>", ">": "<=", ">=": "<", "<": ">=", "<=": ">"}

    def compile_fact(operator, value, day):
        if operator == "in":
            together = Q(pk__in=[])
            for one in value:
                together |= compile_fact("=", one, day)
            return together
        zero_counts = tests[operator](0, value)
        sign = opposite[operator] if zero_counts else operator
        chosen = f"SELECT id FROM ({sql}) fact WHERE value {sign} %s"
        number = value if isinstance(value, int) else Decimal(value)
        found = Q(facts.InStatement("pk", sql=chosen, day=day, params=(number,)))
        return ~found if zero_counts else found

    return Field(name, "int", meaning, frozenset(ORDER), compile_fact, nullable=False)


def compile_active(operator, value, day):
    active = Q(pk__in=Contributor.objects.active_on(day).order_by().values("pk"))
    return active if value else ~active


def compile_skills(operator, value, day):
    """Whether one of the skills is, contains or starts with the text; None: has no skill."""
    if operator == "in":
        values, has_null = split_nulls(value)
        slugs = [" ".join(v.lower().split()) for v in values]
        found = Q(pk__in=ContributorSkill.objects.filter(skill__slug__in=slugs).values("contributor"))
        return found | compile_skills("=", None, day) if has_null else found
    if value is None:
        return ~Q(pk__in=ContributorSkill.objects.values("contributor"))
    slug = " ".join(value.lower().split())
    return Q(pk__in=ContributorSkill.objects.filter(**{"skill__slug" + LOOKUPS[operator]: slug}).values("contributor"))


def among(column: str, sql: str, no_value: Q):
    """A condition by a statement that takes one name."""

    def compile_among(operator, value, day):
        together = Q(pk__in=[])
        for one in value if operator == "in" else [value]:
            together |= no_value if one is None else Q(facts.InStatement(column, sql=sql, day=day, params=(one,)))
        return together

    return compile_among


FIELDS = {
    field.name: field
    for field in [
        choice("kind", "what sort of contributor", Kind.values),
        text("name", "full name"),
        text("email", "e-mail address"),
        text("country", "ISO 3166-1 country code"),
        text("city", "city"),
        text("title", "job title"),
        choice("status", "where it stands", Status.values),
        plain("start_date", "date", "first day"),
        plain("end_date", "date", "last day; None: open"),
        plain("weekly_hours", "float", "agreed hours a week"),
        Field(
            "unit",
            "str",
            "unit, with all units below it",
            frozenset(EQUALITY),
            among("unit_id", facts.IN_UNIT_TREE, Q(unit=None)),
        ),
        named("supplier", "supplier's name"),
        named("owner", "name of the person who answers for it"),
        named("manager", "manager's name"),
        named("location", "location's name"),
        named("cost_centre", "cost centre's code", "code"),
        Field("skills", "str", "has the skill", frozenset(NAMED), compile_skills),
        Field(
            "source",
            "str",
            "has a record from the source",
            frozenset(EQUALITY),
            among("pk", facts.SENT_BY_SOURCE, Q(pk__in=[])),
            nullable=False,
        ),
        Field("active", "bool", "here on the day", frozenset({"="}), compile_active, nullable=False),
        bool_fact("cleared", "no open hold on it or its engagements", facts.UNDER_HOLD, holds=False),
        bool_fact("owner_active", "the owner is a person who is here", facts.OWNER_ACTIVE),
        choice("supplier_status", "status of its supplier", Status.values, "supplier__status", nullable=True),
        bool_fact("has_running_engagement", "an engagement runs on the day", facts.HAS_RUNNING_ENGAGEMENT),
        bool_fact("has_active_people", "supplies people on running engagements", facts.HAS_ACTIVE_PEOPLE),
        bool_fact("order_missing", "a running engagement lacks a known purchase order", facts.ORDER_MISSING),
        bool_fact("rate_above_card", "a current rate is above the rate card", facts.RATE_ABOVE_CARD),
        bool_fact("time_after_end", "time stands after an engagement's end", facts.TIME_AFTER_END),
        bool_fact("shared_bank_account", "another contributor has the same account", facts.SHARED_BANK_ACCOUNT),
        number_fact("tenure_days", "days worked over all suppliers, gaps under 90 days bridged", facts.TENURE_DAYS),
        number_fact("open_findings", "policy findings that are open", facts.OPEN_FINDINGS),
    ]
}
