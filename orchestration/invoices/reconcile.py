"""Walk 2: every line is judged against engagement, rate, time and order; what is wrong becomes Discrepancies.

The judgement is SQL over sets (sql/facts.sql, sql/codes.sql) and depends on facts alone, never on the order of
import; only what changed is written.
"""

import json
import re
import time
from collections import defaultdict
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal
from functools import cache
from itertools import groupby
from pathlib import Path

from django.db import connection, transaction
from django.utils import timezone

from orchestration.invoices.claims import Claim, find_shortfalls
from orchestration.invoices.models import Code, Discrepancy, InvoiceLine, LineMatch, Tolerance

BATCH = 2_000
CENT = Decimal("0.01")
LONGEST_PERIOD = 1_100  # days; a longer period is judged by its first days only
TOLERANCES = ("unit_price_percent", "unit_price_amount", "quantity", "line_amount", "document_amount", "tax_amount")


@dataclass
class Report:
    lines: int = 0
    matched: int = 0
    discrepant: int = 0
    first_pass_rate: float | None = None
    by_code: dict[str, int] = field(default_factory=dict)
    seconds: float = 0.0


@cache
def _statements(name: str) -> dict[str, str]:
    """The named statements of a file in sql/."""
    text = (Path(__file__).parent / "sql" / f"{name}.sql").read_text(encoding="utf-8")
    parts = re.split(r"^-- :: (\w+)\n", text, flags=re.M)[1:]
    return dict(zip(parts[::2], parts[1::2], strict=True))


@transaction.atomic
def reconcile(*, since: date | None = None, invoice: int | None = None) -> Report:
    """Judges all lines and writes what changed; the report speaks of the lines asked for."""
    started = time.monotonic()
    with connection.cursor() as cursor:
        _prepare_facts(cursor)
        found = {code: _find(cursor, code) for code in _statements("codes")}
        found[Code.DOUBLE_BILLED_TIME] = _find_double_billed(cursor)
        evidence = _read_evidence(cursor)
        _run(cursor, "clear")
    _store_discrepancies(found)
    _store_matches(found, evidence)
    report = _report(since, invoice)
    report.seconds = round(time.monotonic() - started, 3)
    return report


def _run(cursor, name: str) -> None:
    for statement in _statements("facts")[name].split(";\n"):
        if re.sub(r"--.*", "", statement).strip():
            cursor.execute(statement)


def _prepare_facts(cursor) -> None:
    """The temporary tables, in the order in which each builds on those before."""
    cursor.execute("DROP TABLE IF EXISTS rec_day")
    cursor.execute("DROP TABLE IF EXISTS rec_signature")
    for name in ("clear", "target", "found", "keep_supplier", "keep_engagement", "line", "invoice"):
        _run(cursor, name)
    _fill_days(cursor)
    _fill_signatures(cursor)
    for name in ("time", "billed", "rate", "order"):
        _run(cursor, name)
    if connection.vendor == "postgresql":
        for table in ("rec_line", "rec_invoice", "rec_time", "rec_billed", "rec_rate", "rec_order"):
            cursor.execute(f"ANALYZE {table}")


def _fill_days(cursor) -> None:
    """Each day of any period, and whether it is a weekday."""
    cursor.execute("CREATE TEMPORARY TABLE rec_day (day DATE PRIMARY KEY, weekday INTEGER NOT NULL)")
    cursor.execute("SELECT DISTINCT first_day, last_day FROM rec_line WHERE engagement_id IS NOT NULL")
    days = set()
    for first, last in cursor.fetchall():
        first, last = _as_date(first), _as_date(last)
        days |= {first + timedelta(n) for n in range(min((last - first).days, LONGEST_PERIOD) + 1)}
    rows = [(day, int(day.weekday() < 5)) for day in sorted(days)]
    for start in range(0, len(rows), 400):
        part = rows[start : start + 400]
        marks = ",".join(["(%s, %s)"] * len(part))
        cursor.execute(f"INSERT INTO rec_day (day, weekday) VALUES {marks}", [v for row in part for v in row])


def _as_date(value) -> date:
    return date.fromisoformat(value[:10]) if isinstance(value, str) else value


