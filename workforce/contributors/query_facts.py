"""Derived facts of the query language: each one statement over the whole registry.

A set fact yields the ids of the contributors for whom it holds; a number fact yields (id, value), 0 for the
others. Records merged into another speak for the one they were merged into. Tables of rooms above are named
in SQL only. `{day}` is the day asked about; `{days(a, b)}` is written out by the dialect as days from b to a.
"""

from datetime import date

from django.db import connections
from django.db.models import BooleanField, F, Func

# Shorter gaps between engagements do not interrupt a tenure.
TENURE_GAP_DAYS = 90

RUNNING = "e.start_date <= {day} AND (e.end_date IS NULL OR e.end_date >= {day})"
ON_ENGAGEMENTS = "engagements_engagement e JOIN contributors_contributor c ON c.id = e.contributor_id"
CANONICAL = "COALESCE(c.merged_into_id, c.id)"

HAS_RUNNING_ENGAGEMENT = f"SELECT {CANONICAL} FROM {ON_ENGAGEMENTS} WHERE {RUNNING}"

HAS_ACTIVE_PEOPLE = f"""
    SELECT COALESCE(s.merged_into_id, s.id)
    FROM {ON_ENGAGEMENTS}
    JOIN contributors_contributor s ON s.id = COALESCE(e.supplier_id, c.supplier_id)
    WHERE {RUNNING} AND c.status <> 'left' AND s.id <> c.id
"""

# The owner is a person, here on that day.
OWNER_ACTIVE = """
    SELECT c.id FROM contributors_contributor c
    JOIN contributors_contributor o ON o.id = c.owner_id
    JOIN contributors_contributor p ON p.id = COALESCE(o.merged_into_id, o.id)
    WHERE p.kind IN ('employee', 'contractor') AND p.status NOT IN ('left', 'planned')
      AND (p.start_date IS NULL OR p.start_date <= {day}) AND (p.end_date IS NULL OR p.end_date >= {day})
"""

# A contractor without a supplier is the supplier of its own orders.
ORDER_MISSING = f"""
    SELECT {CANONICAL}
    FROM {ON_ENGAGEMENTS}
    LEFT JOIN contributors_contributor s ON s.id = COALESCE(e.supplier_id, c.supplier_id, c.id)
    WHERE {RUNNING} AND e.basis IN ('hourly', 'daily', 'fixed')
      AND (e.purchase_order = '' OR NOT EXISTS (
          SELECT 1 FROM engagements_purchaseorder o JOIN contributors_contributor os ON os.id = o.supplier_id
          WHERE o.number = e.purchase_order
            AND COALESCE(os.merged_into_id, os.id) = COALESCE(s.merged_into_id, s.id)))
"""

RATE_ABOVE_CARD = f"""
    SELECT {CANONICAL}
    FROM {ON_ENGAGEMENTS}
    JOIN engagements_rate r ON r.engagement_id = e.id AND r.category = 'standard'
    JOIN engagements_ratecard k ON LOWER(k.title) = LOWER(CASE WHEN e.title <> '' THEN e.title ELSE c.title END)
     AND k.category = 'standard' AND k.currency = r.currency AND k.per = r.per
     AND (k.country = '' OR k.country = c.country)
    WHERE {RUNNING} AND r.amount > k.max_amount
      AND r.valid_from <= {{day}} AND (r.valid_to IS NULL OR r.valid_to >= {{day}})
      AND (k.valid_from IS NULL OR k.valid_from <= {{day}}) AND (k.valid_to IS NULL OR k.valid_to >= {{day}})
""".replace("{{", "{").replace("}}", "}")

TIME_AFTER_END = f"""
    SELECT {CANONICAL}
    FROM {ON_ENGAGEMENTS}
    JOIN timesheets_timeentry t ON t.engagement_id = e.id AND t.work_date > e.end_date
    WHERE t.status IN ('approved', 'submitted') AND t.hours > 0 AND t.work_date <= {{day}}
""".replace("{{", "{").replace("}}", "}")

SHARED_BANK_ACCOUNT = f"""
    SELECT {CANONICAL} FROM contributors_contributor c
    WHERE c.bank_account_hash IN (
        SELECT c.bank_account_hash FROM contributors_contributor c WHERE c.bank_account_hash <> ''
        GROUP BY c.bank_account_hash HAVING COUNT(DISTINCT {CANONICAL}) > 1)
"""

UNDER_HOLD = f"""
    SELECT {CANONICAL} FROM holds_hold h JOIN contributors_contributor c ON c.id = h.subject_id
    WHERE h.subject_type = 'contributor' AND h.lifted_at IS NULL
    UNION
    SELECT {CANONICAL} FROM holds_hold h JOIN engagements_engagement e ON e.id = h.subject_id
    JOIN contributors_contributor c ON c.id = e.contributor_id
    WHERE h.subject_type = 'engagement' AND h.lifted_at IS NULL
"""

