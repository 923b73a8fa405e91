"""What one does in the steps of Learn, in a browser: pictures that change, with right numbers."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from itertools import product
from math import prod
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from axe_playwright_python.sync_playwright import Axe
from numpy.polynomial import legendre
from numpy.typing import NDArray
from playwright.sync_api import Locator, Page, expect

from dropout_demo.lessons.polynomial import MOST_DEGREE, points
from dropout_demo.owners import COOKIE, new_token
from dropout_demo.ui.learn.activities.thinned import INPUTS, WEIGHTS
from tests.browser.conftest import serve

APP = Path(__file__).with_name("learn_activities_app.py")
PIXELS = """(all) => all.map((canvas) =>
  [...canvas.getContext('2d').getImageData(0, 0, 32, 32).data])"""
USES = {
    "curves": ("slider", "Epoch"),
    "experiment": ("radio", "Gap"),
    "rates": ("slider", "Rate q to read off"),
    "time": ("radio", "Epochs to a validation accuracy of 70 %"),
    "others": ("radio", "Test loss"),
    "today": ("radio", "Gap at the last epoch"),
    "places": ("button", "scores"),
    "code": ("radio", "evaluation: layer.eval()"),
}
"""What a person presses first, by role and name."""

CHECKED = ("fit", "mask-image", "thinned", "curves", "places", "code")
"""One of each kind, checked by axe."""


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The activities alone, in a new home without CIFAR-10."""
    folder = tmp_path_factory.mktemp("activities")
    env = {"DROPOUT_DEMO_HOME": str(folder / "home"), "DROPOUT_DEMO_DATA": ""}
    with serve(APP, folder, env=env) as address:
        yield address


def show(page: Page, base: str, name: str, **options: Any) -> Locator:
    """Open an activity; gives the sentence that tells what is seen."""
    page.goto(f"{base}/?activity={name}&options={json.dumps(options)}")
    said = page.locator(".la-said")
    expect(said).not_to_be_empty(timeout=30_000)
    return said


def numbers(text: str) -> list[float]:
    return [float(one.replace(",", "")) for one in re.findall(r"\d[\d,]*(?:\.\d+)?", text)]


def table(page: Page) -> list[list[str]]:
    """The rows behind the picture."""
    if not page.locator(".la tbody").is_visible():
        page.get_by_text("Numbers as a table").click()
    rows = page.locator(".la tbody tr").all()
    return [row.locator("th, td").all_text_contents() for row in rows]


def test_a_dragged_degree_gives_the_errors_that_numpy_gives(page: Page, base: str) -> None:
    said = show(page, base, "fit")
    expect(said).to_contain_text("too stiff")
    slider = page.get_by_role("slider", name="Degree of the polynomial")
    line = page.locator(".la-line")
    before = line.get_attribute("d")
    for _ in range(MOST_DEGREE - 1):
        slider.press("ArrowRight")
    expect(said).to_contain_text("bends to the noise")
    assert line.get_attribute("d") != before
    told = points()
    for degree, (name, *errors) in enumerate(table(page), start=1):
        found = legendre.legfit(told.train_x, told.train_y, degree)
        sets = ((told.train_x, told.train_y), (told.held_x, told.held_y))
        expected = [np.mean((legendre.legval(x, found) - y) ** 2) for x, y in sets]
        assert name == str(degree)
        assert errors == [f"{error:.3f}" for error in expected]
    assert degree == MOST_DEGREE


def test_a_mask_strikes_out_units_with_all_their_lines(page: Page, base: str) -> None:
    said = show(page, base, "mask-network")
    sizes = (4, 6, 5, 3)
    for press in ("New mask", "rate 0.8", "rate 0"):
        if press == "New mask":
            page.get_by_role("button", name=press).click()
        else:
            key = {"rate 0.8": "ArrowRight", "rate 0": "Home"}[press]
            for _ in range(1 if key == "Home" else 3):
                page.get_by_role("slider").press(key)
        units = page.locator(".la-picture g").evaluate_all(
            "(all) => all.map((g) => g.getAttribute('class'))"
        )
        out = [name == "la-out" for name in units]
        layers = [out[sum(sizes[:at]) : sum(sizes[: at + 1])] for at in range(4)]
        assert not any(layers[0] + layers[3])  # neither inputs nor scores drop
        cut = sum(a or b for at in range(3) for a, b in product(layers[at], layers[at + 1]))
        assert page.locator(".la-cut").count() == cut
        text = said.inner_text()
        if sum(out):
            assert numbers(text)[:4] == [sum(out), 11, cut, 69]
        assert "2,048 networks" in text
    assert "No unit is out" in text