def _fill_signatures(cursor) -> None:
    """What an invoice bills, as one text: equal for two invoices with the same lines in any order."""
    cursor.execute("CREATE TEMPORARY TABLE rec_signature (invoice_id BIGINT PRIMARY KEY, signature TEXT NOT NULL)")
    cursor.execute(
        """
        SELECT r.invoice_id, r.engagement_id, r.contributor_id, l.engagement_text, l.contributor_text,
               r.period_start, r.period_end, r.category, r.quantity, ROUND(r.price, 6)
        FROM rec_line r JOIN invoices_invoiceline l ON l.id = r.line_id ORDER BY r.invoice_id
        """
    )
    rows = []
    for invoice_id, lines in groupby(cursor.fetchall(), key=lambda row: row[0]):
        texts = sorted(
            "|".join([_who(row), str(row[5]), str(row[6]), row[7], f"{float(row[8]):.4f}", f"{float(row[9]):.6f}"])
            for row in lines
        )
        rows.append((invoice_id, "\n".join(texts)))
    for start in range(0, len(rows), 400):
        part = rows[start : start + 400]
        marks = ",".join(["(%s, %s)"] * len(part))
        cursor.execute(
            f"INSERT INTO rec_signature (invoice_id, signature) VALUES {marks}", [v for row in part for v in row]
        )


def _who(row) -> str:
    _, engagement, contributor, engagement_text, contributor_text, *_ = row
    return (
        f"e{engagement}"
        if engagement
        else f"c{contributor}"
        if contributor
        else f"{engagement_text}/{contributor_text}"
    )


def _tolerance_join() -> str:
    """Each line's tolerances: those of its order, else its unit, else its supplier, else for everyone."""
    columns = ", ".join(
        f"COALESCE({', '.join(f'{a}.{c}' for a in ('o', 'u', 's', 'g'))}, {_default(c)}) AS {c}" for c in TOLERANCES
    )
    own = "invoices_tolerance"
    return f"""
    JOIN (
        SELECT x.line_id, {columns}
        FROM rec_line x
        LEFT JOIN {own} o ON o.order_number <> '' AND o.order_number = x.order_name
        LEFT JOIN {own} u ON u.order_number = '' AND u.unit_id = x.unit_id
        LEFT JOIN {own} s ON s.order_number = '' AND s.unit_id IS NULL AND s.supplier_id = x.supplier_id
        LEFT JOIN {own} g ON g.order_number = '' AND g.unit_id IS NULL AND g.supplier_id IS NULL
    ) t ON t.line_id = r.line_id"""


def _default(column: str) -> str:
    return str(Tolerance._meta.get_field(column).get_default())


def _find(cursor, code: str) -> dict[int, tuple]:
    """Line -> (expected, actual, amount) of a code."""
    apart = (
        "(later.issue_date - earlier.issue_date)"
        if connection.vendor == "postgresql"
        else "(julianday(later.issue_date) - julianday(earlier.issue_date))"
    )
    statement = _statements("codes")[code].replace("{tolerance}", _tolerance_join()).replace("{days_apart}", apart)
    cursor.execute(statement.replace("%%", "%").rstrip().rstrip(";"))
    return {
        line: (_figure(expected), _figure(actual), _money(amount))
        for line, expected, actual, amount in cursor.fetchall()
    }


def _figure(value) -> str:
    """A figure as people write it: no trailing zeros, at most four decimals."""
    if value is None:
        return ""
    if isinstance(value, str):
        return value[:200]
    text = f"{Decimal(str(value)).quantize(Decimal('0.0001'), ROUND_HALF_UP):f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def _money(value) -> Decimal:
    return Decimal(str(value or 0)).quantize(CENT, ROUND_HALF_UP)


def _find_double_billed(cursor) -> dict[int, tuple]:
    """Only engagements and categories billed by more than one line can be claimed twice."""
    cursor.execute(
        """
        SELECT r.engagement_id, r.category, r.seq, r.line_id, r.first_day, r.last_day, r.hours, r.net_amount, x.day, x.approved
        FROM rec_line r
        JOIN (SELECT engagement_id, category FROM rec_line WHERE hours IS NOT NULL
              GROUP BY engagement_id, category HAVING COUNT(*) > 1) many
          ON many.engagement_id = r.engagement_id AND many.category = r.category
        LEFT JOIN rec_time x ON x.line_id = r.line_id AND x.approved > 0
        WHERE r.hours IS NOT NULL
        ORDER BY r.engagement_id, r.category, r.seq
        """
    )
    found = {}
    for _, group in groupby(cursor.fetchall(), key=lambda row: row[:2]):
        claims, net = [], {}
        for line_id, rows in groupby(group, key=lambda row: row[3]):
            rows = list(rows)
            first, last, hours, amount = rows[0][4:8]
            approved = {_as_date(row[8]): float(row[9]) for row in rows if row[8] is not None}
            claims.append(Claim(line_id, _as_date(first), _as_date(last), float(hours), approved))
            net[line_id] = (Decimal(str(amount)), Decimal(str(hours)))
        for line_id, (would, got) in find_shortfalls(claims).items():
            amount, hours = net[line_id]
            found[line_id] = (_figure(would), _figure(got), _money(amount * Decimal(str(would - got)) / hours))
    return found


