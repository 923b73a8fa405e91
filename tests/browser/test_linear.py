"""Linear regression in a browser: its numbers against Python's, by keyboard, in both themes."""

from __future__ import annotations

from dataclasses import replace

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Locator, Page, expect

from dropout_demo.evidence.linear import (
    Setting,
    closed_form,
    least_squares,
    linear_row,
    plain_ridge,
    prediction_error,
    sgd,
)
from tests.browser.inside_app import InsideApp

START = Setting()


def opened(page: Page, app: InsideApp) -> None:
    page.goto(f"{app.base}/regularisers?view=linear")
    expect(page.locator(".ln-sentence")).to_contain_text("After 10,000 steps", timeout=30_000)


def slider(page: Page, name: str) -> Locator:
    return page.get_by_role("slider", name=name, exact=True)


def row(page: Page, name: str) -> list[float]:
    """Both weights, the distance to the closed form, the error on new points; not rounded."""
    cells = page.locator(f".ln tr[data-name={name}] td")
    told = cells.evaluate_all("cells => cells.map(cell => Number(cell.dataset.value))")
    return [float(value) for value in told]


def agrees(page: Page, setting: Setting) -> None:
    """Every number of the table is what Python computes from the same random numbers."""
    learned, closed = sgd(setting), closed_form(setting)
    solutions = {
        "last": learned.last,
        "average": learned.average,
        "closed": closed,
        "ridge": plain_ridge(setting),
        "squares": least_squares(setting),
    }
    for name, weights in solutions.items():
        distance = float(((weights - closed) ** 2).sum() ** 0.5)
        expected = [*weights, distance, prediction_error(setting, weights)]
        assert row(page, name) == pytest.approx(expected, rel=1e-7, abs=1e-8), name


def test_the_page_computes_what_python_computes_whatever_is_set(page: Page, app: InsideApp) -> None:
    opened(page, app)
    agrees(page, START)
    slider(page, "Keep probability k").press("ArrowRight")
    agrees(page, replace(START, keep=0.6))
    slider(page, "Correlation").press("Home")
    slider(page, "Noise (SD)").press("End")
    slider(page, "Points").press("ArrowLeft")
    slider(page, "Learning rate").press("ArrowRight")
    slider(page, "Steps").press("ArrowLeft")
    page.get_by_role("button", name="Other random numbers").click()
    changed = Setting(1, 50, -0.9, 3.0, 0.6, 0.02, 5_000)
    agrees(page, changed)
    distance = linear_row(changed)["average_distance"]
    expect(page.locator(".ln-sentence")).to_contain_text(f"their average {distance:.3f}")
    expect(page.get_by_role("img", name="The plane of both weights")).to_be_visible()
    page.reload()
    expect(page.locator(".ln-sentence")).to_contain_text(f"their average {distance:.3f}")
    agrees(page, changed)


def test_no_dropout_and_a_rate_too_large_are_said(page: Page, app: InsideApp) -> None:
    opened(page, app)
    slider(page, "Keep probability k").press("End")
    expect(page.locator(".ln-sentence")).to_contain_text("all three solutions are least squares")
    slider(page, "Keep probability k").press("Home")
    slider(page, "Learning rate").press("End")
    slider(page, "Steps").press("End")
    text = page.locator(".ln-sentence").inner_text()
    assert "NaN" not in text
    assert "Infinity" not in text
    agrees(page, Setting(keep=0.2, rate=0.05, steps=50_000))


def test_nothing_plays_for_those_who_want_no_motion(page: Page, app: InsideApp) -> None:
    opened(page, app)  # the tests' browser asks for less motion
    expect(page.get_by_role("button", name="Play the steps")).to_be_hidden()


def test_it_fits_a_phone_in_the_dark_and_plays_only_when_started(
    browser: Browser, app: InsideApp
) -> None:
    context = browser.new_context(viewport={"width": 390, "height": 844}, color_scheme="dark")
    page = context.new_page()
    opened(page, app)
    violations = Axe().run(page, context=".ln").response["violations"]
    assert [(v["id"], v["nodes"][0]["html"]) for v in violations] == []
    wide = page.locator(".ln").evaluate("node => node.scrollWidth - node.clientWidth")
    assert wide <= 0
    page.get_by_role("button", name="Play the steps").click()
    expect(page.locator(".ln-sentence")).to_contain_text("After 10 steps")
    page.get_by_role("button", name="Stop").click()
    context.close()
