"""What of the invoices waits for somebody, and the figures of matching."""

from django.db.models import Count, Exists, OuterRef, Q, Sum

from orchestration.invoices.explain import EXPLANATIONS, explain
from orchestration.invoices.models import Decision, Discrepancy, Invoice, LineMatch
from workforce.accounts.permissions import Role


def open_discrepancies(user):
    """Those seen by the user on which nobody has decided, oldest invoice first."""
    decided = Decision.objects.filter(line=OuterRef("line"), code=OuterRef("code"))
    seen = Discrepancy.objects.visible_to(user).filter(~Exists(decided))
    return seen.select_related("line__invoice__supplier", "line__contributor").order_by(
        "line__invoice__issue_date", "pk"
    )


def codes_of(role: str) -> list[str]:
    """The codes that a role answers for."""
    return [code.value for code, words in EXPLANATIONS.items() if words.owner_role == role]


def count_by_code(discrepancies) -> list[dict]:
    """Number and money at stake by code and currency, most frequent first."""
    groups = discrepancies.order_by().values("code", "line__invoice__currency")
    return list(groups.annotate(number=Count("pk"), amount=Sum("amount")).order_by("-number", "code"))


def first_pass(user) -> dict:
    """Lines judged, those matched at once, and their share."""
    judged = LineMatch.objects.filter(line__invoice__in=Invoice.objects.visible_to(user).order_by().values("pk"))
    facts = judged.aggregate(lines=Count("pk"), matched=Count("pk", filter=Q(status="matched")))
    return {**facts, "share": facts["matched"] / facts["lines"] if facts["lines"] else None}


def add_words(discrepancies) -> list[Discrepancy]:
    """The rows, each with its `words` and the `owner` by name."""
    rows = list(discrepancies)
    for row in rows:
        row.words = explain(row)
        row.owner = Role(row.words.owner_role).label
    return rows
