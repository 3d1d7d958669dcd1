"""A day of the users in the browser."""

import pytest
from axe_playwright_python.sync_playwright import Axe

from orchestration.invoices.models import Decision

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
WCAG = {"runOnly": ["wcag2a", "wcag2aa", "wcag21aa", "wcag22aa"]}


@pytest.mark.parametrize(
    ("role", "heading"),
    [
        ("admin", "Sources in the last 7 days"),
        ("agent_owner", "Your agents"),
        ("auditor", "Proof"),
        ("executive", "Overview"),
        ("finance", "Invoices"),
        ("hr", "Onboarding"),
        ("legal", "Rules"),
        ("operations", "This month's capacity"),
        ("procurement", "Orders and requests"),
    ],
)
def test_each_role_comes_home_to_its_own_day(role, heading, organisation, enter, request):
    page = enter(request.getfixturevalue(role))
    assert page.get_by_role("heading", name=heading, exact=True).is_visible()


def test_the_registry_is_searched_by_words_and_by_query(organisation, hr, enter):
    page = enter(hr)
    page.goto("/contributors/?search=cyd")
    assert page.locator("tbody tr").count() == 1
    page.goto('/contributors/?q=kind = "ai_agent"')
    assert page.locator("tbody tr td:first-child a").all_inner_texts() == ["Berth planner"]


def test_rates_are_shown_to_finance_and_not_to_operations(organisation, finance, operations, enter):
    address = f"/contributors/{organisation.contractor.pk}/"
    for user, sees in ((finance, True), (operations, False)):
        page = enter(user)
        page.goto(address)
        page.get_by_role("region", name="Table of engagements").wait_for()
        assert ("80.00" in page.content()) is sees


def test_finance_disputes_a_discrepancy_with_a_reason(organisation, finance, enter):
    page = enter(finance)
    page.goto(f"/invoices/{organisation.invoice.pk}/")
    page.get_by_placeholder("Reason").fill("80.00 is agreed")
    page.get_by_role("button", name="Dispute").click()
    page.get_by_text("Disputed: 1.").wait_for()
    decision = Decision.objects.get()
    assert (decision.verdict, decision.reason, decision.by) == ("dispute", "80.00 is agreed", finance)


def test_the_palette_finds_a_contributor_by_keyboard_alone(organisation, hr, enter):
    page = enter(hr)
    page.keyboard.press("Control+k")
    page.keyboard.type("Cyd")
    page.locator("#palette-found a", has_text="Cyd Moor").wait_for()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    page.get_by_role("heading", name="Cyd Moor").wait_for()


@pytest.mark.parametrize(("width", "scheme"), [(1280, "light"), (360, "dark")])
def test_every_page_keeps_wcag_and_fits_its_width(width, scheme, organisation, admin, enter):
    page = enter(admin, viewport={"width": width, "height": 900}, color_scheme=scheme)
    for address in (
        "/", "/inbox/", "/contributors/", f"/contributors/{organisation.contractor.pk}/",
        f"/contributors/{organisation.contractor.pk}/?as_of=2026-03-31", "/contributors/changes/", "/sources/precedence/",
        "/invoices/",
        f"/invoices/{organisation.invoice.pk}/", "/capacity/", "/findings/", "/audit/", "/screening/", "/screening/sharing/", "/sources/", "/sources/upload/",
    ):  # fmt: skip
        page.goto(address)
        page.wait_for_load_state("networkidle")
        assert [(address, found["id"]) for found in Axe().run(page, options=WCAG).response["violations"]] == []
        assert page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth"), address


def test_hr_overrides_a_fact_by_keyboard_and_takes_it_back(organisation, hr, enter):
    page = enter(hr)
    page.goto(f"/contributors/{organisation.contractor.pk}/")
    page.locator(".origin > summary", has_text="Email").focus()
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    for text in ("new@tide.example", "She wrote to us"):
        page.keyboard.press("Tab")
        page.keyboard.type(text)
    page.locator("#until-email").fill("2099-12-31")
    page.keyboard.press("Enter")
    page.get_by_text("Overridden until 31 Dec 2099.").wait_for()
    summary = page.locator(".origin > summary", has_text="Email")
    assert "new@tide.example" in summary.inner_text()
    summary.click()
    page.get_by_role("button", name="Take back the override of Email").click()
    page.get_by_text("Taken back: the sources count").wait_for()
    assert "cyd@tide.example" in page.locator(".origin > summary", has_text="Email").inner_text()
