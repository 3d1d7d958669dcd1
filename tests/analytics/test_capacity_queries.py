"""What the pages are told of the cube, and to whom."""

from datetime import date
from decimal import Decimal

import pytest
from django.core.exceptions import PermissionDenied

from analytics.capacity.queries import explain_cell, heatmap, supply_and_demand
from analytics.capacity.recompute import recompute_capacity
from tests import cast
from workforce.accounts.permissions import Role

TODAY = date(2026, 10, 1)
SEPTEMBER = date(2026, 9, 1)
JANUARY = date(2027, 1, 1)


@pytest.fixture
def cube(organisation):
    recompute_capacity(full=True, today=TODAY)
    return organisation


def test_heatmap_shows_the_welder_of_september_in_his_unit_only(cube, finance):
    (row,) = heatmap(finance, [SEPTEMBER])
    (cell,) = row["cells"]
    assert row["unit"] == cube.quay
    assert (cell["capacity"], cell["worked"], cell["cost"]) == (Decimal(176), Decimal(16), Decimal(1280))
    assert cell["utilisation"] == Decimal("0.0909")


def test_months_without_cells_are_shown_as_nothing(cube, finance):
    row = heatmap(finance, [SEPTEMBER, date(2020, 1, 1)])[0]
    assert row["cells"][1]["capacity"] == 0
    assert row["cells"][1]["utilisation"] is None


def test_a_skill_shows_who_has_it_and_what_is_asked_for_in_it(cube, finance):
    welding = cube.contractor.skills.get()
    (row,) = heatmap(finance, [JANUARY], skill=welding)
    assert row["cells"][0]["demand"] == 20 * 8 * 2
    assert row["cells"][0]["capacity"] == 20 * 8


def test_supply_stands_beside_demand_by_kind(cube, finance):
    rows = {row["kind"]: row["cells"][0] for row in supply_and_demand(finance, [JANUARY])}
    assert set(rows) == {"contractor", ""}
    assert rows[""]["gap"] == 20 * 8 * 2
    assert rows["contractor"]["gap"] == -20 * 8


def test_nobody_sees_cells_of_units_outside_his_own(cube, outsider):
    assert heatmap(outsider, [SEPTEMBER]) == []
    assert supply_and_demand(outsider, [SEPTEMBER]) == []
    told = explain_cell(outsider, unit=cube.quay, month=SEPTEMBER)
    assert all(len(rows) == 0 for rows in told.values())


def test_cost_is_for_those_who_may_see_pay(cube, operations):
    assert heatmap(operations, [SEPTEMBER])[0]["cells"][0]["cost"] is None
    assert {cell.cost for cell in explain_cell(operations, unit=cube.quay, month=SEPTEMBER)["cells"]} == {None}


def test_who_may_not_see_capacity_is_refused(cube):
    with pytest.raises(PermissionDenied, match="see capacity"):
        heatmap(cast.make_user(Role.AGENT_OWNER), [SEPTEMBER])


def test_a_cell_is_explained_by_its_rows(cube, finance):
    told = explain_cell(finance, unit=cube.quay, month=SEPTEMBER, kind="contractor")
    assert list(told["engagements"]) == [cube.engagement]
    assert sum(t.hours for t in told["time_entries"]) == told["cells"][0].worked_hours
    assert list(told["requests"]) == []
    assert list(explain_cell(finance, unit=cube.quay, month=JANUARY, kind="")["requests"]) == [cube.request]
