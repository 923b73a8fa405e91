"""The Regularisers page: its parts by address and by keyboard, training, and combining."""

from __future__ import annotations

import re

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

from tests.browser.inside_app import InsideApp

SOON = 30_000  # ms; on a busy machine


def go(page: Page, app: InsideApp, view: str = "") -> None:
    page.goto(f"{app.base}/regularisers" + (f"?view={view}" if view else ""))
    expect(page.get_by_role("heading", level=2).first).to_be_visible(timeout=SOON)


def test_parts_are_chosen_by_keyboard_and_kept_in_the_address(page: Page, app: InsideApp) -> None:
    go(page, app)
    heading = page.get_by_role("heading", level=2).first
    expect(heading).to_have_text("Other ways to regularise, on equal terms")
    page.get_by_role("radio", name="Weight decay").focus()
    page.keyboard.press("Enter")
    expect(heading).to_have_text("Weight decay", timeout=SOON)
    expect(page).to_have_url(re.compile("view=weight-decay"))
    page.reload()
    expect(heading).to_have_text("Weight decay", timeout=SOON)
    link = page.get_by_role("link", name="Open in the Lab")
    address = link.get_attribute("href")
    assert address
    assert address.count("arm=") == 4
    assert "seeds=3" in address


@pytest.mark.parametrize("view", ["overview", "input-noise", "combination"])
def test_a_phone_shows_it_in_the_dark_without_scrolling_sideways(
    browser: Browser, app: InsideApp, view: str
) -> None:
    context = browser.new_context(viewport={"width": 390, "height": 844}, color_scheme="dark")
    page = context.new_page()
    go(page, app, view)
    if view == "input-noise":
        expect(page.locator(".stMainBlockContainer img").last).to_have_js_property("complete", True)
    if view == "combination":
        expect(page.get_by_role("button", name="Combine them")).to_be_visible(timeout=SOON)
    expect(page.get_by_test_id("stStatusWidget")).to_have_count(0, timeout=SOON)
    violations = Axe().run(page, context=".stMainBlockContainer").response["violations"]
    assert [(v["id"], v["nodes"][0]["html"]) for v in violations] == []
    main = page.get_by_test_id("stMain")
    assert main.evaluate("node => node.scrollWidth - node.clientWidth") <= 0
    context.close()


def test_the_four_arms_train_over_a_reload_until_they_are_cancelled(
    page: Page, app: InsideApp
) -> None:
    go(page, app, "weight-decay")
    page.get_by_role("button", name="Train the four arms").click()
    chart = page.locator(".dl-live")
    expect(page.get_by_role("button", name="Cancel")).to_be_visible(timeout=SOON)
    page.reload()
    cancel = page.get_by_role("button", name="Cancel")
    expect(cancel).to_be_visible(timeout=SOON)
    expect(chart).to_be_visible(timeout=SOON)
    cancel.click()
    expect(page.get_by_text("None of these runs finished")).to_be_visible(timeout=SOON)
    expect(cancel).to_be_hidden()


def test_networks_of_the_shelf_are_combined_at_a_press(page: Page, app: InsideApp) -> None:
    runs = f"run={app.plain}&run={app.dropped}&run={app.other}"
    page.goto(f"{app.base}/regularisers?view=combination&{runs}")
    button = page.get_by_role("button", name="Combine them")
    expect(button).to_be_visible(timeout=SOON)
    expect(page.get_by_text("Alone they are right on")).to_have_count(0)
    button.click()
    expect(page.get_by_text("Alone they are right on")).to_be_visible(timeout=SOON)
    expect(page.get_by_role("img", name="Accuracy against networks combined")).to_be_visible(
        timeout=SOON
    )
    expect(page.get_by_text("Compute:")).to_be_visible()


def test_a_name_that_is_none_shows_the_overview(page: Page, app: InsideApp) -> None:
    go(page, app, "nonsense")
    expect(page.get_by_role("heading", level=2).first).to_have_text(
        "Other ways to regularise, on equal terms"
    )
