"""What a person meets at "Try your own": drawing, test images, uploads, what is said of them."""

from __future__ import annotations

import base64
import io
import re
from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from axe_playwright_python.sync_playwright import Axe
from PIL import Image
from playwright.sync_api import Page, Request, expect

from dropout_demo.data import CLASSES, Split, load
from tests.browser.inside_app import InsideApp
from tests.serving import prepared_home

LIMIT = 30_000  # ms, on a busy machine
DROPPED, PLAIN = 0, 1  # places of the two networks on the page
BLACK, BLUE = (22, 32, 43), (36, 87, 166)
SURE = re.compile("sure")

Pixels = npt.NDArray[np.uint8]


AS_SHOWN = """(canvas) => [
  canvas.closest("figure").querySelector(".pc-title").textContent,
  canvas.getAttribute("aria-label"),
  [...canvas.getContext("2d").getImageData(0, 0, 32, 32).data],
]"""
"""Title, text alternative and pixels of the chosen picture."""


@pytest.fixture
def shapes(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Split:
    monkeypatch.setenv("DROPOUT_DEMO_HOME", str(prepared_home(tmp_path_factory)))
    return load("shapes").test


def open_sheet(page: Page, app: InsideApp, **more: Any) -> None:
    page.goto(app.address("try", **more))
    expect(page.locator(".dr-sheet")).to_be_visible(timeout=LIMIT)


def choose(page: Page, source: str) -> None:
    row = page.get_by_test_id("stButtonGroup").filter(has_text="Camera")
    row.get_by_text(source, exact=True).click(timeout=LIMIT)


def asked(page: Page, action: Callable[[], object]) -> Pixels:
    """The pixels that the networks were asked about after something was done."""
    with page.expect_request("**/api/inside/classify", timeout=LIMIT) as caught:
        action()
    return pixels_of(caught.value)


def pixels_of(request: Request) -> Pixels:
    data = base64.b64decode(request.post_data_json["question"]["pixels"])
    return np.frombuffer(data, np.uint8).reshape(32, 32, 3)


def boxes(page: Page) -> list[float]:
    """Where things stand below the top of the sheet, in pixels; whatever was scrolled."""
    parts = [page.locator(f".{name}") for name in ("dr-sheet", "dr-row", "cb-chart", "cb-legend")]
    tops = [part.evaluate("(node) => node.getBoundingClientRect().top") for part in parts]
    return [top - tops[0] for top in tops]


def png(pixels: Pixels) -> dict[str, Any]:
    file = io.BytesIO()
    Image.fromarray(pixels).save(file, "PNG")
    return {"name": "mine.png", "mimeType": "image/png", "buffer": file.getvalue()}


def test_a_stroke_is_judged_at_a_pause_and_undone_without_a_trace(
    page: Page, app: InsideApp
) -> None:
    open_sheet(page, app)
    words = page.locator(".cb-words")
    expect(words).to_have_text([re.compile("nothing to see yet")] * 2, timeout=LIMIT)
    box = page.locator(".dr-sheet").bounding_box()
    assert box is not None

    def stroke() -> None:
        for x, press in ((0.25, page.mouse.down), (0.75, page.mouse.up)):
            page.mouse.move(box["x"] + x * box["width"], box["y"] + box["height"] / 2)
            press()

    drawn = asked(page, stroke)
    assert (drawn[15:17, 8:24] == BLACK).all()  # along the middle, three pixels wide
    assert (drawn[:12] == 255).all()
    assert (drawn[20:] == 255).all()
    expect(words).to_have_text([SURE] * 2, timeout=LIMIT)
    expect(page.locator(".cb-masks").nth(DROPPED)).to_contain_text("With 50 masks it says")
    expect(page.locator(".cb-masks").nth(PLAIN)).to_contain_text("no masks to vary")
    expect(page.locator(".cl-note")).to_contain_text("being sure does not make it right")
    page.get_by_role("button", name="Undo").click()
    expect(words).to_have_text([re.compile("nothing to see yet")] * 2)
    expect(page.get_by_role("button", name="Undo")).to_be_disabled()
    asked(page, lambda: page.get_by_role("button", name="Fill").click())
    page.get_by_role("button", name="Clear").click()
    expect(words).to_have_text([re.compile("nothing to see yet")] * 2)
    expect(page.get_by_role("button", name="Undo")).to_be_enabled()


def test_the_keys_draw_and_the_table_holds_what_the_answer_says(page: Page, app: InsideApp) -> None:
    open_sheet(page, app)
    blue = asked(
        page,
        lambda: (
            page.get_by_role("button", name="blue", exact=True).click(),
            page.get_by_role("button", name="Fill").click(),
        ),
    )
    assert (blue == BLUE).all()
    expect(page.locator(".cb-words")).to_have_text([SURE] * 2, timeout=LIMIT)
    page.get_by_role("button", name="black").click()
    page.get_by_role("slider", name="Brush").fill("1")
    page.locator(".dr-sheet").focus()
    with page.expect_response("**/api/inside/classify", timeout=LIMIT) as answered:
        for key in ("Space", "Shift+ArrowRight", "Shift+ArrowRight", "ArrowDown"):
            page.keyboard.press(key)
    drawn = pixels_of(answered.value.request)
    assert (drawn[16, 16:19] == BLACK).all()
    assert (drawn[17] == BLUE).all()  # an arrow alone moves and does not paint
    told = answered.value.json()["networks"]
    page.get_by_text("Numbers as a table").click()
    for place, one in enumerate(told):
        expect(page.locator("table").nth(place).locator("tbody tr")).to_have_count(10)
        caption = page.locator("table").nth(place).locator("caption")
        expect(caption).to_contain_text(f"entropy with masks off {one['entropy']:.2f} nats")
        shares = page.locator("table").nth(place).locator("tbody td:nth-of-type(1)")
        expect(shares).to_have_text([f"{100 * share:.1f} %" for share in one["one"]])
    first = page.locator("table").first.locator("tbody tr").first.locator("td")
    numbers = [told[0][name][0] for name in ("one", "mean", "low", "high")]
    votes = f"{told[0]['votes'][0]} of 50"
    expect(first).to_have_text([*(f"{100 * number:.1f} %" for number in numbers), votes])


def test_test_images_come_by_class_one_after_the_other(
    page: Page, app: InsideApp, shapes: Split
) -> None:
    open_sheet(page, app)
    places = np.flatnonzero(shapes.labels == 0)
    for action, place in (
        (lambda: choose(page, "By class"), places[0]),
        (lambda: page.get_by_role("button", name="Next").click(), places[1]),
        (lambda: page.get_by_role("button", name="Previous").click(), places[0]),
        (lambda: page.get_by_role("button", name="Previous").click(), places[-1]),
    ):
        assert (asked(page, action) == shapes.images[place]).all()
        said = re.compile(f"^Test image {place:,}, an? {CLASSES['shapes'][0]}")
        expect(page.locator(".cl-note")).to_have_text(said)


def test_pictures_that_the_network_gets_wrong_are_shown_with_their_label_and_its_guess(
    page: Page, app: InsideApp, shapes: Split
) -> None:
    page.goto(app.address("masks", epoch="0"))  # untrained: it gets nearly all of them wrong
    choose(page, "It gets wrong")
    said = page.locator(".pc-line")
    expect(said.nth(DROPPED)).to_contain_text("which is wrong", timeout=LIMIT)
    picture = page.locator(".pc-picture")
    title, label, shown = picture.evaluate(AS_SHOWN)  # at once: the picture may just be changing
    place = int((re.search(r"[\d,]+", title) or [""])[0].replace(",", ""))
    assert title.endswith(CLASSES["shapes"][shapes.labels[place]])
    assert label.startswith(f"Test image {place:,},")
    assert picture.evaluate("(canvas) => getComputedStyle(canvas).imageRendering") == "pixelated"
    assert (np.array(shown).reshape(32, 32, 4)[..., :3] == shapes.images[place]).all()


def test_an_upload_is_judged_and_one_that_is_no_picture_is_refused_in_a_sentence(
    page: Page, app: InsideApp
) -> None:
    open_sheet(page, app)
    choose(page, "Upload")
    expect(page.get_by_text("never kept on a disk")).to_be_visible(timeout=LIMIT)
    expect(page.locator(".dr-sheet")).to_have_count(0)
    picker = page.locator("input[type=file]")
    picture = np.random.default_rng(0).integers(0, 256, (32, 32, 3), np.uint8)
    got = asked(page, lambda: picker.set_input_files(png(picture)))  # type: ignore[arg-type]
    assert (got == picture).all()
    expect(page.locator(".cb-words")).to_have_text([SURE] * 2, timeout=LIMIT)
    bad: Any = {"name": "bad.png", "mimeType": "image/png", "buffer": b"<svg onload=alert(1)>"}
    picker.set_input_files(bad)
    expect(page.get_by_role("alert")).to_contain_text("choose a PNG", timeout=LIMIT)
    expect(page.locator(".dr-sheet")).to_have_count(0)


def test_moving_through_the_epochs_asks_anew_and_moves_nothing(page: Page, app: InsideApp) -> None:
    open_sheet(page, app)
    asked(page, lambda: page.get_by_role("button", name="Fill").click())
    expect(page.locator(".cb-words")).to_have_text([SURE] * 2, timeout=LIMIT)
    before = boxes(page)
    drawn = asked(page, lambda: page.get_by_role("slider", name="After epoch").press("ArrowLeft"))
    assert (drawn == BLACK).all()  # the drawing stays
    expect(page.locator(".cb-words")).to_have_text([SURE] * 2)
    assert boxes(page) == before


@pytest.mark.parametrize(("width", "scheme"), [(1280, "dark"), (390, "light")])
def test_it_is_accessible_and_fits(page: Page, app: InsideApp, width: int, scheme: Any) -> None:
    page.set_viewport_size({"width": width, "height": 900})
    page.emulate_media(color_scheme=scheme)
    open_sheet(page, app)
    choose(page, "By class")
    expect(page.locator(".cb-words")).to_have_text([SURE] * 2, timeout=LIMIT)
    page.get_by_text("Numbers as a table").click()
    chart = page.get_by_role("img", name=re.compile(r"dropout.*under masks \d+ % to \d+ %"))
    expect(chart).to_be_visible()
    violations = Axe().run(page, context=".st-key-panel-try").response["violations"]
    assert [(v["id"], v["nodes"][0]["html"]) for v in violations] == []
    assert page.evaluate("() => document.documentElement.scrollWidth - innerWidth") <= 0
