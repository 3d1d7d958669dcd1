"""Stating a need for work."""

from datetime import date
from decimal import Decimal

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction

from orchestration.demand.models import Request
from workforce.accounts.permissions import Permission, require
from workforce.contributors.models import Skill
from workforce.ledger.actions import Action
from workforce.ledger.record import record_event
from workforce.organisation.models import Unit


def create_request(
    *,
    unit: Unit,
    title: str,
    skills: list[str],
    weekly_hours: Decimal,
    start_date: date,
    end_date: date,
    headcount: int = 1,
    budget: Decimal | None = None,
    currency: str = "",
    country: str = "",
    by,
) -> Request:
    """An open request; a skill not known yet joins the list of skills. `weekly_hours` are for each of `headcount`."""
    require(by, Permission.REQUEST_CREATE)
    if not Unit.objects.visible_to(by).filter(pk=unit.pk).exists():
        raise PermissionDenied(f"Your roles do not reach {unit}. Ask for the request in a unit of yours.")
    check_request(start_date=start_date, end_date=end_date, budget=budget, currency=currency)
    with transaction.atomic():
        request = Request.objects.create(
            unit=unit,
            title=title,
            weekly_hours=weekly_hours,
            start_date=start_date,
            end_date=end_date,
            headcount=headcount,
            budget=budget,
            currency=currency,
            country=country,
        )
        request.skills.set(find_skills(skills))
        after = {
            "unit": unit.pk,
            "skills": sorted(skills),
            "weekly_hours": str(weekly_hours),
            "headcount": headcount,
            "start_date": start_date.isoformat(),
            "end_date": end_date.isoformat(),
            "budget": None if budget is None else f"{budget:.2f}",
            "currency": currency,
        }
        record_event(action=Action.RECORD_CREATED, subject=request, by=by, after=after)
    return request


def check_request(*, start_date: date, end_date: date, budget: Decimal | None, currency: str) -> None:
    if end_date < start_date:
        raise ValidationError({"end_date": f"{end_date} is before start_date, {start_date}."})
    if budget is not None and not currency:
        raise ValidationError({"currency": "A budget needs its currency, like EUR."})


def find_skills(names: list[str]) -> list[Skill]:
    """The skills of these names, compared without case and extra spaces; new ones are made."""
    by_slug = {" ".join(name.lower().split()): " ".join(name.split()) for name in names}
    Skill.objects.bulk_create([Skill(slug=s, name=n) for s, n in by_slug.items()], ignore_conflicts=True)
    return list(Skill.objects.filter(slug__in=by_slug))
