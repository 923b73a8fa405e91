"""The Map in a real browser: an empty place trains, a filled one opens."""

from __future__ import annotations

import re

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

from tests.browser.inside_app import InsideApp

SOON = 30_000  # ms; on a busy machine
LATER = 90_000
PATH = "map?dataset=shapes&train_size=500&epochs=3"


def test_an_empty_place_is_trained_and_fills_for_all_who_look(
    page: Page, browser: Browser, app: InsideApp
) -> None:
    other = browser.new_context().new_page()
    for one in (page, other):
        one.goto(f"{app.base}/{PATH}")
        expect(one.get_by_role("button", name="No dropout: empty")).to_be_visible(timeout=SOON)
    page.get_by_role("button", name="No dropout: empty").click()
    for one in (page, other):
        filled = one.get_by_role("button", name=re.compile(r"No dropout: [\d.]+ %, 1 seed"))
        expect(filled).to_be_visible(timeout=LATER)
    page.get_by_role("button", name="Train another seed").click()
    again = page.get_by_role("button", name=re.compile("No dropout: .*2 seeds"))
    expect(again).to_be_visible(timeout=LATER)
    expect(page.get_by_test_id("stStatusWidget")).to_have_count(0, timeout=SOON)
    violations = Axe().run(page, context=".stMainBlockContainer").response["violations"]
    assert [(v["id"], v["nodes"][0]["html"]) for v in violations] == []
    page.get_by_role("button", name="Open its runs in the Lab").click()
    expect(page.get_by_text("no dropout").first).to_be_visible(timeout=SOON)
    other.context.close()
