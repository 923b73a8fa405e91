"""One network or many, in a browser: real masks on small networks, by mouse and by keyboard."""

from __future__ import annotations

from typing import Any

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Locator, Page, expect

from tests.browser.inside_app import InsideApp

DRAWING = 60_000  # ms; on a busy machine


def sentence(page: Page) -> Locator:
    return page.locator(".st-key-passes-told")


def drawn(page: Page) -> None:
    expect(page.locator(".dl-pl .main-svg").first).to_be_visible(timeout=DRAWING)


def choose(page: Page, name: str) -> None:
    page.get_by_role("radio", name=name, exact=True).click()


def test_the_curve_and_the_scaled_pass_are_drawn_and_said(page: Page, app: InsideApp) -> None:
    page.goto(app.address("passes"))
    drawn(page)
    expect(sentence(page)).to_contain_text("one scaled pass (accuracy")
    expect(sentence(page)).to_contain_text("without masks, all passes are the same")
    picture = page.get_by_role("img", name="Accuracy against passes")
    expect(picture).to_be_visible()
    page.get_by_text("Numbers", exact=True).press("Enter")
    rows = page.locator(".dl-pl tbody tr")
    expect(rows).to_have_count(12)
    expect(rows.last.locator("th")).to_have_text("100")
    picture.evaluate("(node) => { node.dlMark = true; }")
    choose(page, "Loss")
    expect(page.get_by_role("img", name="Loss against passes")).to_be_visible()
    expect(sentence(page)).to_contain_text("nats")
    assert page.locator(".dl-pl-plot").evaluate("(node) => node.dlMark === true")
    expect(page.get_by_text("different seeds")).to_have_count(0)  # they are another learner's


def test_images_are_shown_with_what_masks_say_of_them(page: Page, app: InsideApp) -> None:
    page.goto(app.address("passes", beside=False))
    drawn(page)
    choose(page, "Least sure")
    expect(sentence(page)).to_contain_text("images it is least sure of")
    images = page.locator(".dl-passes-gallery img")
    expect(images).to_have_count(6)
    assert all(image.evaluate("(node) => node.naturalWidth") == 32 for image in images.all())
    expect(page.get_by_role("img", name="Shares by class of an image")).to_be_visible()
    choose(page, "2")
    expect(page.locator(".dl-passes-chosen")).to_contain_text("2: ")
    choose(page, "Calibration")
    expect(page.get_by_role("img", name="Reliability diagram")).to_be_visible()
    expect(images).to_have_count(0)


def test_without_dropout_it_says_why_and_masks_may_be_put_in(page: Page, app: InsideApp) -> None:
    page.goto(app.address("passes", beside=False, run=app.plain))
    why = page.get_by_text("without masks every pass is the same pass")
    expect(why).to_be_visible(timeout=DRAWING)
    assert page.locator(".dl-pl").count() == 0
    choose(page, "0.5 put in")
    drawn(page)
    expect(sentence(page)).to_contain_text("never learned with them")
    expect(why).to_have_count(0)


def test_it_fits_a_phone_in_the_dark_and_is_accessible(page: Page, app: InsideApp) -> None:
    dark: Any = "dark"
    page.emulate_media(color_scheme=dark)
    page.set_viewport_size({"width": 390, "height": 900})
    page.goto(app.address("passes"))
    drawn(page)
    for view in ("Averages", "Calibration", "Least sure"):
        choose(page, view)
        expect(page.locator(".st-key-passes-told")).to_contain_text(
            "least sure of" if "sure" in view else "scaled pass"
        )
        assert page.evaluate("() => document.documentElement.scrollWidth - innerWidth") <= 0
        violations = Axe().run(page, context=".st-key-panel-passes").response["violations"]
        assert [(v["id"], v["nodes"][0]["html"]) for v in violations] == [], view
