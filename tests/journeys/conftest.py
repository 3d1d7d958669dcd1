"""A real browser on a live server; `enter(user)` signs a login of the cast in and gives its page."""

import os
from pathlib import Path

import pytest
from playwright.sync_api import sync_playwright

from tests import cast

CHROMIUM = Path("/usr/bin/chromium")
FLAGS = ["--no-sandbox", "--disable-background-networking", "--disable-component-update"]
os.environ.setdefault("DJANGO_ALLOW_ASYNC_UNSAFE", "true")  # Playwright runs a loop in this thread


@pytest.fixture(scope="session")
def chromium():
    if not CHROMIUM.exists():
        refuse = pytest.fail if os.environ.get("ENSEMBLE_REQUIRE_BROWSER") else pytest.skip
        refuse("Chromium is not installed")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture
def enter(chromium, live_server):
    """What the console says against a page fails the test at its end."""
    contexts, complaints = [], []

    def sign_in(user, **options):
        context = chromium.new_context(base_url=live_server.url, **options)
        contexts.append(context)
        page = context.new_page()
        page.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.goto("/")
        page.get_by_label("Name").fill(user.username)
        page.get_by_label("Password").fill(cast.PASSWORD)
        page.get_by_role("button", name="Sign in").click()
        page.get_by_role("heading", name="Needs you").wait_for()
        return page

    yield sign_in
    for context in contexts:
        context.close()
    assert complaints == []
