"""The days the cube covers, and the working tables of days, months and exchange rates it is computed from."""

from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal

from django.db import connection
from django.db.models import Min

from orchestration.demand.models import Request
from workforce.contributors.models import Contributor
from workforce.engagements.models import Engagement, Rate
from workforce.organisation.calendars import PLAIN, calendar_for, fill_calendars
from workforce.organisation.models import ExchangeRate, Location, Organisation, Unit
from workforce.timesheets.models import Absence, Allocation, TimeEntry, WorkUnit

HORIZON_MONTHS = 18  # after today's month; what is open-ended counts until then
MOST_YEARS_BACK = 10  # facts before that are history, not capacity
MILLION = 1_000_000
TABLES = """
CREATE TEMP TABLE cube_window (first DATE, last DATE, today DATE);
CREATE TEMP TABLE cube_spine (date DATE PRIMARY KEY, month DATE, previous_date DATE, next_date DATE);
CREATE TEMP TABLE cube_exchange (currency VARCHAR(3), month DATE, first DATE, last DATE, whole BIGINT, part BIGINT);
CREATE TEMP TABLE cube_scope (contributor_id BIGINT PRIMARY KEY);
CREATE TEMP TABLE cube_touched (unit_id BIGINT PRIMARY KEY)
"""
# Working days counted up along each calendar, so that those between two days are a subtraction.
DAYS = """
CREATE TEMP TABLE cube_days AS
SELECT calendar_id, date, month, working, upto_count - working AS before_count, upto_count
FROM (
    SELECT d.calendar_id, d.date, s.month, CASE WHEN d.is_working THEN 1 ELSE 0 END AS working,
           CAST(SUM(CASE WHEN d.is_working THEN 1 ELSE 0 END) OVER (PARTITION BY d.calendar_id ORDER BY d.date) AS BIGINT) AS upto_count
    FROM organisation_calendarday d JOIN cube_spine s ON s.date = d.date
) counted;
CREATE UNIQUE INDEX cube_days_day ON cube_days (calendar_id, date);
CREATE TEMP TABLE cube_months AS
SELECT calendar_id, month, MAX(date) AS last, CAST(SUM(working) AS BIGINT) AS working FROM cube_days GROUP BY calendar_id, month;
CREATE INDEX cube_months_of ON cube_months (calendar_id, month);
CREATE TEMP TABLE cube_exchange_days AS
SELECT e.currency, s.date, e.whole, e.part FROM cube_exchange e JOIN cube_spine s ON s.date BETWEEN e.first AND e.last;
CREATE INDEX cube_exchange_day ON cube_exchange_days (currency, date)
"""


