"""Who breaks a policy: findings opened and closed as sets, with their Events and Holds."""

from datetime import date, timedelta
from time import monotonic

from django.db import connection, transaction
from django.db.models import Q
from django.utils import timezone

from governance.policies.load import import_policies
from governance.policies.models import Effect, Finding, Policy
from workforce.contributors.models import Contributor
from workforce.contributors.query import apply_query
from workforce.holds.place import lift_holds, place_holds, write_day, write_instant
from workforce.ledger.actions import Action

SCOPE_BLOCKED = {
    Effect.BLOCK_START: "start",
    Effect.BLOCK_ACCESS: "access",
    Effect.BLOCK_PAY: "pay",
    Effect.BLOCK_RUN: "run",
}

# Breakers without an open finding and without a waiver that still stands.
OPEN_FINDINGS = """
    INSERT INTO policies_finding (policy_id, contributor_id, found_on, due_date, opened_at)
    SELECT %s, v.id, {found_on}, {due_date}, {now}
    FROM ({violators}) v
    WHERE NOT EXISTS (SELECT 1 FROM policies_finding f
                      WHERE f.policy_id = %s AND f.contributor_id = v.id AND f.closed_at IS NULL)
      AND NOT EXISTS (SELECT 1 FROM policies_waiver w
                      WHERE w.policy_id = %s AND w.contributor_id = v.id AND w.until >= {found_on})
    ON CONFLICT DO NOTHING
    RETURNING id
"""

# Open findings of those who do not break the policy now.
CLOSE_FINDINGS = """
    UPDATE policies_finding SET closed_at = {now}
    WHERE policy_id = %s AND closed_at IS NULL AND contributor_id NOT IN (SELECT v.id FROM ({violators}) v)
    RETURNING id
"""

RECORD_FINDING_EVENTS = """
    INSERT INTO ledger_event (at, action, subject_type, subject_id, subject_label, before, after, reason)
    SELECT {now}, %s, 'finding', f.id, SUBSTR(p.title || ': ' || c.name, 1, 200), '{{}}', {after}, p.reason
    FROM policies_finding f JOIN policies_policy p ON p.id = f.policy_id
    JOIN contributors_contributor c ON c.id = f.contributor_id
    WHERE f.policy_id = %s AND f.{instant} = {now}
"""


def evaluate_policies(*, policy: str = "", as_of: date | None = None, dry_run: bool = False, progress=iter) -> dict:
    """Brings the findings of every active policy up to the facts as of the day, and counts what changed."""
    started = monotonic()
    with transaction.atomic():
        if not Policy.objects.exists():
            import_policies()
        policies = list(Policy.objects.filter(name=policy) if policy else Policy.objects.all())
        if policy and not policies:
            known = ", ".join(Policy.objects.values_list("name", flat=True))
            raise ValueError(f"There is no policy `{policy}`. Known are: {known}.")
        result = evaluate_set(policies, day=as_of or timezone.now().date(), among=None, progress=progress)
        transaction.set_rollback(dry_run)
    return result | {"seconds": round(monotonic() - started, 3)}


def evaluate_touched(contributor_ids, *, as_of: date | None = None) -> dict:
    """The same for what these contributors touch: themselves, who depends on them, and what is open."""
    with transaction.atomic():
        among = find_touched(set(contributor_ids))
        return evaluate_set(list(Policy.objects.all()), day=as_of or timezone.now().date(), among=among)


def find_touched(ids: set[int]):
    """Contributors whose breaking of any policy may hang on these: a queryset of ids."""
    records = Contributor.objects.filter(Q(pk__in=ids) | Q(merged_into__in=ids) | Q(merged_from__in=ids)).order_by()
    known = set(records.values_list("pk", flat=True))
    known |= set(Contributor.objects.filter(merged_into__in=known).values_list("pk", flat=True))
    themselves = Contributor.objects.filter(pk__in=known).order_by()
    hashes = themselves.exclude(bank_account_hash="").values("bank_account_hash")
    return Contributor.objects.order_by().filter(
        Q(pk__in=known)
        | Q(pk__in=themselves.values("supplier"))
        | Q(pk__in=themselves.values("engagements__supplier"))
        | Q(pk__in=themselves.values("merged_into"))
        | Q(owner__in=known)
        | Q(manager__in=known)
        | Q(supplier__in=known)
        | Q(bank_account_hash__in=hashes)
        | Q(pk__in=Finding.objects.open().order_by().values("contributor"))
        | Q(merged_from__owner__in=known)
        | Q(merged_from__supplier__in=known)
        | Q(merged_from__bank_account_hash__in=hashes)
    )


