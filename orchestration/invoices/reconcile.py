"""Matches every invoice line with engagement, rate, time and order, and writes down what is wrong.

The work is done in sets by the steps in sql/; here stand only what SQL cannot say the same way on both engines:
ties, days of the calendar, hours claimed twice, and the wording of figures. Lines of one supplier are always judged
together, so that a partial run answers like a full one.
"""

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal
from itertools import groupby
from time import monotonic

from django.db import connection, transaction
from django.utils import timezone

from orchestration.invoices.claims import Claim, find_shortfalls
from orchestration.invoices.models import Code, Discrepancy
from orchestration.invoices.steps import drop_tables, run_step

BATCH = 5_000
LONGEST_PERIOD = 3_660  # days of a line without time that are looked at for rates
LOCK = 718_293_014  # any number no other job of the database uses
CENT = Decimal("0.01")


@dataclass
class Report:
    lines: int = 0
    matched: int = 0
    discrepant: int = 0
    first_pass_rate: float = 0.0  # share of lines matched without anyone's help
    by_code: dict[str, int] = field(default_factory=dict)
    seconds: float = 0.0
    changed: int = 0  # discrepancies written, altered or removed


def reconcile(*, since: date | None = None, invoice: int | None = None, progress=None) -> Report:
    """Judges all lines, or those of suppliers with invoices issued or received since a day, or of one invoice."""
    started, vendor = monotonic(), connection.vendor
    asked = "TRUE"
    if since is not None:
        asked = f"(i.issue_date >= '{since.isoformat()}' OR i.received_at >= '{since.isoformat()}')"
    if invoice is not None:
        asked = f"i.id = {int(invoice)}"
    with transaction.atomic(), connection.cursor() as cursor:
        if vendor == "postgresql":
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [LOCK])
        drop_tables(cursor, vendor)
        for name, prepare in STEPS:
            if prepare:
                prepare(cursor)
            run_step(cursor, name, vendor, asked=asked)
            if progress:
                progress(1)
        _find_double_billed(cursor)
        report = Report(changed=_write_discrepancies(cursor))
        run_step(cursor, "9_match.sql", vendor, params=[timezone.now()])
        _count(cursor, report)
        drop_tables(cursor, vendor)
    report.seconds = round(monotonic() - started, 3)
    return report


def _rank_ties(cursor) -> None:
    """Invoices of one supplier with the same day and number stand in the order of what they say, not of arrival."""
    cursor.execute("CREATE TEMPORARY TABLE rec_tie (invoice_id BIGINT, rank BIGINT)")
    cursor.execute("""
        WITH alike AS (
            SELECT c.supplier_key, i.issue_date, i.number, i.id, i.supplier_text, i.source_id, i.syntax, i.currency,
                   i.payee_account_hash, COUNT(*) OVER (PARTITION BY c.supplier_key, i.issue_date, i.number) AS several
            FROM rec_scope c JOIN invoices_invoice i ON i.id = c.invoice_id)
        SELECT a.id, a.supplier_key, a.issue_date, a.number, a.supplier_text, COALESCE(s.name, ''), a.syntax, a.currency,
               a.payee_account_hash, l.line, l.engagement_text, l.contributor_text, l.order_text, l.period_start, l.period_end,
               l.category, l.quantity, l.per, l.unit_price, l.net_amount, l.tax_rate, l.description
        FROM alike a JOIN invoices_invoiceline l ON l.invoice_id = a.id LEFT JOIN sources_source s ON s.id = a.source_id
        WHERE a.several > 1 ORDER BY a.id, l.position
    """)
    content: dict[int, list[str]] = defaultdict(list)
    for invoice_id, _, _, _, *said in cursor.fetchall():
        content[invoice_id].append("\x1f".join(_plain(x) for x in said))
    ranked = sorted(content, key=lambda i: content[i])
    rows = [(invoice_id, rank) for rank, invoice_id in enumerate(ranked, start=1)]
    cursor.executemany("INSERT INTO rec_tie (invoice_id, rank) VALUES (%s, %s)", rows)


def _plain(value) -> str:
    """A value as text that is the same on every engine."""
    return _figure(value) if isinstance(value, (Decimal, float, int)) else "" if value is None else str(value)


def _write_calendar(cursor) -> None:
    """The days of lines that need a rate and have no time recorded."""
    cursor.execute("CREATE TEMPORARY TABLE rec_calendar (day DATE, is_working INTEGER)")
    cursor.execute("""
        SELECT DISTINCT first_day, last_day FROM rec_daily d
        WHERE NOT EXISTS (SELECT 1 FROM rec_billed_day b WHERE b.line_id = d.line_id)
    """)
    days = set()
    for first, last in cursor.fetchall():
        first, last = _day(first), _day(last)
        for offset in range(min((last - first).days + 1, LONGEST_PERIOD)):
            days.add(first + timedelta(days=offset))
    rows = [(d.isoformat(), int(d.weekday() < 5)) for d in sorted(days)]
    cursor.executemany("INSERT INTO rec_calendar (day, is_working) VALUES (%s, %s)", rows)
    cursor.execute("CREATE INDEX rec_calendar_day ON rec_calendar (day)")


