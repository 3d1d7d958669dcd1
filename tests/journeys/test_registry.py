"""HR looks people up in the registry, by keyboard, and keeps the list for the next day."""

import pytest
from axe_playwright_python.sync_playwright import Axe

from tests import cast
from workforce.contributors.models import SavedView

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
WCAG = {"runOnly": ["wcag2a", "wcag2aa", "wcag21aa", "wcag22aa"]}


def violations(page):
    return [found["id"] for found in Axe().run(page, options=WCAG).response["violations"]]


def names(page):
    return page.locator("tbody td:first-child a").all_inner_texts()


def test_a_query_is_written_with_completion_alone(organisation, hr, enter):
    page = enter(hr)
    page.goto("/contributors/")
    box = page.get_by_role("combobox", name="Query")
    box.press_sequentially("ki")
    page.get_by_role("option", name="kind").wait_for()
    assert violations(page) == []
    for key in ("ArrowDown", "Enter"):
        box.press(key)
    box.press_sequentially("!= ")
    assert box.input_value() == "kind != "
    for _ in range(3):
        box.press("ArrowDown")
    assert box.get_attribute("aria-activedescendant") == page.locator(
        "[role=option][aria-selected=true]"
    ).get_attribute("id")
    box.press("Enter")
    assert box.input_value() == 'kind != "vendor" '
    box.press_sequentially("and acti")
    box.press("ArrowDown")
    box.press("Tab")
    box.press_sequentially("= True")
    box.press("Escape")
    box.press("Enter")
    page.wait_for_url("**q=kind**")
    assert names(page) == ["Ada Stern", "Berth planner", "Cyd Moor", "Lighthouse Research"]


def test_columns_are_chosen_and_kept_as_a_view_that_opens_first(organisation, hr, enter):
    page = enter(hr)
    page.goto("/contributors/?kind=employee")
    page.get_by_text("Columns", exact=True).click()
    page.get_by_role("checkbox", name="Country").check()
    for _ in range(12):
        page.get_by_role("button", name="Move Country up").press("Enter")
    for column in ("Supplier, or who answers for it", "Hours a week", "From", "To", "Unit", "Status"):
        page.get_by_role("checkbox", name=column, exact=True).uncheck()
    assert violations(page) == []
    page.get_by_role("button", name="Show these").click()
    page.wait_for_url("**columns=country%2Ckind**")
    assert page.locator("thead th").all_inner_texts() == ["Name", "Country", "Kind"]
    page.get_by_text("Views", exact=True).click()
    page.get_by_label("What is shown, saved as").fill("Countries")
    page.get_by_label("Open the registry with it").check()
    assert violations(page) == []
    page.get_by_role("button", name="Save as a new view").click()
    page.get_by_text("The view Countries is saved.").wait_for()
    page.goto("/contributors/")
    page.get_by_role("heading", name="Countries").wait_for()
    assert names(page) == ["Ada Stern"]
    assert SavedView.objects.get().columns == "country,kind"


@pytest.mark.parametrize(("width", "scheme"), [(1280, "dark"), (360, "light")])
def test_the_open_boxes_keep_wcag_and_fit_the_width(organisation, hr, enter, width, scheme):
    for n in range(60):
        cast.make_contributor("employee", f"Person {n}")
    page = enter(hr, viewport={"width": width, "height": 900}, color_scheme=scheme)
    page.goto("/contributors/?columns=country,email,phone,national_id,manager,unit")
    for box in ("Columns", "Views", "The words of the query"):
        page.get_by_text(box, exact=True).click()
        assert violations(page) == [], box
        assert page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth"), box
        page.get_by_text(box, exact=True).click()
    page.get_by_role("link", name="Next").click()
    page.get_by_role("link", name="Previous").wait_for()
    assert names(page)[-1] == "Tide Staffing"
