"""Brings the cube up to date: shares of what was touched, then the cells of the units they stand in."""

import hashlib
import time
from datetime import date
from pathlib import Path

from django.db import connection, transaction
from django.utils import timezone

from analytics.capacity.follow import Touched, find_touched
from analytics.capacity.models import Cell, Coverage, Origin, Share
from analytics.capacity.window import create_day_tables, find_window, insert_rows, prepare_calendars, run_statements
from workforce.ledger.follow import move_cursor, take_cursor, unread_events
from workforce.organisation.models import CalendarDay, ExchangeRate, Location, Organisation, Unit

CURSOR = "capacity"
SQL = Path(__file__).parent / "sql"
WORKING_TABLES = [
    "window",
    "spine",
    "exchange",
    "exchange_days",
    "scope",
    "touched",
    "days",
    "months",
    "people",
    "terms",
    "offers",
    "rates",
    "priced_time",
    "units",
    "salaries",
    "costs",
    "served",
    "fresh",
]


def recompute_capacity(*, full: bool = False, today: date | None = None, progress=lambda step: None) -> dict:
    """Computes what changed since the last time, or all; the cells are the same either way.

    Returns the cells of the cube, the rows changed by this run and the seconds it took.
    """
    started = time.monotonic()
    today = today or timezone.localdate()
    with transaction.atomic(), connection.cursor() as cursor:
        position = take_cursor(CURSOR)
        news = unread_events(position)
        newest = news.values_list("transaction", "pk").last()
        first, last = find_window(today)
        prepare_calendars(first, last)
        ground = hash_ground(first, last)
        touched = None
        covered = Coverage.objects.filter(first=first, last=last, ground=ground).first()
        if covered and not full:
            is_new_day = covered.today != today
            touched = find_touched(news, is_new_day=is_new_day)
        is_needed = touched is None or bool(touched)
        changed = _compute(cursor, touched, first, last, today, progress) if is_needed else 0
        Coverage.objects.update_or_create(
            pk=1,
            defaults={"first": first, "last": last, "today": today, "ground": ground, "computed_at": timezone.now()},
        )
        if newest:
            move_cursor(position, transaction=newest[0], position=newest[1])
    return {"cells": Cell.objects.count(), "changed": changed, "seconds": round(time.monotonic() - started, 3)}


def hash_ground(first: date, last: date) -> str:
    """A hash of what every cell may depend on: reporting currency, places, free days and exchange rates."""
    parts = [
        [Organisation.current().reporting_currency],
        Unit.objects.order_by("pk").values_list("pk", "country"),
        Location.objects.order_by("pk").values_list("pk", "country", "calendar"),
        ExchangeRate.objects.order_by("pk").values_list("date", "base", "quote", "rate"),
        CalendarDay.objects.filter(date__range=(first, last), is_working=False)
        .order_by("calendar", "date")
        .values_list("calendar", "date"),
    ]
    digest = hashlib.sha256()
    for part in parts:
        digest.update(repr(list(part)).encode())
    return digest.hexdigest()


def _compute(cursor, touched: Touched | None, first: date, last: date, today: date, progress) -> int:
    _drop_working_tables(cursor)
    create_day_tables(cursor, first, last, today)
    stale = Share.objects.all() if touched is None else touched.shares()
    if touched is None:
        cursor.execute("INSERT INTO cube_scope SELECT id FROM contributors_contributor WHERE merged_into_id IS NULL")
    else:
        insert_rows(cursor, "cube_scope", [(pk,) for pk in sorted(touched.contributors)])
        units = set(stale.values_list("unit_id", flat=True).distinct())
        insert_rows(cursor, "cube_touched", [(pk,) for pk in sorted(units)])
    stale.delete()
    steps = ["terms", "rates", "work", "monthly"]
    if touched is None or touched.requests:
        steps.append("requests")  # they count from today on, so a new day changes them
    for step in steps:
        progress(step)
        run_statements(cursor, (SQL / f"{step}.sql").read_text())
    _touch_units(cursor, touched)
    progress("cells")
    run_statements(cursor, (SQL / "cells.sql").read_text())
    changed = run_statements(cursor, (SQL / "write.sql").read_text())
    _drop_working_tables(cursor)
    return changed


def _touch_units(cursor, touched: Touched | None) -> None:
    """Every unit, or besides those touched before the ones in which new shares stand."""
    if touched is None:
        cursor.execute("INSERT INTO cube_touched SELECT id FROM organisation_unit")
        return
    requests = f" OR origin = '{Origin.REQUEST}'" if touched.requests else ""
    cursor.execute(
        f"""
        INSERT INTO cube_touched
        SELECT DISTINCT unit_id FROM capacity_share
        WHERE (contributor_id IN (SELECT contributor_id FROM cube_scope){requests})
          AND unit_id NOT IN (SELECT unit_id FROM cube_touched)
        """
    )


def _drop_working_tables(cursor) -> None:
    for name in WORKING_TABLES:
        cursor.execute(f"DROP TABLE IF EXISTS cube_{name}")
