"""HR decides which records are one, by mouse and by keyboard, and takes it back."""

from datetime import date

import pytest
from axe_playwright_python.sync_playwright import Axe

from orchestration.sources.identity import resolve_identities
from orchestration.sources.models import Match, MatchDecision, Merge
from tests import cast
from tests.journeys.test_pages import WCAG

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
BORN = date(1980, 5, 1)
HOME = {"street": "Weg 1", "postcode": "10115", "city": "Berlin"}


@pytest.fixture
def pairs():
    """A pair of twins, one under two birth dates, one without any, and one that is merged by itself."""
    facts = [
        ("employee", "Lena", "Vogt", {"birth_date": BORN, "national_id": "N1234567", **HOME}),
        ("contractor", "Mia", "Vogt", {"birth_date": BORN, **HOME}),
        ("employee", "Paul", "Kern", {"birth_date": BORN, "national_id": "N2345678", "email": "paul@example.org", "title": "Welder"}),
        ("contractor", "Paul", "Kern", {"birth_date": date(1974, 11, 30), "national_id": "N2345678", "phone": "030 123456"}),
        ("employee", "Ada", "Berg", {"phone": "+49 30 998877"}),
        ("contractor", "Berg", "Ada", {"phone": "004930998877", "birth_date": BORN}),
        ("employee", "Katharina", "Schneider", {"birth_date": BORN, "street": "Ufer 9", "postcode": "20095", "city": "Hamburg"}),
        ("contractor", "Katarina", "Schneidre", {"birth_date": BORN, "street": "Ufer 9", "postcode": "20095", "city": "Hamburg"}),
    ]  # fmt: skip
    for kind, given, family, rest in facts:
        cast.make_contributor(kind, f"{given} {family}", given_name=given, family_name=family, **rest)
    resolve_identities()
    return {match.first.name: match for match in Match.objects.all()}


def test_hr_decides_by_keyboard_and_comes_to_the_next_pair(pairs, hr, enter):
    page = enter(hr)
    page.goto("/sources/matches/")
    page.get_by_role("link", name="Start with the first").click()
    first = page.get_by_role("heading", level=2, name="What speaks for it, and what against")
    first.wait_for()
    page.wait_for_load_state()  # the keys work once their script has run
    assert page.locator("[data-keys]").evaluate("panel => panel === document.activeElement")
    page.keyboard.press("a")
    page.get_by_text("Kept apart: 1.").wait_for()
    page.wait_for_load_state()
    page.locator("[data-keys]").focus()
    page.keyboard.press("l")
    page.get_by_text("Put off: 1.").wait_for()
    assert list(MatchDecision.objects.order_by("pk").values_list("verdict", "by__username")) == [
        ("apart", "hr"),
        ("later", "hr"),
    ]
    page.get_by_placeholder("Reason").fill("malt")  # letters in a text field decide nothing
    assert MatchDecision.objects.count() == 2


def test_a_merge_is_made_in_the_queue_and_undone_on_the_contributor_s_page(pairs, hr, enter):
    paul = pairs["Paul Kern"]
    page = enter(hr)
    page.goto("/sources/matches/")
    page.get_by_role("checkbox", name="Choose Paul Kern and Paul Kern").check()
    page.get_by_placeholder("Reason").fill("The passport says so")
    page.get_by_role("button", name="Merge chosen").click()
    page.get_by_text("Merged: 1.").wait_for()
    page.goto(f"/contributors/{paul.first_id}/")
    page.get_by_role("button", name="Undo the merge of Paul Kern into Paul Kern").click()
    page.get_by_text("stands for itself again").wait_for()
    merge = Merge.objects.get(kept=paul.first)
    assert (merge.by, merge.undone_by, merge.reasons[0]) == (hr, hr, ["The passport says so", None])
    assert resolve_identities().merged == 0


def test_two_found_records_are_merged_by_hand(pairs, hr, enter):
    twins = pairs["Lena Vogt"]
    page = enter(hr)
    page.goto(f"/contributors/{twins.first_id}/merges/new/")
    page.get_by_label("The other record").fill("mia")
    page.get_by_role("main").get_by_role("button", name="Find").click()
    page.get_by_role("link", name="Compare with Mia Vogt").click()
    page.get_by_placeholder("Reason").fill("She changed her name")
    page.get_by_role("button", name="Merge", exact=True).click()
    page.get_by_text("Mia Vogt is merged into Lena Vogt.").wait_for()
    assert Merge.objects.get(kept=twins.first).merged == twins.second


@pytest.mark.parametrize(
    "address", ["/sources/matches/", "/sources/merges/", "/sources/matches/apart/", "/sources/matches/{pk}/"]
)
@pytest.mark.parametrize("theme", ["light", "dark"])
def test_the_pages_are_open_to_everyone(address, theme, pairs, hr, enter):
    page = enter(hr, viewport={"width": 360, "height": 800}, color_scheme=theme)
    page.goto(address.format(pk=pairs["Paul Kern"].pk))
    found = Axe().run(page, options=WCAG).response["violations"]
    assert [(one["id"], [node["html"] for node in one["nodes"]]) for one in found] == []
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
