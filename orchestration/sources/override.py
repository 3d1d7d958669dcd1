"""What a person holds to be true of a contributor, until a day and for a reason, whatever the sources say."""

import json
from collections.abc import Iterable
from datetime import date

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone

from orchestration.sources.golden import COLUMNS, Column, settle_golden, tell_value, write_facts
from orchestration.sources.mapping import Mapping
from orchestration.sources.models import Override
from orchestration.sources.references import find_targets
from orchestration.sources.values import CLEAR, READERS, CellError
from workforce.accounts.permissions import Permission, require
from workforce.contributors.models import Contributor, Skill
from workforce.ledger.actions import Action
from workforce.ledger.cover import IDENTITY_FIELDS
from workforce.ledger.models import Event
from workforce.ledger.record import build_event, record_event
from workforce.organisation.calendars import calendar_for
from workforce.organisation.models import CostCentre, Location, Unit

REFERRED = {"contributors": Contributor, "units": Unit}


def override_fact(*, contributor: Contributor, column: str, text: str, reason: str, until: date, by) -> Override:
    """Sets one field by hand; an override of the field that stands is taken back by it.

    `text` is written as in a table: ISO dates, `;` between skills, `source:source_id` or an id for a reference, `-` for
    nothing. ValidationError says by field what cannot be taken.
    """
    require(by, Permission.CONTRIBUTOR_EDIT)
    chosen = _check_column(column, by)
    if not reason.strip():
        raise ValidationError({"reason": "Say why this overrides the sources; the reason is kept as proof."})
    if until < timezone.now().date():
        raise ValidationError({"until": f"{until} has passed. Give a day from {timezone.now().date()} on."})
    if contributor.merged_into_id:
        raise ValidationError({"contributor": "This record is merged into another. Override the fact there."})
    now = timezone.now()
    with transaction.atomic():
        value = _read_text(chosen, text, contributor, by)
        Override.objects.filter(contributor=contributor, column=column, ended_at=None).update(ended_at=now, ended_by=by)
        override = Override.objects.create(
            contributor=contributor, column=column, value=json.dumps(value), reason=reason, until=until, at=now, by=by
        )
        details = {column: _tell(chosen, value), "until": until.isoformat()}
        record_event(action=Action.CONTRIBUTOR_OVERRIDDEN, subject=contributor, by=by, after=details, reason=reason)
        settle_golden([contributor.pk], by=by)
    return override


def end_override(*, override: Override, by) -> None:
    """Takes an override back; the sources count again at once."""
    require(by, Permission.CONTRIBUTOR_EDIT)
    _check_column(override.column, by)
    with transaction.atomic():
        standing = Override.objects.filter(pk=override.pk, ended_at=None)
        if not standing.update(ended_at=timezone.now(), ended_by=by):
            raise ValidationError("This override has ended already; there is nothing to take back.")
        _record_ends([override], by=by, reason="Taken back")
        settle_golden([override.contributor_id], by=by)


def expire_overrides() -> int:
    """Ends the overrides whose last day has passed, and lets the sources count again; returns how many."""
    with transaction.atomic():
        over = Override.objects.filter(ended_at=None, until__lt=timezone.now().date())
        passed = list(over.select_for_update(of=("self",)).select_related("contributor").order_by("pk"))
        Override.objects.filter(pk__in=[one.pk for one in passed]).update(ended_at=timezone.now())
        _record_ends(passed, by=None, reason="Its last day has passed")
        settle_golden([one.contributor_id for one in passed])
    return len(passed)


def _record_ends(ended: Iterable[Override], *, by, reason: str) -> None:
    Event.objects.bulk_create(
        [
            build_event(
                action=Action.CONTRIBUTOR_OVERRIDE_ENDED, subject=one.contributor, by=by, reason=reason,
                before={one.column: _tell(COLUMNS[one.column], json.loads(one.value))}, after={},
            )
            for one in ended
        ]
    )  # fmt: skip


def _check_column(column: str, by) -> Column:
    if column not in COLUMNS:
        raise ValidationError({"field": f"{column[:40]!r} is not a field. Write one of: {', '.join(COLUMNS)}."})
    if column in IDENTITY_FIELDS:
        require(by, Permission.CONTRIBUTOR_VIEW_IDENTITY)
    return COLUMNS[column]


def _read_text(column: Column, text: str, contributor: Contributor, by):
    """The value as OwnFacts would hold it, JSON-ready."""
    text = text.strip()
    if text in ("", CLEAR):
        if column.required or column.name in ("name", "status"):
            raise ValidationError({"value": f"{column.name} cannot be empty. Fill it in."})
        return None
    try:
        value = READERS[column.type](text, column, Mapping())
    except CellError as error:
        raise ValidationError({"value": error.message}) from None
    if column.type == "reference":
        return _find_referred(column, value, contributor, by)
    if column.type == "location":
        calendar = calendar_for(contributor.country) if contributor.country else None
        return Location.objects.get_or_create(
            name=value, country=contributor.country, defaults={"calendar": calendar}
        )[0].pk  # fmt: skip
    if column.type == "cost_centre":
        return CostCentre.objects.get_or_create(code=value)[0].pk
    if column.type == "skills":
        return sorted({Skill.objects.get_or_create(slug=n.lower(), defaults={"name": n})[0].pk for n in value})
    return json.loads(write_facts({column.name: value}))[column.name]


def _find_referred(column: Column, text: str, contributor: Contributor, by) -> int:
    source, colon, key = text.partition(":")
    seen = REFERRED[column.target].objects.visible_to(by).order_by()
    if colon:
        pk = find_targets([(column.target, source, key)]).get((column.target, source, key))
    else:
        pk = int(text) if text.isascii() and text.isdecimal() and len(text) < 18 else None
    if pk is None or not seen.filter(pk=pk).exists():
        raise ValidationError(
            {"value": f"{text!r} is nobody you can see. Write source:source_id, as hris:E1, or the id."}
        )
    if column.target == "contributors" and pk == contributor.pk:
        raise ValidationError({"value": f"A contributor cannot be its own {column.name}."})
    return pk


def _tell(column: Column, value):
    skills = dict(Skill.objects.filter(pk__in=value or ()).values_list("pk", "name")) if column.type == "skills" else {}
    return tell_value(column, value or [] if column.type == "skills" else value, skills)
