"""Capacity against demand: units by month, and by kind."""

from datetime import date

from django.db.models import Sum
from django.shortcuts import render
from django.utils import timezone

from analytics.capacity.queries import visible_cells
from analytics.capacity.window import add_months
from workforce.accounts.permissions import Permission, require
from workforce.contributors.models import Kind

BACK, AHEAD = 3, 6  # months shown before and from the present one on
HOURS = ("capacity_hours", "demand_hours", "worked_hours", "idle_hours")


def capacity(request):
    """The share of capacity asked for, unit by month, with the table behind the picture."""
    require(request.user, Permission.CAPACITY_VIEW)
    months = shown_months(timezone.now().date())
    kind = request.GET.get("kind", "")
    cells = visible_cells(request.user, months)
    by_kind = list(cells.order_by().values("kind").annotate(**{name: Sum(name) for name in HOURS}).order_by("kind"))
    labels = {**dict(Kind.choices), "": "Not yet chosen"}
    for group in by_kind:
        group["label"] = labels[group["kind"]]
    if kind in Kind.values:
        cells = cells.filter(kind=kind)
    rows = build_rows(cells, months)
    facts = {"months": months, "rows": rows, "by_kind": by_kind, "kind": kind, "kinds": Kind.choices}
    return render(request, "capacity/capacity.html", {**facts, "picture": draw_picture(rows, months)})


def shown_months(today: date) -> list[date]:
    return [add_months(today, n) for n in range(-BACK, AHEAD)]


def build_rows(cells, months: list[date]) -> list[dict]:
    """A row for each unit with its months in order; `load` is demand over capacity, None without capacity."""
    found = {}
    sums = {name: Sum(name) for name in HOURS}
    for group in cells.order_by().values("unit", "unit__name", "month").annotate(**sums):
        found.setdefault((group["unit__name"], group["unit"]), {})[group["month"]] = group
    return [
        {"unit": name, "months": [read_month(by_month.get(month)) for month in months]}
        for (name, _), by_month in sorted(found.items())
    ]


def read_month(group: dict | None) -> dict:
    if group is None:
        return {"capacity": None, "demand": None, "load": None}
    has, wants = group["capacity_hours"], group["demand_hours"]
    return {"capacity": has, "demand": wants, "load": wants / has if has else None}


def draw_picture(rows: list[dict], months: list[date]) -> dict:
    """The heatmap as data: percentages by place of month and unit."""
    return {
        "months": [f"{month:%b %Y}" for month in months],
        "units": [row["unit"] for row in rows],
        "cells": [
            [x, y, round(float(one["load"]) * 100)]
            for y, row in enumerate(rows)
            for x, one in enumerate(row["months"])
            if one["load"] is not None
        ],
    }
