"""The chart in a browser: what stays when its numbers change, and what a person can do with it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

APP = Path(__file__).with_name("plot_app.py")
RANGE = "() => document.querySelector('.dl-pl-plot').layout.yaxis.range"
TOP_OF_BELOW = "(node) => node.getBoundingClientRect().top"


def show(page: Page, base: str, kind: str = "lines") -> None:
    page.goto(f"{base}/?kind={kind}")
    expect(page.locator(".dl-pl .main-svg").first).to_be_visible(timeout=30_000)


def change_numbers(page: Page) -> None:
    """Rerun the fragment with numbers 10 points higher, and wait until the chart says them."""
    page.get_by_label("Shift").fill("1")
    page.get_by_label("Shift").press("Enter")
    expect(page.get_by_role("img", name="Accuracy rises from 0.60 to 0.70.")).to_be_visible()
    drawn = "() => Math.max(...document.querySelector('.dl-pl-plot').data[1].y) > 65"
    page.wait_for_function(drawn)


def test_new_numbers_come_into_the_same_element_and_nothing_moves(
    page: Page, server: Callable[..., str]
) -> None:
    show(page, server(APP))
    page.get_by_text("Numbers", exact=True).click()
    expect(page.locator(".dl-pl tbody tr").first).to_contain_text("50.0 % (48.0 to 52.0)")
    page.locator(".dl-pl-plot").evaluate("(node) => { node.dlMark = true; }")
    below = page.get_by_text("below", exact=True)
    before = below.evaluate(TOP_OF_BELOW)
    change_numbers(page)
    assert page.locator(".dl-pl-plot").evaluate("(node) => node.dlMark === true")
    assert below.evaluate(TOP_OF_BELOW) == before
    expect(page.locator(".dl-pl details")).to_have_attribute("open", "")
    expect(page.locator(".dl-pl tbody tr").first).to_contain_text("60.0 % (58.0 to 62.0)")
    expect(page.get_by_role("button", name="scaled pass: 70.0 % (69.0 to 71.0)")).to_be_visible()


def test_zoom_and_what_is_hidden_survive_new_numbers_until_the_whole_is_asked_for(
    page: Page, server: Callable[..., str]
) -> None:
    show(page, server(APP))
    box = page.locator(".dl-pl .nsewdrag").bounding_box()
    assert box
    page.mouse.move(box["x"] + 100, box["y"] + 50)
    page.mouse.down()
    page.mouse.move(box["x"] + 400, box["y"] + 200, steps=5)
    page.mouse.up()
    whole = page.get_by_role("button", name="Whole chart")
    expect(whole).to_be_visible()
    zoomed = page.evaluate(RANGE)
    page.get_by_role("button", name="twin").press("Enter")
    expect(page.get_by_role("button", name="twin")).to_have_attribute("aria-pressed", "false")
    change_numbers(page)
    assert page.evaluate(RANGE) == zoomed
    expect(page.locator(".dl-pl .scatterlayer .trace .js-line")).to_have_count(2)  # band and line
    whole.press("Enter")
    expect(whole).not_to_be_visible()
    low, high = page.evaluate(RANGE)
    assert low < 60 < 78 < high


def test_points_at_one_name_stand_side_by_side_on_an_axis_that_need_not_begin_at_0(
    page: Page, server: Callable[..., str]
) -> None:
    show(page, server(APP), "points")
    points = page.locator(".dl-pl .scatterlayer .point")
    expect(points).to_have_count(4)
    lefts = points.evaluate_all("nodes => nodes.map(node => node.getBoundingClientRect().x)")
    assert lefts[0] < lefts[2] - 5 < lefts[1] < lefts[3] - 5
    assert page.evaluate(RANGE)[0] > 50
    expect(page.locator(".dl-pl .xtick tspan")).to_have_text(
        ["a high rate that", "decays +", "max-norm"]
    )


def test_the_picture_is_saved(page: Page, server: Callable[..., str]) -> None:
    show(page, server(APP))
    with page.expect_download() as download:
        page.get_by_role("button", name="Save as PNG").press("Enter")
    assert download.value.suggested_filename.endswith("against-the-number-of-passes.png")
    assert download.value.path().read_bytes().startswith(b"\x89PNG")


def test_foreign_names_are_shown_as_text(page: Page, server: Callable[..., str]) -> None:
    name = "<img src=x onerror=alert(1)><b>bold</b>"
    show(page, server(APP), "foreign")
    page.get_by_text("Numbers", exact=True).click()
    expect(page.locator(".dl-pl-title")).to_have_text(name)
    expect(page.locator(".dl-pl thead th").first).to_have_text(name)
    expect(page.locator(".dl-pl .xtitle")).to_have_text(name)
    assert page.locator(".dl-pl :is(img, b)").count() == 0


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_it_fits_its_column_whatever_the_width_and_is_accessible(
    page: Page, server: Callable[..., str], scheme: Any
) -> None:
    page.emulate_media(color_scheme=scheme)
    show(page, server(APP), "bars")
    page.get_by_text("Numbers", exact=True).click()
    page.set_viewport_size({"width": 390, "height": 900})
    fits = "() => document.querySelector('.dl-pl .main-svg').clientWidth < 390"
    page.wait_for_function(fits)
    assert page.evaluate("() => document.documentElement.scrollWidth - innerWidth") <= 0
    violations = Axe().run(page, context=".dl-pl").response["violations"]
    assert [violation["id"] for violation in violations] == []