STEPS = (
    ("1_resolve.sql", None),
    ("2_stage.sql", _rank_ties),
    ("3_duplicates.sql", None),
    ("4_engagement.sql", None),
    ("5_time.sql", None),
    ("6_rate.sql", None),
    ("7_rate_days.sql", _write_calendar),
    ("8_orders_sums.sql", None),
)


def _find_double_billed(cursor) -> None:
    """Only where periods of one engagement and category meet can hours be claimed twice."""
    cursor.execute("""
        SELECT d.place, d.work_date, d.approved_u FROM rec_day d
        JOIN rec_contested c ON c.place = d.place WHERE d.approved_u > 0
    """)
    approved: dict[int, dict[date, int]] = defaultdict(dict)
    for place, day, hours in cursor.fetchall():
        approved[place][_day(day)] = int(hours)
    cursor.execute("""
        SELECT t.place, t.line_id, t.period_start, t.period_end, t.billed_u, t.price, t.unit_hours
        FROM rec_timed t JOIN rec_contested c ON c.place = t.place
        WHERE t.period_start IS NOT NULL ORDER BY t.place, t.seq
    """)
    found = []
    for place, rows in groupby(cursor.fetchall(), key=lambda row: row[0]):
        rows = list(rows)
        price_of_hour = {row[1]: Decimal(str(row[5])) / Decimal(str(row[6])) for row in rows if row[6]}
        claims = [Claim(row[1], _day(row[2]), _day(row[3]), int(row[4])) for row in rows]
        for line_id, (wanted, free) in find_shortfalls(claims, approved[place]).items():
            missing = Decimal(wanted - free) / 1_000_000
            amount = missing * price_of_hour.get(line_id, Decimal(0))
            found.append(
                (line_id, str(Decimal(wanted) / 1_000_000), str(Decimal(free) / 1_000_000), str(round(amount, 6)))
            )
    cursor.executemany(
        "INSERT INTO rec_found (line_id, code, expected_n, actual_n, unit, amount) "
        "VALUES (%s, 'double_billed_time', %s, %s, 'hours not billed before', %s)",
        found,
    )


def _write_discrepancies(cursor) -> int:
    """Brings the stored discrepancies up to what was found; those that say the same stay untouched."""
    cursor.execute("SELECT line_id, code, expected, actual, expected_n, actual_n, unit, amount FROM rec_found")
    found = {(row[0], row[1]): _wording(*row[2:]) for row in cursor.fetchall()}
    cursor.execute("""
        SELECT d.line_id, d.code, d.id, d.expected, d.actual, d.amount
        FROM invoices_discrepancy d JOIN rec_line l ON l.line_id = d.line_id
    """)
    known = {(row[0], row[1]): (row[2], (row[3], row[4], _cents(row[5]))) for row in cursor.fetchall()}
    now = timezone.now()
    gone = [pk for place, (pk, _) in known.items() if place not in found]
    for start in range(0, len(gone), BATCH):
        Discrepancy.objects.filter(pk__in=gone[start : start + BATCH])._raw_delete(using=connection.alias)
    new, altered = [], []
    for (line_id, code), (expected, actual, amount) in found.items():
        values = {"line_id": line_id, "code": code, "expected": expected, "actual": actual, "amount": amount}
        if (line_id, code) not in known:
            new.append(Discrepancy(found_at=now, **values))
        elif known[line_id, code][1] != (expected, actual, amount):
            altered.append(Discrepancy(pk=known[line_id, code][0], **values))
    Discrepancy.objects.bulk_create(new, batch_size=BATCH)
    Discrepancy.objects.bulk_update(altered, ["expected", "actual", "amount"], batch_size=500)
    return len(gone) + len(new) + len(altered)


def _wording(expected, actual, expected_n, actual_n, unit, amount) -> tuple[str, str, Decimal]:
    if expected is None:
        expected, actual = f"{_figure(expected_n)} {unit}", f"{_figure(actual_n)} {unit}"
    return expected[:200], actual[:200], _cents(amount)


def _figure(value) -> str:
    """At least two decimals, at most four: 80.00, 7.125."""
    text = f"{_exact(value).quantize(Decimal('0.0001'), ROUND_HALF_UP):f}"
    whole, _, places = text.partition(".")
    return f"{whole}.{places.rstrip('0').ljust(2, '0')}"


def _exact(value) -> Decimal:
    return Decimal(str(value if value is not None else 0)).quantize(Decimal("0.000001"), ROUND_HALF_UP)


def _cents(value) -> Decimal:
    return _exact(value).quantize(CENT, ROUND_HALF_UP)


def _day(value) -> date:
    return value if isinstance(value, date) else date.fromisoformat(value)


def _count(cursor, report: Report) -> None:
    cursor.execute("SELECT COUNT(*) FROM rec_line")
    report.lines = cursor.fetchone()[0]
    cursor.execute("SELECT COUNT(DISTINCT line_id) FROM rec_found")
    report.discrepant = cursor.fetchone()[0]
    cursor.execute("SELECT code, COUNT(*) FROM rec_found GROUP BY code")
    counted = dict(cursor.fetchall())
    report.by_code = {code: counted[code] for code in Code.values if code in counted}
    report.matched = report.lines - report.discrepant
    report.first_pass_rate = round(report.matched / report.lines, 4) if report.lines else 0.0
