"""Reading the registry as it was: inside `registry_as_of(day)` each SELECT sees the versions of that day.

A common table expression of the table's own name hides the table, so that queries, joins, facts of the query
language, permissions and serializers work on the past unchanged. Tables that keep no versions are read as they are.
"""

from contextlib import contextmanager
from datetime import UTC, date, datetime, time, timedelta

from django.apps import apps
from django.core.exceptions import ValidationError
from django.db import connection
from django.utils import timezone

from workforce.ledger.versions import past_table, versioned_columns

# What a version's row must fulfil at its moment. Before its first version a row stands as first recorded,
# unless its own dates say that it had not begun: a company knows its people longer than this registry does.
BY_ITS_DATES = "(t.first_recorded_at <= {moment} OR t.start_date IS NULL OR t.start_date <= {day})"
RECORDED = "t.recorded_at <= {later}({moment}, t.first_recorded_at)"
REPLACED = "t.replaced_at > {later}({moment}, t.first_recorded_at)"
# Skills that came within an hour of the first recording of their contributor, as in its import, stand before it as well.
OF_CONTRIBUTOR = (
    "COALESCE((SELECT {0} FROM {{live}}contributors_contributor c WHERE c.id = t.contributor_id), {{moment}})"
)
WITH_ITS_CONTRIBUTOR = "t.recorded_at <= " + OF_CONTRIBUTOR.format(
    "CASE WHEN c.first_recorded_at > {moment} THEN {an_hour_after} ELSE {moment} END"
)
FROM_ITS_CONTRIBUTOR_ON = "t.replaced_at > " + OF_CONTRIBUTOR.format("{later}({moment}, c.first_recorded_at)")
# Model, condition, until when it was recorded, after when it was replaced; an expression sees those before it.
READS = (
    ("contributors.ContributorSkill", "", WITH_ITS_CONTRIBUTOR, FROM_ITS_CONTRIBUTOR_ON),
    ("engagements.Engagement", BY_ITS_DATES, RECORDED, REPLACED),
    ("contributors.Contributor", BY_ITS_DATES, RECORDED, REPLACED),
)


@contextmanager
def registry_as_of(day: date | None):
    """Lets every SELECT of this connection read contributors, their skills and engagements as of the day's end (UTC).

    None, today and days to come read the present. What is read must be fetched inside the block; writes are not touched.
    """
    if day is None or day >= timezone.now().date():
        yield
        return
    with reading_at(end_of(day), day):
        yield


def read_day(text: str) -> date | None:
    """The day that an `as_of` names, None for none; ValidationError tells what a day looks like."""
    try:
        return date.fromisoformat(text.strip()) if text.strip() else None
    except ValueError:
        raise ValidationError({"as_of": f"{text[:40]!r} is not a day such as 2026-03-31."}) from None


def end_of(day: date) -> datetime:
    """The last instant of the day."""
    return datetime.combine(day, time.min, UTC) + timedelta(days=1, microseconds=-1)


def reading_at(moment: datetime, day: date):
    """The block in which SELECTs see the versions of one instant; `day` is what rows' own dates are held against."""
    hidden = [
        (apps.get_model(label)._meta.db_table, _write_expression(label, *conditions, moment, day))
        for label, *conditions in READS
    ]

    def read_past(execute, sql, params, many, context):
        start = sql.lstrip(" \n(")[:6].upper()
        if start.startswith("SELECT"):
            used = [expression for table, expression in hidden if table in sql]
            past = f"WITH {', '.join(used)} " if used else ""
            sql = (past if params is None else past.replace("%", "%%")) + sql
        elif start.startswith("WITH") and any(table in sql for table, _ in hidden):
            raise NotImplementedError(
                "A statement that begins with WITH cannot be read as of a day; begin it with SELECT."
            )
        return execute(sql, params, many, context)

    return connection.execute_wrapper(read_past)


def _write_expression(label: str, known: str, recorded: str, replaced: str, moment: datetime, day: date) -> str:
    model = apps.get_model(label)
    table, columns = model._meta.db_table, ", ".join(f"t.{name}" for name in versioned_columns(model))
    postgres = connection.vendor == "postgresql"
    instant = moment.astimezone(UTC).replace(tzinfo=None).isoformat(sep=" ", timespec="microseconds")
    words = {
        "moment": f"TIMESTAMPTZ '{instant}+00'" if postgres else f"'{instant}'",
        "day": f"DATE '{day.isoformat()}'" if postgres else f"'{day.isoformat()}'",
        "never": "TIMESTAMPTZ 'infinity'" if postgres else "'9999'",
        "later": "GREATEST" if postgres else "MAX",
        "live": "" if postgres else "main.",
        "an_hour_after": "c.first_recorded_at + INTERVAL '1 hour'"
        if postgres
        else "STRFTIME('%Y-%m-%d %H:%M:%f', c.first_recorded_at, '+1 hour')",
    }
    conditions = [recorded, replaced, *([known] if known else [])]
    # The conditions stand outside the union: so PostgreSQL looks into both tables by their indexes.
    return (
        f"{table} AS NOT MATERIALIZED (SELECT {columns} FROM ("
        f"SELECT {columns}, {words['never']} AS replaced_at FROM {words['live']}{table} t"
        f" UNION ALL SELECT {columns}, t.replaced_at FROM {past_table(model)} t"
        f") t WHERE {' AND '.join(conditions).format(**words)})"
    )
