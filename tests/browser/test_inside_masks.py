"""Masks on an image in a browser: drawn anew without a rerun, and always the last one asked for."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import Any

import httpx
import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Locator, Page, expect

from tests.browser.inside_app import InsideApp

WAIT = 20_000  # ms, on a busy machine


@dataclass
class Panel:
    """The page with the panel "Masks"."""

    app: InsideApp
    page: Page

    def open(self, *, beside: bool = True, **more: str) -> None:
        self.page.goto(self.app.address("masks", beside=beside, **more))
        expect(self.said.first).to_contain_text("The mask drops", timeout=2 * WAIT)

    @property
    def said(self) -> Locator:
        return self.page.locator(".mk-said")

    @property
    def status(self) -> Locator:
        return self.page.locator(".mk-status")

    def button(self, name: str) -> Locator:
        return self.page.get_by_role("button", name=name, exact=True)

    def choose(self, name: str) -> None:
        self.page.get_by_role("radio", name=name, exact=True).check()

    def slider(self) -> Locator:
        return self.page.get_by_role("slider", name="Rate", exact=True)

    def picture(self, start: str) -> str:
        """What a picture shows, as the address of its pixels."""
        found = self.page.get_by_role("img", name=re.compile(f"^{start}")).first
        return str(found.evaluate("node => node.toDataURL()"))

    def ask(self, **question: Any) -> dict[str, Any]:
        """The same question, asked by a program; about the image that the page shows."""
        asked = {"pixels": self.sent()["question"].get("pixels"), **question}
        if asked["pixels"] is None:
            asked = {"index": self.sent()["question"]["index"], **question}
        body = {"networks": [{"run": self.app.dropped, "epoch": 3}], "question": asked}
        answer = httpx.post(f"{self.app.base}/api/inside/masks", json=body)
        assert answer.status_code == 200, answer.text
        return dict(answer.json()["networks"][0])

    def sent(self) -> dict[str, Any]:
        """What the page asks next: for the same mask again."""
        with self.page.expect_request("**/api/inside/masks") as caught:
            self.button("Next mask").click()
        self.button("Mask before").click()
        return dict(json.loads(caught.value.post_data or ""))

    def expect_mask(self, seed: int) -> None:
        expect(self.status).to_contain_text(f"Mask {seed:,} at", timeout=WAIT)


@pytest.fixture
def panel(app: InsideApp, page: Page) -> Panel:
    return Panel(app, page)


def test_the_page_says_the_numbers_of_the_answer_for_both_networks(panel: Panel) -> None:
    panel.open()
    told = panel.ask(layer="flatten", rate=0.25, seed=1)
    panel.expect_mask(1)
    dropped, units = told["mask"]["dropped"], told["mask"]["units"]
    for words in panel.said.all_text_contents():
        assert words.startswith(f"The mask drops {dropped} of {units} numbers")
    shares = told["probabilities"]["with"]
    best = max(range(10), key=shares.__getitem__)
    expect(panel.said.first).to_contain_text(
        f"{told['classes'][best]} ({100 * shares[best]:.0f} %) with it."
    )
    expect(panel.said.last).to_contain_text("In training it never met a mask.")
    expect(panel.page.locator(".mk-strip")).to_have_count(2)
    panel.page.get_by_text("All numbers as tables").click()
    row = panel.page.get_by_role("row", name=re.compile("^all masks, by formula")).first
    expected = told["moments"]["expected"]
    expect(row).to_contain_text(f"{expected['mean']:.4f}{expected['std']:.4f}")


def test_a_new_mask_comes_without_a_rerun_and_stepping_back_shows_the_old_one(
    panel: Panel,
) -> None:
    panel.open(beside=False)
    panel.page.evaluate("document.querySelector('.mk').mine = true")
    first, untouched = panel.picture("flatten, .* with mask"), panel.picture("conv1, .* without")
    panel.button("Next mask").click()
    panel.expect_mask(2)
    assert panel.picture("flatten, .* with mask") != first
    assert panel.picture("conv1, .* without") == untouched
    panel.button("Mask before").click()
    panel.expect_mask(1)
    assert panel.picture("flatten, .* with mask") == first
    panel.button("New mask").click()
    expect(panel.status).not_to_contain_text("Mask 1 at", timeout=WAIT)
    assert panel.picture("flatten, .* with mask") != first
    assert panel.page.evaluate("document.querySelector('.mk').mine")
    assert panel.page.locator(".mk-strip").count() == 1


def test_of_a_slider_moved_quickly_the_last_rate_wins_even_over_a_slow_answer(
    panel: Panel,
) -> None:
    panel.open(beside=False)
    panel.page.evaluate("""() => {
      const original = window.fetch;
      let calls = 0;
      window.fetch = async (...asked) => {
        const answer = await original(...asked);  // the first is held back, unless it is broken off
        if (calls++ === 0) await new Promise((go) => setTimeout(go, 1000));
        return answer;
      };
      const status = document.querySelector(".mk-status");
      window.saw = [];
      const see = new MutationObserver(() => window.saw.push(status.textContent));
      see.observe(status, { childList: true });
    }""")
    for _ in range(5):
        panel.slider().press("ArrowRight")
    expect(panel.status).to_contain_text("with probability 0.7;", timeout=WAIT)
    expect(panel.page.locator(".mk")).to_have_attribute("aria-busy", "false", timeout=WAIT)
    expect(panel.status).to_contain_text("with probability 0.7;")
    rates = [float(re.findall(r"probability ([\d.]+);", said)[0]) for said in _saw(panel)]
    assert rates == sorted(rates)
    assert rates[-1] == 0.7


def _saw(panel: Panel) -> list[str]:
    seen: list[str] = panel.page.evaluate("window.saw")
    return seen


def test_a_request_that_fails_says_so_and_keeps_the_picture(panel: Panel) -> None:
    panel.open(beside=False)
    before, problem = panel.picture("flatten, .* with mask"), panel.page.get_by_role("alert")
    panel.page.route("**/api/inside/masks", lambda route: route.abort())
    panel.button("New mask").click()
    expect(problem.filter(has_text="The server does not answer")).to_be_visible(timeout=WAIT)
    assert panel.picture("flatten, .* with mask") == before
    panel.page.unroute("**/api/inside/masks")
    sentence = "<b>No</b> such run."
    refusal = json.dumps({"error": sentence})
    panel.page.evaluate(
        "said => { window.was = window.fetch;"
        "window.fetch = async () => new Response(said, { status: 422 }); }",
        refusal,
    )
    panel.button("New mask").click()
    expect(panel.page.locator(".mk-problem")).to_have_text(sentence, timeout=WAIT)
    panel.page.evaluate("window.fetch = window.was")
    panel.button("New mask").click()
    expect(panel.page.locator(".mk-problem")).to_be_empty(timeout=WAIT)


def test_until_there_is_an_answer_nothing_empty_is_shown_and_why_is_said_once(panel: Panel) -> None:
    sentence = "These weights are gone."
    refused = json.dumps({"error": sentence})
    panel.page.add_init_script(
        "window.was = window.fetch; window.fetch = async (url, ...more) =>"
        f"String(url).includes('/api/inside/') ? new Response('{refused}', {{ status: 404 }})"
        " : window.was(url, ...more);"
    )
    panel.page.goto(panel.app.address("masks"))
    expect(panel.page.locator(".mk-problem")).to_have_text(sentence, timeout=2 * WAIT)
    expect(panel.page.locator(".pc-line").last).to_contain_text("no answer", timeout=WAIT)
    expect(panel.page.get_by_text(sentence)).to_have_count(1)
    expect(panel.page.get_by_role("heading", name="The dense layers")).to_be_hidden()
    expect(panel.page.get_by_text("All numbers as tables")).to_be_hidden()
    panel.page.evaluate("window.fetch = window.was")
    panel.button("New mask").click()
    expect(panel.said.first).to_contain_text("The mask drops", timeout=WAIT)
    expect(panel.page.get_by_role("heading", name="The dense layers")).to_be_visible()
    expect(panel.page.locator(".mk-problem")).to_be_empty()


def test_a_network_that_met_another_kind_of_dropout_says_so(panel: Panel) -> None:
    panel.open()
    expect(panel.said.first).not_to_contain_text("In training")
    panel.choose("conv1")
    panel.choose("whole channels")
    instead = "In training it met masks of single numbers instead."
    expect(panel.said.first).to_contain_text(instead, timeout=WAIT)
    expect(panel.said.last).to_contain_text("In training it never met a mask.")


def test_before_pooling_the_share_of_windows_stands_beside_its_formula(panel: Panel) -> None:
    panel.open(beside=False)
    expect(panel.page.get_by_role("radio", name="before pooling")).to_be_disabled()
    expect(panel.page.get_by_role("radio", name="whole channels")).to_be_disabled()
    panel.choose("conv1")
    panel.choose("before pooling")
    panel.slider().fill("6")
    pool = panel.page.locator(".mk-pool")
    expect(pool).to_contain_text("1 − p⁴ = 93.8 %. In this mask", timeout=WAIT)
    windows = panel.ask(layer="conv1", rate=0.5, pool="before", seed=1)["mask"]["windows"]
    share = 100 * windows["survived"] / windows["all"]
    counted = f"{windows['survived']:,} of {windows['all']:,} windows ({share:.1f} %)"
    expect(pool).to_contain_text(counted, timeout=WAIT)
    moments = panel.page.locator(".mk-moments + p")
    expect(moments).to_contain_text("The pool takes the largest of what is left")
    panel.choose("whole channels")
    expect(pool).to_contain_text("1 − p = 50.0 %", timeout=WAIT)
    expect(moments).to_contain_text("The mean stays")


def test_units_are_struck_out_with_their_lines(panel: Panel) -> None:
    panel.open(beside=False)
    panel.choose("fc1")
    panel.slider().fill("6")
    expect(panel.status).to_contain_text("at fc1: each number drops with probability 0.5")
    told = panel.ask(layer="fc1", rate=0.5, seed=1)["dense"]["fc1"]
    panel.expect_mask(1)
    drawing = panel.page.locator(".mk-dense")
    expect(drawing.locator(".cross")).to_have_count(sum(told["dropped"]))
    places = drawing.evaluate("""node => [...node.querySelectorAll("circle.struck")].map(
      (circle) => [circle.getAttribute("cx"), circle.getAttribute("cy")].join())""")
    ends = drawing.evaluate("""node => [...node.querySelectorAll("line")].flatMap((line) => {
      const [x1, y1, x2, y2] = ["x1", "y1", "x2", "y2"].map((name) => line.getAttribute(name));
      return [`${x1},${y1}`, `${x2},${y2}`];
    })""")
    assert ends
    assert not set(places) & set(ends)
    of_all = f"{told['dropped_of_all']} of all {told['all']}"
    expect(panel.page.locator(".mk-dense + p")).to_contain_text(of_all)


def test_nothing_moves_by_itself_and_under_reduced_motion_playing_is_refused_with_a_word(
    panel: Panel,
) -> None:
    panel.open(beside=False)
    panel.button("Play slowly").click()
    note = panel.page.get_by_role("status").filter(has_text="less motion")
    expect(note).to_be_visible()
    panel.page.emulate_media(reduced_motion="no-preference")
    panel.expect_mask(1)
    panel.button("Play slowly").click()
    panel.expect_mask(2)
    panel.expect_mask(3)
    panel.page.emulate_media(reduced_motion="reduce")
    expect(note).to_be_visible()
    expect(panel.button("Play slowly")).to_have_attribute("aria-pressed", "false")


def test_another_epoch_or_panel_keeps_the_mask_and_what_was_set(panel: Panel) -> None:
    panel.open(beside=False)
    panel.choose("conv2")
    panel.choose("whole channels")
    panel.button("Next mask").click()
    panel.expect_mask(2)
    before = panel.picture("conv2, .* without")
    panel.page.get_by_role("slider", name="After epoch").press("ArrowLeft")
    expect(panel.page).to_have_url(re.compile("epoch=2"), timeout=WAIT)
    panel.page.wait_for_function(
        """before => [...document.querySelectorAll("canvas")].some((one) =>
          one.ariaLabel.startsWith("conv2") && one.ariaLabel.includes("without")
          && one.toDataURL() !== before)""",
        arg=before,
        timeout=WAIT,
    )
    assert panel.picture("conv2, .* without") != before
    panel.expect_mask(2)
    expect(panel.status).to_contain_text("at conv2: each channel drops")
    panels = panel.page.get_by_test_id("stButtonGroup").filter(has_text="What it learned")
    panels.get_by_text("What it learned", exact=True).click()
    expect(panel.page.locator(".mk")).to_have_count(0, timeout=WAIT)
    panels.get_by_text("Masks", exact=True).click()
    expect(panel.status).to_contain_text("Mask 2 at conv2: each channel", timeout=WAIT)


def test_no_choice_moves_what_stands_below(panel: Panel) -> None:
    panel.open()
    where = """all => all.map((one) => Math.round(
      one.getBoundingClientRect().top - one.closest(".mk").getBoundingClientRect().top))"""
    places = panel.page.locator(".mk :is(h2, summary, canvas)")
    before = places.evaluate_all(where)
    for layer in ("input", "conv1", "logits"):
        panel.choose(layer)
        expect(panel.status).to_contain_text(f"at {layer}", timeout=WAIT)
        assert places.evaluate_all(where) == before
    panel.choose("conv1")
    panel.choose("before pooling")
    panel.choose("whole channels")
    expect(panel.status).to_contain_text("before pooling: each channel", timeout=WAIT)
    assert places.evaluate_all(where) == before
    panel.page.get_by_label("all maps").check()
    panel.slider().fill("0")
    expect(panel.status).to_contain_text("At rate 0 nothing drops", timeout=WAIT)
    assert places.evaluate_all(where) == before


def test_by_keyboard_alone_a_layer_is_chosen_and_a_mask_drawn(panel: Panel) -> None:
    panel.open(beside=False)
    panel.page.get_by_role("radio", name="flatten", exact=True).focus()
    panel.page.keyboard.press("ArrowRight")
    expect(panel.status).to_contain_text("at fc1", timeout=WAIT)
    for _ in range(8):
        panel.page.keyboard.press("Tab")
        if panel.page.evaluate("document.activeElement.textContent") == "New mask":
            break
    panel.page.keyboard.press("Enter")
    expect(panel.status).not_to_contain_text("Mask 1 at", timeout=WAIT)


@pytest.mark.parametrize(("scheme", "width"), [("light", 1280), ("dark", 390)])
def test_axe_finds_nothing_and_nothing_overflows(panel: Panel, scheme: Any, width: int) -> None:
    panel.page.set_viewport_size({"width": width, "height": 900})
    panel.page.emulate_media(color_scheme=scheme)
    panel.open()
    panel.page.get_by_text("All numbers as tables").click()
    violations = Axe().run(panel.page, context=".mk").response["violations"]
    assert [(one["id"], one["nodes"][0]["html"]) for one in violations] == []
    assert panel.page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0
