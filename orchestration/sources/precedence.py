"""Which source counts before which, for every field or for one."""

from django.core.exceptions import ValidationError
from django.db import transaction

from orchestration.sources.golden import COLUMNS, EVERY, TOGETHER
from orchestration.sources.models import Precedence, Source
from workforce.accounts.permissions import Permission, require
from workforce.ledger.actions import Action
from workforce.ledger.record import record_event

# The first of fields that are taken together speaks for the others.
ORDERED = [EVERY, *(name for name in COLUMNS if not any(name in names[1:] for names in TOGETHER))]


def order_sources(*, column: str, sources: list[str], by) -> None:
    """Sets the sources that come first for a column (`*`: for every column), in this order; the others follow.

    Golden records change when `settle_every_golden` has run.
    """
    require(by, Permission.CONTRIBUTOR_EDIT)
    if column not in ORDERED:
        raise ValidationError({"field": f"{column[:40]!r} is not a field. Write one of: {', '.join(ORDERED)}."})
    known = Source.objects.in_bulk(sources, field_name="name")
    unknown = next((name for name in sources if name not in known), None)
    if unknown is not None or len(set(sources)) < len(sources):
        raise ValidationError({"sources": f"Name each source once, and only known ones: {', '.join(sources)[:200]}."})
    with transaction.atomic():
        old = Precedence.objects.filter(column=column)
        before = list(old.order_by("rank").values_list("source__name", flat=True))
        if before == sources:
            return
        old.delete()
        rows = [Precedence(column=column, source=known[name], rank=n) for n, name in enumerate(sources, start=1)]
        Precedence.objects.bulk_create(rows)
        subject = known[sources[0]] if sources else Source.objects.get(name=before[0])
        told = ({f"precedence of {column}": order} for order in (before, sources))
        record_event(action=Action.RECORD_UPDATED, subject=subject, by=by, before=next(told), after=next(told))