def _read_evidence(cursor) -> dict[int, dict]:
    """What each line was judged by."""
    cursor.execute(
        """
        SELECT r.line_id, r.hours, x.approved, x.submitted, q.rate, q.currency_min, o.number, o.amount, o.used
        FROM rec_line r
        LEFT JOIN (SELECT line_id, SUM(approved) AS approved, SUM(submitted) AS submitted FROM rec_time GROUP BY line_id) x
          ON x.line_id = r.line_id
        LEFT JOIN rec_rate q ON q.line_id = r.line_id
        LEFT JOIN rec_order o ON o.line_id = r.line_id
        """
    )
    names = ("hours", "approved", "submitted", "rate", "rate_currency", "order", "order_amount", "order_used")
    return {
        row[0]: {n: _figure(v) for n, v in zip(names, row[1:], strict=True) if v is not None}
        for row in cursor.fetchall()
    }


def _store_discrepancies(found: dict[str, dict[int, tuple]]) -> None:
    """Adds what is new, removes what no longer holds, changes what has other figures."""
    now = timezone.now()
    have = {(d.line_id, d.code): d for d in Discrepancy.objects.all()}
    new, changed = [], []
    for code, lines in found.items():
        for line_id, (expected, actual, amount) in lines.items():
            old = have.pop((line_id, str(code)), None)
            if old is None:
                new.append(
                    Discrepancy(
                        line_id=line_id, code=code, expected=expected, actual=actual, amount=amount, found_at=now
                    )
                )
            elif (old.expected, old.actual, old.amount) != (expected, actual, amount):
                old.expected, old.actual, old.amount = expected, actual, amount
                changed.append(old)
    gone = [d.pk for d in have.values()]
    for start in range(0, len(gone), BATCH):
        Discrepancy.objects.filter(pk__in=gone[start : start + BATCH]).delete()
    Discrepancy.objects.bulk_create(new, batch_size=BATCH)
    Discrepancy.objects.bulk_update(changed, ["expected", "actual", "amount"], batch_size=500)


def _store_matches(found: dict[str, dict[int, tuple]], evidence: dict[int, dict]) -> None:
    now = timezone.now()
    discrepant = {line_id for lines in found.values() for line_id in lines}
    have = {pk: (status, json.dumps(seen, sort_keys=True)) for pk, status, seen in
            LineMatch.objects.values_list("pk", "status", "evidence")}  # fmt: skip
    rows = []
    for line_id, seen in evidence.items():
        status = "discrepant" if line_id in discrepant else "matched"
        if have.get(line_id) != (status, json.dumps(seen, sort_keys=True)):
            rows.append(LineMatch(pk=line_id, status=status, evidence=seen, reconciled_at=now))
    LineMatch.objects.bulk_create(
        rows,
        batch_size=BATCH,
        update_conflicts=True,
        unique_fields=["line"],
        update_fields=["status", "evidence", "reconciled_at"],
    )


def _report(since: date | None, invoice: int | None) -> Report:
    lines = InvoiceLine.objects.all()
    if since:
        lines = lines.filter(invoice__issue_date__gte=since)
    if invoice:
        lines = lines.filter(invoice=invoice)
    by_code: dict[str, int] = defaultdict(int)
    for code in Discrepancy.objects.filter(line__in=lines).values_list("code", flat=True):
        by_code[code] += 1
    report = Report(lines=lines.count(), discrepant=lines.filter(match__status="discrepant").count())
    report.matched = report.lines - report.discrepant
    report.first_pass_rate = round(report.matched / report.lines, 4) if report.lines else None
    report.by_code = dict(sorted(by_code.items()))
    return report
