"""A legal user looks at a hit, sees why, and decides; the one held is paid again."""

import pytest
from axe_playwright_python.sync_playwright import Axe

from governance.screening.models import WatchlistEntry
from governance.screening.screen import screen
from tests import cast
from workforce.holds.ask import can_be_paid

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
WCAG = {"runOnly": ["wcag2a", "wcag2aa", "wcag21aa", "wcag22aa"]}


def test_legal_clears_a_hit_with_a_reason(organisation, legal, enter):
    WatchlistEntry.objects.create(name="QUORVAN, Idris Belmar", kind="person", list="House list", country="LY")
    listed = cast.make_contributor("contractor", "Idris Belmar Quorvan", unit=organisation.quay, country="LY")
    screen()
    assert not can_be_paid(listed)
    page = enter(legal, viewport={"width": 360, "height": 900})
    page.goto("/screening/")
    page.get_by_role("link", name="Idris Belmar Quorvan").click()
    page.get_by_text("Pay is held.").wait_for()
    assert [found["id"] for found in Axe().run(page, options=WCAG).response["violations"]] == []
    page.get_by_label("Verdict").select_option("cleared")
    page.get_by_role("textbox", name="Reason").fill("Passport seen, another person")
    page.get_by_role("button", name="Decide").click()
    page.get_by_text("Cleared: On a watchlist").wait_for()
    assert can_be_paid(listed)


def test_the_graph_is_drawn_and_its_table_names_the_same(organisation, legal, enter):
    for name in ("Ada Noll", "Bob Umber"):
        cast.make_contributor("contractor", name, unit=organisation.quay, phone="0170 1234567")
    screen()
    page = enter(legal)
    page.goto("/screening/sharing/")
    page.locator("[data-sharing] canvas").wait_for()
    assert page.locator("tbody tr").inner_text().split("\t")[:2] == ["Shared phone", "Ada Noll, Bob Umber"]