SENT_BY_SOURCE = f"""
    SELECT {CANONICAL} FROM sources_sourcerecord r JOIN sources_source s ON s.id = r.source_id
    JOIN contributors_contributor c ON c.id = r.object_id
    WHERE r.kind = 'contributors' AND s.name = %s
"""

IN_UNIT_TREE = """
    WITH RECURSIVE tree(id) AS (
        SELECT id FROM organisation_unit WHERE name = %s
        UNION SELECT u.id FROM organisation_unit u JOIN tree ON u.parent_id = tree.id)
    SELECT id FROM tree
"""

OPEN_FINDINGS = f"""
    SELECT {CANONICAL} AS id, COUNT(*) AS value
    FROM policies_finding f JOIN contributors_contributor c ON c.id = f.contributor_id
    WHERE f.closed_at IS NULL GROUP BY 1
"""

# Gaps and islands: each engagement adds the days no earlier one covered; a long gap starts a new chain; only the
# last chain can have ended less than TENURE_GAP_DAYS before the day asked about.
TENURE_DAYS = f"""
    WITH spans AS (
        SELECT {CANONICAL} AS id, e.id AS engagement_id, e.start_date AS first_day,
               CASE WHEN e.end_date IS NULL OR e.end_date > {{day}} THEN {{day}} ELSE e.end_date END AS last_day
        FROM {ON_ENGAGEMENTS} WHERE e.start_date <= {{day}}
    ), reached AS (
        SELECT spans.*, MAX(last_day) OVER (
            PARTITION BY id ORDER BY first_day, last_day, engagement_id
            ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS before
        FROM spans
    ), added AS (
        SELECT id, engagement_id, first_day, last_day,
               CASE WHEN before IS NULL OR DAYS[first_day|before] > {TENURE_GAP_DAYS} THEN 1 ELSE 0 END AS starts_chain,
               CASE WHEN before IS NULL OR first_day > before THEN DAYS[last_day|first_day] + 1
                    WHEN last_day > before THEN DAYS[last_day|before] ELSE 0 END AS days
        FROM reached
    ), chained AS (
        SELECT id, last_day, days, SUM(starts_chain) OVER (
            PARTITION BY id ORDER BY first_day, last_day, engagement_id
            ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW) AS chain
        FROM added
    )
    SELECT id, SUM(days) AS value FROM chained GROUP BY id, chain
    HAVING DAYS[{{day}}|MAX(last_day)] < {TENURE_GAP_DAYS}
""".replace("{{", "{").replace("}}", "}")


def write_sql(sql: str, *, day: date, vendor: str) -> str:
    """The statement in the words of the database; `day` is a date, so that its literal is safe."""
    postgres = vendor == "postgresql"
    sql = sql.replace("{day}", f"DATE '{day.isoformat()}'" if postgres else f"'{day.isoformat()}'")
    while "DAYS[" in sql:
        head, rest = sql.split("DAYS[", 1)
        pair, tail = rest.split("]", 1)
        later, earlier = pair.split("|")
        days = f"({later} - {earlier})" if postgres else f"CAST(julianday({later}) - julianday({earlier}) AS INTEGER)"
        sql = head + days + tail
    return sql


class InStatement(Func):
    """Whether a column (never NULL then) is among what a statement yields: one hashed set for the whole query."""

    output_field = BooleanField()

    def __init__(self, column: str, *, sql: str, day: date, params: tuple = ()):
        super().__init__(F(column))
        self.sql, self.day, self.params = sql, day, tuple(params)

    def as_sql(self, compiler, connection, **_):
        column, params = compiler.compile(self.source_expressions[0])
        statement = write_sql(self.sql, day=self.day, vendor=connection.vendor)
        return f"({column} IS NOT NULL AND {column} IN ({statement}))", [*params, *params, *self.params]


def tenure_days(*, day: date, contributor_ids=None, using: str = "default") -> dict[int, int]:
    """Days of tenure by canonical contributor; those without are not in it."""
    sql = f"SELECT id, value FROM ({write_sql(TENURE_DAYS, day=day, vendor=connections[using].vendor)}) tenure"
    params: list[int] = []
    if contributor_ids is not None:
        params = list(contributor_ids)
        sql += f" WHERE id IN ({','.join(['%s'] * len(params)) or 'NULL'})"
    with connections[using].cursor() as cursor:
        cursor.execute(sql, params)
        return {pk: int(value) for pk, value in cursor.fetchall()}