def add_months(day: date, months: int) -> date:
    """The first day of the month so many months away."""
    index = day.year * 12 + day.month - 1 + months
    return date(index // 12, index % 12 + 1, 1)


def find_window(today: date) -> tuple[date, date]:
    """First and last day of the months covered: from the earliest fact to the horizon."""
    facts = [
        model.objects.aggregate(first=Min(field))["first"]
        for model, field in (
            (Engagement, "start_date"), (TimeEntry, "work_date"), (WorkUnit, "work_date"),
            (Absence, "start_date"), (Allocation, "start_date"), (Request, "start_date"),
        )
    ]  # fmt: skip
    earliest = min([today, *(f for f in facts if f)])
    first = max(add_months(earliest, 0), add_months(today, -12 * MOST_YEARS_BACK))
    return first, add_months(today, HORIZON_MONTHS + 1) - timedelta(1)


def prepare_calendars(first: date, last: date) -> None:
    """A calendar with all its days for every country that someone works in or something is asked for."""
    countries = {PLAIN}
    for model in (Contributor, Location, Unit, Request):
        countries |= set(model.objects.exclude(country="").order_by().values_list("country", flat=True).distinct())
    for country in sorted(countries):
        calendar_for(country)
    fill_calendars(first, last)


def create_day_tables(cursor, first: date, last: date, today: date) -> None:
    """The temporary tables every step of the cube reads."""
    run_statements(cursor, TABLES)
    insert_rows(cursor, "cube_window", [(first, last, today)])
    span = [first + timedelta(n) for n in range((last - first).days + 1)]
    one = timedelta(1)
    insert_rows(cursor, "cube_spine", [(d, d.replace(day=1), d - one, d + one) for d in span])
    insert_rows(cursor, "cube_exchange", list(exchange_periods(span)))
    run_statements(cursor, DAYS)


def run_statements(cursor, sql: str) -> int:
    """Runs statements divided by a semicolon at the end of a line; returns the rows changed by all."""
    changed = 0
    for statement in sql.split(";\n"):
        cursor.execute(statement)
        changed += max(cursor.rowcount, 0)
        if statement.lstrip().startswith("CREATE INDEX") and connection.vendor == "postgresql":
            cursor.execute("ANALYZE " + statement.split(" ON ")[1].split()[0])
    return changed


def insert_rows(cursor, table: str, rows: list[tuple], batch: int = 1_000) -> None:
    for start in range(0, len(rows), batch):
        part = rows[start : start + batch]
        marks = ", ".join(["(" + ", ".join(["%s"] * len(part[0])) + ")"] * len(part))
        cursor.execute(f"INSERT INTO {table} VALUES {marks}", [_plain(v) for row in part for v in row])


def _plain(value):
    """SQLite keeps days as ISO text."""
    return value.isoformat() if isinstance(value, date) and connection.vendor == "sqlite" else value


def exchange_periods(span: list[date]):
    """(currency, month, first, last, whole, part): stretches of one rate to the reporting currency, split by month."""
    reporting = Organisation.current().reporting_currency
    rates = DatedRates(ExchangeRate.objects.order_by("date").values_list("base", "quote", "date", "rate"))
    for currency in Rate.objects.order_by().values_list("currency", flat=True).distinct():
        stretch = None
        for day in span:
            rate = rates.between(currency, reporting, day)
            month = day.replace(day=1)
            if stretch and stretch[:2] == (month, rate):
                stretch = (month, rate, stretch[2], day)
                continue
            if stretch and stretch[1]:
                yield _stretch(currency, stretch)
            stretch = (month, rate, day, day)
        if stretch and stretch[1]:
            yield _stretch(currency, stretch)


def _stretch(currency: str, stretch: tuple) -> tuple:
    month, rate, first, last = stretch
    scaled = int((rate * MILLION * MILLION).to_integral_value(ROUND_HALF_UP))  # 12 decimal places
    return currency, month, first, last, scaled // MILLION, scaled % MILLION


class DatedRates:
    """Exchange rates by pair; asked day by day in order, each pair is read forward once."""

    def __init__(self, rows):
        self._pairs: dict[tuple[str, str], list[tuple[date, Decimal]]] = {}
        for base, quote, day, rate in rows:
            self._pairs.setdefault((base, quote), []).append((day, rate))
        self._at: dict[tuple[str, str], tuple[date, int]] = {}
        self._currencies = sorted({c for pair in self._pairs for c in pair})

    def between(self, currency: str, reporting: str, day: date) -> Decimal | None:
        """The latest rate on or before the day: direct, else inverse, else through one other currency."""
        if currency == reporting:
            return Decimal(1)
        if rate := self._leg(currency, reporting, day):
            return rate
        for cross in self._currencies:
            first, second = self._leg(currency, cross, day), self._leg(cross, reporting, day)
            if first and second:
                return first * second
        return None

    def _leg(self, base: str, quote: str, day: date) -> Decimal | None:
        if rate := self._latest((base, quote), day):
            return rate
        inverse = self._latest((quote, base), day)
        return 1 / inverse if inverse else None

    def _latest(self, pair: tuple[str, str], day: date) -> Decimal | None:
        rates = self._pairs.get(pair)
        if not rates:
            return None
        seen, index = self._at.get(pair, (day, 0))
        index = index if seen <= day else 0
        while index < len(rates) and rates[index][0] <= day:
            index += 1
        self._at[pair] = (day, index)
        return rates[index - 1][1] if index else None