def test_a_masked_image_is_the_image_times_the_mask_and_its_scaled_one_twice_that(
    page: Page, base: str
) -> None:
    said = show(page, base, "mask-image")
    image, mask, masked, scaled = pixels(page)
    assert np.array_equal(masked, np.where(mask == 255, image, 0))
    assert np.abs(np.minimum(2.0 * masked, 255) - scaled).max() <= 1
    assert 0.45 < (mask == 0).mean() < 0.55
    assert numbers(said.inner_text())[0] == (mask == 0).sum()
    page.get_by_role("slider", name="Rate q").press("ArrowRight")  # 0.6: the same and more drop
    _, harder, _, _ = pixels(page)
    assert not ((mask == 0) & (harder != 0)).any()
    page.get_by_role("radio", name="whole channels").check()
    page.get_by_role("button", name="New mask").click()
    _, mask, masked, _ = pixels(page)
    assert (mask == mask[:1, :1]).all()
    assert np.array_equal(masked, np.where(mask == 255, image, 0))
    page.get_by_role("radio", name="drawn hexagon").check()
    assert not np.array_equal(pixels(page)[0], image)


def pixels(page: Page) -> list[NDArray[Any]]:
    """The four pictures, integers (32, 32, 3)."""
    drawn = page.locator(".la-mask-image canvas").evaluate_all(PIXELS)
    return [np.array(one, dtype=int).reshape(32, 32, 4)[..., :3] for one in drawn]


def test_sixteen_thinned_units_average_as_an_enumeration_says(page: Page, base: str) -> None:
    said = show(page, base, "thinned", rate=0.3)
    masks = [tuple(reversed(mask)) for mask in product((0, 1), repeat=4)]
    chances = [prod(0.7 if keep else 0.3 for keep in mask) for mask in masks]
    sums = [sum(k * x * w for k, x, w in zip(m, INPUTS, WEIGHTS, strict=True)) for m in masks]
    for kind in ("linear", "with ReLU"):
        page.get_by_role("radio", name=kind).check()
        outputs = sums if kind == "linear" else [max(0.0, one) for one in sums]
        rows = table(page)
        assert [row[2].replace("\N{MINUS SIGN}", "-") for row in rows] == [
            f"{o:.3f}" for o in outputs
        ]
        assert [row[1] for row in rows] == [f"{100 * chance:.1f} %" for chance in chances]
        average = sum(c * o for c, o in zip(chances, outputs, strict=True))
        passed = 0.7 * sums[-1]
        expected = [0.3, 16, round(average, 3), 0.7, round(passed, 3)]
        assert numbers(said.inner_text())[:5] == expected
        same = kind == "linear"
        assert (abs(average - passed) < 1e-12) == same
        expect(said).to_contain_text("equal at every rate" if same else "only close to the average")
    page.get_by_role("button", name="keeps 1, 2:").press("Enter")
    expect(page.locator(".la-strong")).to_have_text("0.00")  # 0.90 - 0.96, cut off by the ReLU


def test_the_scale_keeps_the_mean_and_the_spread_grows(page: Page, base: str) -> None:
    said = show(page, base, "scale", rate=0.5)
    for _ in range(3):  # 0.4, 0.3, 0.25
        page.get_by_role("slider").press("ArrowLeft")
    expect(said).to_contain_text("gets 0.75 on average")
    assert [row[1:] for row in table(page)] == [
        ["0.75", "0.19"],
        ["1.00", "0.33"],
        ["1.00", "0.00"],
    ]
    heights = page.locator(".la-dot").evaluate_all(
        "(all) => all.map((dot) => dot.getAttribute('cy'))"
    )
    assert len(set(heights)) == 3  # 0, 1 and 1 / 0.75
    page.get_by_role("slider").press("Home")
    expect(said).to_contain_text("all three are the same")


def test_a_guess_is_answered_by_the_recorded_verdict_and_kept(page: Page, base: str) -> None:
    page.context.add_cookies([{"name": COOKIE, "value": new_token(), "url": base}])
    page.goto(f"{base}/?activity=takeaways&options={json.dumps({'cards': [2, 20]})}")
    guess = page.get_by_role("radio", name="supported").first
    expect(page.get_by_text("2 claims to guess at.")).to_be_visible(timeout=30_000)
    assert page.get_by_text("95 % interval").count() == 0
    guess.click()
    expect(page.get_by_text("1 of 2 guessed")).to_be_visible()
    expect(page.get_by_text("As you guessed.")).to_be_visible()
    page.reload()
    expect(page.get_by_text("1 of 2 guessed")).to_be_visible(timeout=30_000)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_each_activity_appears_changes_when_used_and_is_accessible(
    page: Page, base: str, scheme: Any
) -> None:
    page.emulate_media(color_scheme=scheme)
    names = ("fit", "mask-network", "mask-image", "thinned", "scale")
    for name in names if scheme == "dark" else USES:
        said = show(page, base, name)
        if name in USES:
            before = said.inner_text()
            role, label = USES[name]
            control = page.get_by_role(role, name=label)  # type: ignore[arg-type]
            if role == "slider":
                control.press("Home" if name == "rates" else "ArrowRight")
            else:
                control.click()
            expect(said).not_to_have_text(before)
        page.set_viewport_size({"width": 390, "height": 900})
        assert page.evaluate("() => document.documentElement.scrollWidth - innerWidth") <= 0, name
        if name in CHECKED:
            violations = Axe().run(page, context=".la").response["violations"]
            assert [violation["id"] for violation in violations] == [], name
        expect(page.locator("[data-testid=stException]")).to_have_count(0)
        page.set_viewport_size({"width": 1280, "height": 900})
