"""Row scope written so that a list is read in its own order."""

from django.db.models import BooleanField, F, Func


class EngagedIn(Func):
    """Whether a contributor has an engagement in one of the units, looked up for the row at hand.

    OFFSET keeps PostgreSQL from gathering everyone engaged there before the first row.
    """

    output_field = BooleanField()

    def __init__(self, unit_ids):
        super().__init__(F("pk"))
        self.unit_ids = tuple(unit_ids)

    def as_sql(self, compiler, connection, **_):
        pk, params = compiler.compile(self.source_expressions[0])
        marks = ", ".join(["%s"] * len(self.unit_ids)) or "NULL"
        sql = f"""EXISTS (SELECT 1 FROM engagements_engagement e
            WHERE e.contributor_id = {pk} AND e.unit_id IN ({marks}) LIMIT 1 OFFSET 0)"""
        return sql, [*params, *self.unit_ids]