def evaluate_set(policies: list[Policy], *, day: date, among, progress=iter) -> dict:
    opened = closed = 0
    for policy in progress(policies):
        newly_opened, newly_closed = evaluate_one(policy, day=day, among=among)
        opened, closed = opened + newly_opened, closed + newly_closed
    by_policy = {p.name: Finding.objects.open().filter(policy=p).count() for p in policies if p.is_active}
    return {
        "policies": len(by_policy),
        "contributors": (Contributor.objects.canonical() if among is None else among).distinct().count(),
        "opened": opened,
        "closed": closed,
        "open": sum(by_policy.values()),
        "by_policy": by_policy,
    }


def evaluate_one(policy: Policy, *, day: date, among=None) -> tuple[int, int]:
    """How many findings of the policy were opened and closed."""
    now = timezone.now()
    violators, params = find_violators(policy, day=day, among=among).query.sql_with_params()
    pieces = {
        "violators": violators,
        "now": write_literal(write_instant(now)),
        "found_on": write_literal(write_day(day)),
        "due_date": write_literal(write_day(day + timedelta(days=policy.due_days))),
    }
    with connection.cursor() as cursor:
        cursor.execute(OPEN_FINDINGS.format(**pieces), [policy.pk, *params, policy.pk, policy.pk])
        opened = len(cursor.fetchall())
        # A partial set holds everyone with an open finding, so what it does not name is closed rightly.
        cursor.execute(CLOSE_FINDINGS.format(**pieces), [policy.pk, *params])
        closed = len(cursor.fetchall())
        after = "jsonb_build_object" if connection.vendor == "postgresql" else "json_object"
        after += "('policy', p.name, 'contributor', f.contributor_id)"
        for action, instant in ((Action.FINDING_OPENED, "opened_at"), (Action.FINDING_CLOSED, "closed_at")):
            sql = RECORD_FINDING_EVENTS.format(now=pieces["now"], after=after, instant=instant)
            cursor.execute(sql, [str(action), policy.pk])
    bring_holds_up_to_date(policy)
    return opened, closed


def find_violators(policy: Policy, *, day: date, among=None):
    """Those in scope for whom the condition holds, as ids; nobody breaks a policy that is switched off."""
    contributors = Contributor.objects.canonical().order_by()
    if not policy.is_active:
        return contributors.filter(pk=-1).values("id")
    if among is not None:
        contributors = contributors.filter(pk__in=among.values("pk"))
    scoped = apply_query(contributors, policy.scope, today=day)
    return apply_query(scoped, policy.condition, today=day).values("id")


def bring_holds_up_to_date(policy: Policy) -> None:
    """A blocking policy holds those with an open finding, and nobody else."""
    cause, scope = f"policy:{policy.name}", SCOPE_BLOCKED.get(policy.effect, "")
    lift_holds(
        statement="""SELECT h.id FROM holds_hold h WHERE h.cause = %s AND h.lifted_at IS NULL
            AND (h.scope <> %s OR h.subject_id NOT IN (
                SELECT contributor_id FROM policies_finding WHERE policy_id = %s AND closed_at IS NULL))""",
        params=[cause, scope, policy.pk],
    )
    if scope:
        place_holds(
            statement=f"""SELECT 'contributor' AS subject_type, f.contributor_id AS subject_id, '{scope}' AS scope,
                p.title AS reason, 'policy:' || p.name AS cause, f.found_on AS from_date
                FROM policies_finding f JOIN policies_policy p ON p.id = f.policy_id
                WHERE f.policy_id = %s AND f.closed_at IS NULL""",
            params=[policy.pk],
        )


def write_literal(value) -> str:
    """A date or instant, which this module made itself, as a literal of the database."""
    kind = "TIMESTAMPTZ" if hasattr(value, "hour") else "DATE"
    return f"{kind} '{value}'" if connection.vendor == "postgresql" else f"'{value}'"
