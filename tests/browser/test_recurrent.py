"""The recurrent view in a browser: where masks stand, what was recorded, and training it live."""

from __future__ import annotations

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Locator, Page, expect

from tests.browser.inside_app import InsideApp

LIMIT = 60_000  # other tests may hold both cores


def show(page: Page, app: InsideApp) -> Locator:
    page.goto(f"{app.base}/regularisers?view=recurrent")
    drawing = page.locator(".dl-rn")
    expect(drawing.locator("svg")).to_be_visible(timeout=LIMIT)
    return drawing


def test_each_arm_marks_its_connections_by_keyboard_and_the_recorded_result_stands_below(
    page: Page, app: InsideApp
) -> None:
    page.set_viewport_size({"width": 390, "height": 844})
    drawing = show(page, app)
    masked = drawing.locator(".dl-rn-masked")
    expect(masked).to_have_count(12)
    drawing.get_by_role("button", name="between layers only").focus()
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(masked).to_have_count(18)
    expect(drawing.get_by_role("button", name="at every step")).to_have_attribute(
        "aria-pressed", "true"
    )
    expect(drawing.get_by_role("img", name="Masks stand on 18 connections")).to_be_visible()
    drawing.get_by_role("button", name="no dropout").click()
    expect(masked).to_have_count(0)
    expect(page.locator(".dl-pl .main-svg").first).to_be_visible(timeout=LIMIT)
    expect(page.get_by_text("Least validation loss: no dropout")).to_be_visible()
    expect(page.get_by_text("5 seeds").first).to_be_visible()
    page.get_by_role("radio", name="Verbs").click()
    expect(page.get_by_text("Validation loss on verbs, which need memory")).to_be_visible()
    expect(masked).to_have_count(0)  # the drawing was not made anew
    wide = page.evaluate("() => document.documentElement.scrollWidth - window.innerWidth")
    assert wide <= 0
    found = Axe().run(page, context=".stMain")
    assert found.violations_count == 0, found.generate_report()


def test_it_trains_live_beside_what_is_recorded_and_can_be_stopped(
    page: Page, app: InsideApp
) -> None:
    drawing = show(page, app)
    page.get_by_role("button", name="Train the three arms").click()
    train = page.get_by_role("button", name="Train the three arms")
    expect(train).to_be_disabled()
    charts = page.locator(".dl-pl-plot")
    expect(charts).to_have_count(2, timeout=LIMIT)
    page.reload()  # nothing is lost, and no second press needed
    expect(charts).to_have_count(2, timeout=LIMIT)
    expect(train).to_be_disabled()
    drawing.get_by_role("button", name="at every step").click()
    page.wait_for_function(
        "() => [...document.querySelectorAll('.dl-pl-plot')].at(-1).data"
        "?.some((trace) => trace.x?.length > 2 && /step|layers|dropout/.test(trace.name ?? ''))",
        timeout=LIMIT,
    )
    page.get_by_role("button", name="Stop").click()
    expect(page.get_by_text("It was stopped; only runs that finished count below.")).to_be_visible(
        timeout=LIMIT
    )
    expect(train).to_be_enabled()
    expect(drawing.locator(".dl-rn-masked")).to_have_count(18)
    expect(page.get_by_text("Without dropout it rises")).to_have_count(1)  # the recorded one's
