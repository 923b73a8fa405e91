"""What a person meets at "What it learned": five views of two small networks on drawn shapes."""

from __future__ import annotations

import re
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from tests.browser.inside_app import InsideApp

LIMIT = 30_000  # ms, on a busy machine
VIEWS = ("Filters", "Channels", "Confusions", "Classes", "Worst mistakes")


def show(page: Page, app: InsideApp, view: str, **more: Any) -> None:
    page.goto(app.address("learned", **more))
    choose(page, "Show", view)


def choose(page: Page, group: str, name: str) -> None:
    """Press one of a row of choices."""
    row = page.get_by_test_id("stButtonGroup").filter(has_text=group)
    row.get_by_text(name, exact=True).click(timeout=LIMIT)


def after_epoch(page: Page, key: str) -> None:
    page.get_by_role("slider", name="After epoch").press(key)


def test_a_pressed_filter_shows_its_map_in_both_networks_and_keys_move_on(
    page: Page, app: InsideApp
) -> None:
    show(page, app, "Filters")
    networks = page.locator(".filters .network")
    expect(networks).to_have_count(2, timeout=LIMIT)
    first = networks.first.get_by_role("button")
    expect(first).to_have_count(16)  # half of the article's 32
    first.nth(4).click()
    for network in networks.all():
        expect(network.locator(".said")).to_contain_text("Filter 5 of 16")
        expect(network.get_by_role("img")).to_have_count(1)
    page.keyboard.press("ArrowRight")
    expect(first.nth(5)).to_be_focused()
    expect(networks.last.locator(".said")).to_contain_text("Filter 6 of 16")
    expect(networks.last.locator("[aria-pressed=true]")).to_have_count(1)


def test_the_filters_scale_and_place_stay_while_epochs_change(page: Page, app: InsideApp) -> None:
    show(page, app, "Filters")
    said = page.locator(".filters .said").first
    expect(said).to_contain_text("Filter 1 of 16", timeout=LIMIT)
    scale = page.get_by_text("full colour is")
    before = (scale.text_content(), page.locator(".filters").bounding_box())
    trained = said.text_content()
    after_epoch(page, "Home")
    expect(said).not_to_have_text(trained or "", timeout=LIMIT)
    assert (scale.text_content(), page.locator(".filters").bounding_box()) == before


def test_a_channels_images_are_outlined_and_another_channel_has_others(
    page: Page, app: InsideApp
) -> None:
    show(page, app, "Channels", beside=False)
    images = page.locator(".gallery li")
    expect(images).to_have_count(8, timeout=LIMIT)
    sentence = page.get_by_text(re.compile("^Channel 1 of conv3 "))
    expect(sentence).to_be_visible(timeout=LIMIT)
    choose(page, "Layer", "conv1")
    expect(page.get_by_text(re.compile("^Channel 1 of conv1 "))).to_be_visible(timeout=LIMIT)
    page.get_by_role("slider", name="Channel").press("ArrowRight")
    told = page.get_by_text(re.compile("^Channel 2 of conv1 "))
    expect(told).to_be_visible(timeout=LIMIT)
    shown = page.locator(".gallery li:not(.empty)").count()
    assert page.locator(".gallery .outline").count() == shown
    assert ("it is dead" in (told.text_content() or "")) == (shown == 0)


def test_the_rows_of_the_confusion_table_hold_all_images_and_it_stays_in_place(
    page: Page, app: InsideApp
) -> None:
    show(page, app, "Confusions")
    tables = page.locator(".matrix table")
    expect(tables).to_have_count(2, timeout=LIMIT)
    expect(tables.first.locator("tbody td")).to_have_count(100)
    choose(page, "Cells", "Count")
    for table in tables.all():
        expect(table.locator("caption")).to_contain_text("numbers of images", timeout=LIMIT)
        for row in table.locator("tbody tr").all():
            assert sum(map(int, row.locator("td").all_text_contents())) == 200
    before = tables.first.bounding_box()
    counts = tables.first.inner_text()
    after_epoch(page, "Home")
    expect(tables.first).not_to_have_text(counts, use_inner_text=True, timeout=LIMIT)
    assert tables.first.bounding_box() == before


def test_cells_are_read_in_words_by_keys_and_differences_have_one_table(
    page: Page, app: InsideApp
) -> None:
    show(page, app, "Confusions")
    expect(page.locator(".matrix table")).to_have_count(2, timeout=LIMIT)
    choose(page, "Cells", "Difference (points)")
    expect(page.locator(".matrix table")).to_have_count(1, timeout=LIMIT)
    page.locator(".matrix table").focus()
    for key in ("ArrowUp", "ArrowLeft"):  # wherever the mouse rests
        for _ in range(10):
            page.keyboard.press(key)
    said = page.locator(".matrix .said")
    expect(said).to_have_text(re.compile(r"^circle told rightly: (0|[+−][\d.]+) points\.$"))
    page.keyboard.press("ArrowRight")
    expect(said).to_have_text(re.compile("^circle taken for crescent: "))


def test_one_run_has_no_difference_to_show(page: Page, app: InsideApp) -> None:
    show(page, app, "Confusions", beside=False)
    expect(page.locator(".matrix table")).to_have_count(1, timeout=LIMIT)
    assert page.get_by_text("Difference (points)").count() == 0


def test_classes_are_drawn_and_said_for_both(page: Page, app: InsideApp) -> None:
    show(page, app, "Classes")
    chart = page.get_by_role("img", name=re.compile("^Accuracy of each class. .*best: .*worst: "))
    expect(chart).to_be_visible(timeout=LIMIT)
    expect(page.get_by_text(re.compile("They differ most at"))).to_be_visible(timeout=LIMIT)


def test_the_worst_mistakes_are_pictures_with_both_classes(page: Page, app: InsideApp) -> None:
    show(page, app, "Worst mistakes", beside=False)
    images = page.locator(".gallery img")
    expect(images).to_have_count(12, timeout=LIMIT)
    for image in images.all():
        found = re.match(r"(\w+), taken for (\w+) with .* %$", image.get_attribute("alt") or "")
        assert found
        assert found[1] != found[2]


@pytest.mark.parametrize(("width", "scheme"), [(1280, "dark"), (390, "light")])
def test_every_view_is_accessible_and_fits(
    page: Page, app: InsideApp, width: int, scheme: Any
) -> None:
    page.set_viewport_size({"width": width, "height": 900})
    page.emulate_media(color_scheme=scheme)
    page.goto(app.address("learned"))
    for view, sign in zip(
        VIEWS, (".filters", ".gallery", ".matrix", ".dl-pl-plot svg", ".gallery"), strict=True
    ):
        choose(page, "Show", view)
        expect(page.locator(sign).first).to_be_visible(timeout=LIMIT)
        violations = Axe().run(page, context=".st-key-panel-learned").response["violations"]
        assert [(v["id"], v["nodes"][0]["html"]) for v in violations] == [], view
        assert page.evaluate("() => document.documentElement.scrollWidth - innerWidth") <= 0
