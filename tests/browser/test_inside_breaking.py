"""What a person meets at "Break it" and "Take units away", over two small networks."""

from __future__ import annotations

import re
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Locator, Page, expect

from dropout_demo.inside.breaking import WAY_WORDS
from tests.browser.inside_app import InsideApp

LIMIT = 60_000  # ms, on a busy machine
LEFT = re.compile(r"^Without \d* ?.*of (\w+)'s (units|channels), ")


def fold(page: Page, title: str) -> Locator:
    return page.locator("summary").filter(has_text=title)


def charts(page: Page) -> Locator:
    return page.locator(".dl-pl-plot:not(.dl-pl-loading)")


def test_every_way_is_drawn_and_said_for_both_networks(page: Page, app: InsideApp) -> None:
    page.goto(app.address("break"))
    expect(charts(page)).to_have_count(2, timeout=LIMIT)
    for measure in ("Accuracy", "Cross-entropy"):
        picture = page.get_by_role("img", name=re.compile(f"^{measure} of each network"))
        told = picture.get_attribute("aria-label") or ""
        assert all(told.count(f"{words.name} ") == 2 for words in WAY_WORDS.values())
    dropped = page.get_by_text(re.compile(r"^dropout 0\.25: .* as it should be; without eval\(\)"))
    expect(dropped).to_be_visible()
    bare = page.get_by_text(re.compile("^no dropout: .*no mask to forget and nothing to rescale"))
    expect(bare).not_to_contain_text("batch norm")
    fold(page, "What each way does, and why").press("Enter")
    expect(page.get_by_text("x · p / (1 − p)", exact=True)).to_be_visible()
    fold(page, "All numbers, with their spread").press("Enter")
    rows = page.get_by_role("table").locator("tbody tr")
    expect(rows).to_have_count(2 * len(WAY_WORDS))
    expect(page.get_by_text(re.compile("20 passes\\)"))).to_have_count(2 * 3)


def test_a_layer_is_chosen_by_keys_and_the_chart_keeps_its_place(
    page: Page, app: InsideApp
) -> None:
    page.goto(app.address("units"))
    expect(page.get_by_text(LEFT)).to_contain_text("fc1's units", timeout=LIMIT)
    expect(charts(page)).to_have_count(1)
    expect(page.get_by_role("table").locator("tbody tr")).to_have_count(5)
    chart = charts(page)
    before = chart.bounding_box()
    chart.evaluate("(node) => { node.stillTheSame = true; }")
    page.get_by_role("radio", name="conv1").press("Enter")
    expect(page.get_by_text(LEFT)).to_contain_text("conv1's channels", timeout=LIMIT)
    assert chart.bounding_box() == before
    assert chart.evaluate("(node) => node.stillTheSame")


def test_without_rescaling_other_numbers_come_and_the_whole_network_stays(
    page: Page, app: InsideApp
) -> None:
    page.goto(app.address("units", beside=False))
    said = page.get_by_text(LEFT)
    expect(said).to_be_visible(timeout=LIMIT)
    before = said.text_content() or ""
    page.get_by_role("switch", name="Rescale those that stay").press("Space")
    expect(said).not_to_have_text(before, timeout=LIMIT)
    whole = re.compile(r"from ([\d.]+) %")
    after = said.text_content() or ""
    assert whole.findall(after) == whole.findall(before) != []
    assert "points less" not in after


@pytest.mark.parametrize(("width", "scheme"), [(1280, "dark"), (390, "light")])
def test_both_panels_are_accessible_and_fit(
    page: Page, app: InsideApp, width: int, scheme: Any
) -> None:
    page.set_viewport_size({"width": width, "height": 900})
    page.emulate_media(color_scheme=scheme)
    for look, last in (("break", "All numbers, with"), ("units", "How this was computed")):
        page.goto(app.address(look))
        expect(fold(page, last)).to_be_visible(timeout=LIMIT)
        expect(charts(page).first).to_be_visible(timeout=LIMIT)
        fold(page, last).click()
        violations = Axe().run(page, context=f".st-key-panel-{look}").response["violations"]
        assert [(v["id"], v["nodes"][0]["html"]) for v in violations] == [], look
        assert page.evaluate("() => document.documentElement.scrollWidth - innerWidth") <= 0
