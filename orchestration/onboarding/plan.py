"""Making onboarding plans for engagements that are still to start, as sets."""

from datetime import date

from django.db import connection, transaction
from django.utils import timezone

from orchestration.onboarding.load import import_templates
from orchestration.onboarding.models import Template
from workforce.holds.place import place_holds, write_day, write_instant
from workforce.ledger.actions import Action

# Engagements without a plan that start after the day, or whose contributor is not through onboarding.
MAKE_PLANS = """
    INSERT INTO onboarding_plan (engagement_id, template_id, created_at)
    SELECT e.id, t.id, %s
    FROM engagements_engagement e
    JOIN contributors_contributor r ON r.id = e.contributor_id
    JOIN contributors_contributor c ON c.id = COALESCE(r.merged_into_id, r.id)
    JOIN onboarding_template t ON t.kind = c.kind
    WHERE (e.start_date > %s OR c.status IN ('onboarding', 'planned'))
      AND (e.end_date IS NULL OR e.end_date >= e.start_date) AND c.status <> 'left'
      {among}
    ON CONFLICT DO NOTHING
"""

# Due days count from the engagement's start; an item blocks from that start or from today, whichever is earlier.
MAKE_ITEMS = """
    INSERT INTO onboarding_item (plan_id, control, title, role, due_date, blocks, open_from, note)
    SELECT p.id, i.control, i.title, i.role, {due_date}, i.blocks,
           CASE WHEN e.start_date < {today} THEN e.start_date ELSE {today} END, ''
    FROM onboarding_plan p
    JOIN engagements_engagement e ON e.id = p.engagement_id
    JOIN onboarding_templateitem i ON i.template_id = p.template_id
    WHERE p.created_at = %s
    ON CONFLICT DO NOTHING
"""

RECORD_PLAN_EVENTS = """
    INSERT INTO ledger_event
        (at, actor_id, action, subject_type, subject_id, subject_label, before, after, reason)
    SELECT p.created_at, {by}, %s, 'engagement', e.id, SUBSTR(t.name || ': ' || c.name, 1, 200), '{{}}', '{{}}', ''
    FROM onboarding_plan p JOIN onboarding_template t ON t.id = p.template_id
    JOIN engagements_engagement e ON e.id = p.engagement_id
    JOIN contributors_contributor c ON c.id = e.contributor_id
    WHERE p.created_at = %s
"""

HOLDS_OF_OPEN_ITEMS = """
    SELECT 'engagement' AS subject_type, p.engagement_id AS subject_id, i.blocks AS scope, i.title AS reason,
           'onboarding:item:' || i.id AS cause, i.open_from AS from_date
    FROM onboarding_item i JOIN onboarding_plan p ON p.id = i.plan_id
    WHERE p.created_at = %s AND i.blocks <> '' AND i.done_at IS NULL
"""


def make_plans(*, today: date | None = None, engagement_ids=None, by=None) -> int:
    """Makes the plans that are missing, with their items and Holds, and returns how many."""
    today, now = today or timezone.now().date(), timezone.now()
    if engagement_ids is not None and not engagement_ids:
        return 0
    if not Template.objects.exists():
        import_templates()
    ids = [int(i) for i in engagement_ids or ()]
    among = f"AND e.id IN ({','.join(map(str, ids))})" if ids else ""
    instant = write_instant(now)
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(MAKE_PLANS.format(among=among), [instant, write_day(today)])
        made = cursor.rowcount
        cursor.execute(MAKE_ITEMS.format(**write_dates(today)), [instant])
        actor = str(int(by.pk)) if by is not None else "NULL"
        cursor.execute(RECORD_PLAN_EVENTS.format(by=actor), [str(Action.PLAN_CREATED), instant])
        place_holds(statement=HOLDS_OF_OPEN_ITEMS, params=[instant], by=by)
    return made


def write_dates(today: date) -> dict[str, str]:
    """Today and an item's due date in the words of the database."""
    if connection.vendor == "postgresql":
        return {"today": f"DATE '{today.isoformat()}'", "due_date": "e.start_date + i.due_days"}
    return {"today": f"'{today.isoformat()}'", "due_date": "date(e.start_date, i.due_days || ' days')"}
