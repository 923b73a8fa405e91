"""The interval picture in a browser: what is drawn, said, and never overflows."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

PAGE = Path(__file__).with_name("interval_picture_page.py")
BOX = "(node) => { const b = node.getBoundingClientRect(); return [b.left, b.right]; }"


def row(name: str, mean: float, low: float, high: float, **more: Any) -> dict[str, Any]:
    known = {"colour": 1, "verdict": "supported", "n": 3}
    return {"name": name, "mean": mean, "low": low, "high": high, **known, **more}


def show(page: Page, base: str, rows: list[dict[str, Any]], unit: str = "points") -> None:
    page.goto(f"{base}/?{urlencode({'rows': json.dumps(rows), 'unit': unit})}")
    expect(page.locator(".dl-ip-row").first).to_be_visible(timeout=30_000)


def box(page: Page, selector: str) -> tuple[float, float]:
    left, right = page.locator(selector).first.evaluate(BOX)
    return left, right


def test_the_whisker_lies_right_of_the_zero_line_and_its_dot_in_the_middle(
    page: Page, server: Callable[..., str]
) -> None:
    show(page, server(PAGE), [row("dropout 0.5", 2.4, 1.4, 3.4)])
    zero, dot, whisker = (box(page, f".dl-ip-{part}") for part in ("zero", "dot", "whisker"))
    assert zero[1] < whisker[0]
    assert sum(dot) / 2 == pytest.approx(sum(whisker) / 2, abs=1.5)
    expect(page.locator(".dl-ip-value")).to_have_text("+2.4 points, 1.4 to 3.4")
    expect(page.locator(".dl-ip-side").last).to_have_text("better →")
    name = "dropout 0.5: +2.4 points, 1.4 to 3.4 (95 % interval, 3 pairs); supported."
    expect(page.get_by_role("img", name=name)).to_be_visible()


def test_without_an_interval_there_is_no_whisker(page: Page, server: Callable[..., str]) -> None:
    show(page, server(PAGE), [row("a", 1.0, float("nan"), float("nan"), n=1)])
    expect(page.locator(".dl-ip-dot")).to_have_count(1)
    expect(page.locator(".dl-ip-whisker")).to_have_count(0)


def test_names_are_shown_as_text(page: Page, server: Callable[..., str]) -> None:
    name = "<img src=x onerror=alert(1)><b>x</b>"
    show(page, server(PAGE), [row(name, 1.0, 0.5, 1.5, verdict=name)])
    expect(page.locator(".dl-ip-name", has_text="img")).to_have_text(name)
    assert page.locator(".dl-ip :is(img, b)").count() == 0


@pytest.mark.parametrize("width", [1280, 390])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_twelve_rows_of_all_sizes_are_accessible_and_fit(
    page: Page, server: Callable[..., str], width: int, scheme: Any
) -> None:
    page.set_viewport_size({"width": width, "height": 900})
    page.emulate_media(color_scheme=scheme)
    sizes = (1e9, -3e5, 40.0, 1.0, 1e-3, 1e-12)
    rows = [
        row(f"{'Wdropout-at-all-layers' * 3}"[:60], size, size - 1, size + 1, colour=i)
        for i, size in enumerate([*sizes, *sizes])
    ]
    show(page, server(PAGE), rows)
    assert page.locator(".dl-ip-track").count() == 12
    violations = Axe().run(page, context=".dl-ip").response["violations"]
    assert [violation["id"] for violation in violations] == []
    assert page.evaluate("() => document.documentElement.scrollWidth - innerWidth") <= 0
    outer = box(page, ".dl-ip")
    for node in page.locator(".dl-ip *").all():
        left, right = node.evaluate(BOX)
        if left == right == 0:  # not displayed
            continue
        assert left >= outer[0] - 8
        assert right <= outer[1] + 8
