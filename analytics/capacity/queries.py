"""What the pages show of the cube, within the units a user may see."""

from collections import defaultdict
from datetime import date, timedelta
from decimal import Decimal

from django.db.models import Q, Sum

from analytics.capacity.models import Cell
from analytics.capacity.window import add_months
from orchestration.demand.models import Request
from workforce.accounts.permissions import Permission, require
from workforce.contributors.models import Kind, Skill
from workforce.engagements.models import Engagement
from workforce.organisation.models import Unit
from workforce.timesheets.models import Allocation, TimeEntry, TimeStatus, WorkUnit

SUMS = {
    name: Sum(f"{name}_hours", default=Decimal(0))
    for name in ("capacity", "demand", "allocated", "worked", "idle", "unpriced")
}


def heatmap(user, months: list[date], kind: str | None = None, skill: Skill | int | None = None) -> list[dict]:
    """Units by name with one cell a month: hours, utilisation (worked / capacity, None without capacity) and gap.

    `months` are first days; `gap` is demand less capacity: above zero, people are missing. Units with nothing in
    these months are left out. `cost` is None for those who may not see pay.
    """
    cells = visible_cells(user, months, skill=skill)
    if kind is not None:
        cells = cells.filter(kind=kind)
    found: dict = defaultdict(dict)
    for row in cells.values("unit", "month").annotate(**SUMS, money=Sum("cost", default=Decimal(0))).order_by():
        found[row["unit"]][row["month"]] = _shown(row, user)
    nothing = {**dict.fromkeys(SUMS, Decimal(0)), "money": Decimal(0)}
    return [
        {"unit": unit, "cells": [{"month": m, **(found[unit.id].get(m) or _shown(nothing, user))} for m in months]}
        for unit in Unit.objects.filter(id__in=found)
    ]


def supply_and_demand(user, months: list[date]) -> list[dict]:
    """One row for each kind (and one for requests not yet given to a kind) with one cell a month."""
    found: dict = defaultdict(dict)
    rows = visible_cells(user, months).values("kind", "month").annotate(**SUMS, money=Sum("cost", default=Decimal(0)))
    for row in rows.order_by():
        found[row["kind"]][row["month"]] = _shown(row, user)
    nothing = {**dict.fromkeys(SUMS, Decimal(0)), "money": Decimal(0)}
    return [
        {
            "kind": kind,
            "label": label,
            "cells": [{"month": m, **(found[kind].get(m) or _shown(nothing, user))} for m in months],
        }
        for kind, label in [*Kind.choices, ("", "Not yet chosen")]
        if kind in found
    ]


def explain_cell(
    user, *, unit: Unit | int, month: date, kind: str | None = None, skill: Skill | int | None = None
) -> dict:
    """The rows behind one cell: `cells` (one for each kind, if none is named), `engagements`, `allocations`,
    `time_entries` (approved), `work_units` and open `requests`; all empty for a unit outside the user's.
    """
    cells = list(
        visible_cells(user, [month], skill=skill).filter(unit=unit, **({} if kind is None else {"kind": kind}))
    )
    if not user.may(Permission.CONTRIBUTOR_VIEW_PAY):
        for cell in cells:
            cell.cost = None
    scope = user.unit_scope()
    unit_id = unit.pk if isinstance(unit, Unit) else unit
    if scope is not None and unit_id not in scope:
        unit_id = None  # not among the units seen: nothing is told, not even that it exists
    last = add_months(month, 1) - timedelta(1)
    of = _of_contributor(kind, skill)
    engaged = Engagement.objects.filter(_prefixed(of, "contributor"), unit=unit_id)
    running = engaged.filter(Q(end_date=None) | Q(end_date__gte=month), start_date__lte=last)
    planned = Allocation.objects.filter(
        _prefixed(of, "contributor"), unit=unit_id, start_date__lte=last, end_date__gte=month
    )
    month_of_work = {"engagement__in": engaged, "work_date__range": (month, last)}
    requests = Request.objects.filter(unit=unit_id, status="open", start_date__lte=last, end_date__gte=month)
    if skill is not None:
        requests = requests.filter(skills=skill)
    return {
        "cells": cells,
        "engagements": running.select_related("contributor").order_by("contributor__name", "id").distinct(),
        "allocations": planned.select_related("contributor").order_by("contributor__name", "id").distinct(),
        "time_entries": TimeEntry.objects.filter(status=TimeStatus.APPROVED, **month_of_work).select_related(
            "engagement__contributor"
        ),
        "work_units": WorkUnit.objects.filter(**month_of_work).select_related("engagement__contributor"),
        "requests": requests.none() if kind else requests.order_by("start_date", "id"),
    }


def visible_cells(user, months: list[date], *, skill: Skill | int | None = None):
    """Cells of these months and of one skill or of all; refuses who may not see capacity."""
    require(user, Permission.CAPACITY_VIEW)
    return Cell.objects.visible_to(user).filter(month__in=months, skill=skill)


def _shown(row: dict, user) -> dict:
    capacity, worked = row["capacity"], row["worked"]
    return {
        **{name: row[name] for name in SUMS},
        "utilisation": (worked / capacity).quantize(Decimal("0.0001")) if capacity > 0 else None,
        "gap": row["demand"] - capacity,
        "cost": row["money"] if user.may(Permission.CONTRIBUTOR_VIEW_PAY) else None,
    }


def _of_contributor(kind: str | None, skill: Skill | int | None) -> list[tuple[str, object]]:
    return [(name, value) for name, value in (("kind", kind), ("skills", skill)) if value is not None]


def _prefixed(conditions: list[tuple[str, object]], prefix: str) -> Q:
    """The conditions on a contributor or, where its record was merged, on the one it was merged into."""
    found = Q()
    for name, value in conditions:
        own = Q(**{f"{prefix}__merged_into": None, f"{prefix}__{name}": value})
        found &= own | Q(**{f"{prefix}__merged_into__{name}": value})
    return found
