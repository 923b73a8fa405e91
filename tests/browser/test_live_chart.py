"""The live chart in a browser, fed by a server that says what each test tells it to say."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlencode
from xml.etree import ElementTree as ET

import httpx
import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, Route, expect
from scipy import stats

from tests.browser.conftest import ROOT, STREAMLIT_FLAGS

APP = Path(__file__).with_name("live_chart_app.py")
STEPS = 20  # steps an epoch
ANSWERS = 5  # reruns after which the chart leaves a Python alone that goes on saying otherwise
VALIDATION = "validation"
TRAINING = "training, dropout off"
MASKED = "training, masks on"
STEP_BY_STEP = "training, masks on, step by step"
TRACE = """([measure, arm, what, field]) => {
    const data = document.querySelector(`.dl-plot[data-measure=${measure}]`)?.data ?? [];
    const lines = data.filter((t) => t.fill !== "toself");
    return lines.filter((t) => t.meta[0].startsWith(arm) && t.meta[1] === what)
        .map((t) => (ArrayBuffer.isView(t[field]) ? Array.from(t[field]) : t[field]) ?? null);
}"""
BAND = """([measure, arm]) => document.querySelector(`.dl-plot[data-measure=${measure}]`).data
    .filter((t) => t.meta[0] === arm && t.meta[1] === "validation" && t.fill === "toself")
    .map((t) => [t.x, t.y])[0]"""
AXIS = "([measure, axis]) => document.querySelector(`[data-measure=${measure}]`).layout[axis].range"


@dataclass
class Lab:
    """The server, the runs of one test and the page that shows them."""

    base: str
    page: Page
    prefix: str = field(default_factory=lambda: uuid.uuid4().hex[:8])

    def id(self, run: str) -> str:
        return f"{self.prefix}-{run}"

    def say(self, run: str, kind: str, **fields: Any) -> None:
        self._post("/fake/say", {"run": self.id(run), "kind": kind, **fields})

    def status(self, run: str, status: str, **fields: Any) -> None:
        known = {"position": None, "seconds_left": None, "progress": 0.0}
        self._post("/fake/status", {"run": self.id(run), "status": status, **known, **fields})

    def start(self, run: str, epochs: int = 4) -> None:
        about = {"device": "cpu", "precision": "fp32", "threads": 1, "parameters": 361034}
        self.say(run, "started", steps=epochs * STEPS, **about)

    def steps(self, run: str, first: int, last: int) -> None:
        for step in range(first, last + 1):
            numbers = {
                "loss": 2.3 - step / 100,
                "accuracy": step / 100,
                "images_per_second": 5312.0,
            }
            self.say(run, "step", step=step, epoch=(step - 1) // STEPS + 1, **numbers)

    def epoch(self, run: str, number: int, val_loss: float = 1.5) -> None:
        self.say(run, **epoch_event(number, val_loss))

    def finish(self, run: str) -> None:
        test = {"loss": 1.0, "accuracy": 0.7}
        self.say(run, "finished", test=test, best_epoch=1, seconds=17.2)

    def say_all(self, events: list[dict[str, Any]]) -> None:
        self._post("/fake/say-all", events)

    def cut(self) -> None:
        self._post("/fake/cut", None)

    def _post(self, path: str, body: object) -> None:
        httpx.post(self.base + path, json=body).raise_for_status()

    def show(self, *arms: dict[str, Any], path: str = "/", **query: str) -> None:
        self.page.goto(f"{self.base}{path}?{urlencode({'arms': json.dumps(arms), **query})}")
        expect(self.page.locator(".dl-plot .main-svg").first).to_be_visible(timeout=30_000)

    def arm(
        self, name: str, *runs: str, status: str = "running", epochs: int = 4
    ) -> dict[str, Any]:
        listed = [
            {"id": self.id(run), "seed": seed, "status": status} for seed, run in enumerate(runs, 1)
        ]
        return {"name": name, "epochs": epochs, "runs": listed}

    def xs(self, arm: str, what: str, measure: str = "loss") -> list[list[float]]:
        """The x values of an arm's traces of one kind, a list for each trace."""
        traces: list[list[float]] = self.page.evaluate(TRACE, [measure, arm, what, "x"])
        return traces

    def expect_points(self, count: int, arm: str, what: str, measure: str = "loss") -> None:
        """Wait until the arm's traces of this kind have this many points together."""
        self.page.wait_for_function(
            f"(wanted) => ({TRACE})(wanted[1]).flat().length === wanted[0]",
            arg=[count, [measure, arm, what, "x"]],
        )

    def is_drawn(self, arm: str, what: str, measure: str = "loss") -> bool:
        traces: list[object] = self.page.evaluate(TRACE, [measure, arm, what, "x"])
        return bool(traces)

    def axis(self, name: str, measure: str = "loss") -> list[float]:
        return [float(value) for value in self.page.evaluate(AXIS, [measure, name])]

    def zoom(self) -> None:
        """Drag a box over the middle of the loss plot, as a person does."""
        box = self.page.locator("[data-measure=loss] .nsewdrag").bounding_box()
        assert box
        x, y = box["x"], box["y"]
        self.page.mouse.move(x + 0.3 * box["width"], y + 0.3 * box["height"])
        self.page.mouse.down()
        self.page.mouse.move(x + 0.7 * box["width"], y + 0.8 * box["height"], steps=5)
        self.page.mouse.up()
        expect(self.page.get_by_role("button", name="Reset the zoom of the loss")).to_be_visible()

    def rerun(self, times: int, ended: int = 0) -> None:
        self.page.get_by_role("button", name="Rerun").click()
        self.expect_reruns(times, ended)

    def expect_reruns(self, times: int, ended: int = 0) -> None:
        expect(self.page.get_by_text(f"{times} reruns, ended {ended} times")).to_be_visible()

    def open_streams(self) -> int:
        return int(httpx.get(self.base + "/fake/streams").json()["open"])


def epoch_event(number: int, val_loss: float = 1.5) -> dict[str, Any]:
    val = {"loss": val_loss, "accuracy": 0.5}
    train = {"loss": 1.25, "accuracy": 0.625}
    masked = {"loss": 1.4, "accuracy": 0.6}
    measures = {"train_masked": masked, "train_clean": train, "val": val}
    return {"kind": "epoch", "epoch": number, "seconds": 1.0, **measures}


@contextmanager
def killable(folder: Path, port: int) -> Iterator[subprocess.Popen[bytes]]:
    """A server of `APP` at this port, which the test may kill."""
    command = [sys.executable, "-m", "streamlit", "run", str(APP), f"--server.port={port}"]
    process = subprocess.Popen(
        [*command, *STREAMLIT_FLAGS],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        transport = httpx.HTTPTransport(retries=8)  # of connections, each after twice the time
        with httpx.Client(transport=transport) as client:
            client.get(f"http://127.0.0.1:{port}/_stcore/health").raise_for_status()
        yield process
    finally:
        process.kill()
        process.wait()


@pytest.fixture
def lab(page: Page, server: Callable[..., str]) -> Iterator[Lab]:
    lab = Lab(server(APP), page)
    yield lab
    lab.cut()  # streams of runs that never end would otherwise outlive the test


def test_points_appear_and_grow(lab: Lab) -> None:
    lab.start("a")
    lab.steps("a", 1, 5)
    lab.show(lab.arm("plain", "a"))
    lab.expect_points(5, "plain", STEP_BY_STEP)
    lab.expect_points(0, "plain", VALIDATION)
    lab.steps("a", 6, STEPS)
    lab.epoch("a", 1)
    lab.expect_points(STEPS, "plain", STEP_BY_STEP)
    for what in (VALIDATION, TRAINING):
        for measure in ("loss", "accuracy"):
            lab.expect_points(1, "plain", what, measure)
    assert lab.xs("plain", VALIDATION) == [[1]]
    assert lab.xs("plain", STEP_BY_STEP)[0][:2] == [1 / STEPS, 2 / STEPS]


def test_status_is_said_in_words(lab: Lab) -> None:
    lab.show(lab.arm("plain", "a", status="queued"))
    words = lab.page.locator(".dl-words")
    lab.status("a", "queued", position=2, seconds_left=20.3)
    expect(words).to_have_text("waiting, 2nd in the queue, about 20 s")
    lab.start("a")
    lab.steps("a", 1, 1)
    lab.status("a", "running", seconds_left=75, progress=0.1)
    expect(words).to_have_text("epoch 1 of 4, 5,300 images/s, 1 min 15 s left")
    lab.finish("a")
    expect(words).to_have_text("finished in 17 s")


def test_a_hidden_trace_stays_hidden_over_data_and_reruns(lab: Lab) -> None:
    lab.start("a")
    lab.start("b")
    lab.epoch("a", 1)
    lab.show(lab.arm("plain", "a"), lab.arm("dropped", "b"))
    lab.expect_points(1, "plain", VALIDATION)
    lab.page.get_by_role("button", name="plain").click()
    lab.page.get_by_role("button", name=TRAINING).click()
    lab.epoch("a", 2)
    lab.epoch("b", 1)
    lab.expect_points(1, "dropped", VALIDATION)
    lab.rerun(1)
    lab.epoch("b", 2)
    lab.expect_points(2, "dropped", VALIDATION)
    for measure in ("loss", "accuracy"):
        assert not lab.is_drawn("plain", VALIDATION, measure)
        assert not lab.is_drawn("dropped", TRAINING, measure)
        assert lab.is_drawn("dropped", VALIDATION, measure)
    button = lab.page.get_by_role("button", name="plain")
    expect(button).to_have_attribute("aria-pressed", "false")
    button.click()
    lab.expect_points(2, "plain", VALIDATION)


def test_zoom_survives_data_reruns_and_elements_above(lab: Lab) -> None:
    lab.start("a")
    lab.epoch("a", 1, 2.0)
    lab.show(lab.arm("plain", "a"))
    lab.expect_points(1, "plain", VALIDATION)
    before = lab.axis("xaxis")
    lab.zoom()
    zoomed = [lab.axis("xaxis"), lab.axis("yaxis")]
    assert zoomed[0][0] > before[0]
    assert zoomed[0][1] < before[1]
    lab.epoch("a", 2, 9.0)
    lab.expect_points(2, "plain", VALIDATION)
    lab.rerun(1)
    lab.page.get_by_text("More above").click()
    lab.expect_reruns(2)
    expect(lab.page.get_by_label("Above")).to_be_visible()
    lab.epoch("a", 3)
    lab.expect_points(3, "plain", VALIDATION)
    assert [lab.axis("xaxis"), lab.axis("yaxis")] == zoomed
    assert lab.axis("yaxis", "accuracy") != zoomed[1]
    lab.page.get_by_role("button", name="Reset the zoom of the loss").click()
    assert lab.axis("xaxis") == before
    assert lab.axis("yaxis")[1] > 9.0


def test_hover_names_run_measure_epoch_and_value_and_stays_over_new_data(lab: Lab) -> None:
    lab.start("a")
    lab.steps("a", 1, 5)
    lab.epoch("a", 1)
    lab.show(lab.arm("plain <i>", "a"))
    lab.expect_points(1, "plain", VALIDATION)
    point = lab.page.locator("[data-measure=loss] .scatterlayer .point").last.bounding_box()
    assert point
    lab.page.mouse.move(point["x"] + point["width"] / 2, point["y"] + point["height"] / 2)
    hover = lab.page.locator("[data-measure=loss] .hoverlayer .hovertext")
    expect(hover).to_contain_text("plain <i>")
    expect(hover).to_contain_text("epoch 1: 1.500 nats a sample")
    lab.steps("a", 6, 30)  # within the axis' range, so that the point stays under the pointer
    lab.expect_points(30, "plain", STEP_BY_STEP)
    expect(hover).to_contain_text("epoch 1: 1.500 nats a sample")


def test_a_cut_connection_leaves_no_gap_and_nothing_double(lab: Lab) -> None:
    lab.start("a")
    lab.start("b")
    lab.show(lab.arm("plain", "a"), lab.arm("dropped", "b"))
    lab.steps("a", 1, 10)
    lab.steps("b", 1, 3)
    lab.expect_points(10, "plain", STEP_BY_STEP)
    lab.expect_points(3, "dropped", STEP_BY_STEP)
    for last in (12, 14, 16):
        lab.cut()
        lab.steps("a", last - 1, last)
        lab.steps("b", last - 8, last - 7)
    lab.finish("a")
    lab.finish("b")
    lab.expect_reruns(1, ended=1)
    lab.expect_points(16, "plain", STEP_BY_STEP)
    assert lab.xs("plain", STEP_BY_STEP) == [[step / STEPS for step in range(1, 17)]]
    assert lab.xs("dropped", STEP_BY_STEP)[0] == [
        step / STEPS for step in (1, 2, 3, 4, 5, 6, 7, 8, 9)
    ]
    expect(lab.page.get_by_text("Connection lost")).to_have_count(0)


def test_a_refused_connection_is_said_and_tried_again(lab: Lab) -> None:
    lab.start("a")
    lab.epoch("a", 1)
    refused = "**/api/stream**"
    lab.page.route(refused, lambda route: route.abort("connectionrefused"))
    lab.show(lab.arm("plain", "a"))
    note = lab.page.get_by_text("Connection lost")
    expect(note).to_be_visible()
    lab.page.unroute(refused)
    lab.expect_points(1, "plain", VALIDATION)
    expect(note).to_have_count(0)


def test_the_end_of_the_last_run_reruns_the_page_once(lab: Lab) -> None:
    lab.start("a")
    lab.start("b")
    lab.show(lab.arm("plain", "a"), lab.arm("dropped", "b"))
    lab.finish("a")
    expect(lab.page.get_by_text("finished in 17 s")).to_have_count(1)
    lab.expect_reruns(0)
    lab.finish("b")
    lab.expect_reruns(1, ended=1)
    lab.page.get_by_role("button", name="Rerun").click()
    lab.expect_reruns(2, ended=1)
    assert lab.open_streams() == 0


def test_an_end_that_python_does_not_take_in_is_told_again_but_not_for_ever(lab: Lab) -> None:
    lab.page.clock.install()
    lab.start("a")
    lab.show(lab.arm("plain", "a"), stale="1")
    lab.finish("a")
    told = lab.page.get_by_text(re.compile(r"reruns, ended \d+ times"))
    button = lab.page.get_by_role("button", name="Rerun")
    for _ in range(2 * ANSWERS):
        before = told.inner_text()
        lab.page.clock.fast_forward("00:20")
        button.click()
        expect(told).not_to_have_text(before)
    often = re.search(r"ended \d+ times", told.inner_text())
    assert often
    assert 2 <= int(often[0].split()[1]) <= 2 * ANSWERS
    for _ in range(3):
        before = told.inner_text()
        lab.page.clock.fast_forward("00:20")
        button.click()
        expect(told).not_to_have_text(before)
    expect(told).to_contain_text(often[0])


def test_runs_that_had_ended_before_do_not_rerun_the_page(lab: Lab) -> None:
    lab.start("a")
    lab.epoch("a", 1)
    lab.finish("a")
    lab.show(lab.arm("plain", "a", status="finished"))
    lab.expect_points(1, "plain", VALIDATION)
    expect(lab.page.get_by_text("finished in 17 s")).to_be_visible()
    lab.rerun(1)


def test_foreign_text_is_shown_as_text(lab: Lab) -> None:
    error = "<img src=x onerror=alert(1)> <b>no</b> %{x}"
    name = "<b>bold</b> & <a href='javascript:alert(1)'>link</a>"
    lab.say("a", "failed", error=error)
    lab.show(lab.arm(name, "a"))
    expect(lab.page.locator(".dl-words")).to_have_text(f"failed: {error}")
    expect(lab.page.locator(".dl-label").first).to_have_text(name)
    assert lab.page.locator(".dl-live :is(img, a, b)").count() == 0


def test_the_numbers_stand_in_a_table(lab: Lab) -> None:
    lab.start("a")
    lab.epoch("a", 1, 1.5)
    lab.show(lab.arm("plain", "a"))
    lab.page.get_by_text("Numbers as a table").click()
    table = lab.page.get_by_role("table", name="plain")
    expect(table.get_by_role("rowheader", name="1")).to_be_visible()
    lab.epoch("a", 2, 1.75)
    row = table.get_by_role("row").nth(2)
    expect(row.get_by_role("cell")).to_have_text(["1.250", "1.750", "62.5 %", "50.0 %"])
    assert table.get_by_role("columnheader").count() == 5
    expect(lab.page.get_by_role("img", name="validation 1.750")).to_be_visible(timeout=8_000)


def test_the_band_is_students_interval_of_the_mean(lab: Lab) -> None:
    losses = [1.0, 1.5, 1.6]
    for run, loss in zip("abc", losses, strict=True):
        lab.start(run)
        lab.epoch(run, 1, loss)
    lab.show(lab.arm("plain", "a", "b", "c"))
    lab.expect_points(1, "plain", VALIDATION)
    low, high = stats.t.interval(0.95, 2, stats.tmean(losses), stats.sem(losses))
    xs, ys = lab.page.evaluate(BAND, ["loss", "plain"])
    assert xs == [1, 1]
    assert ys == pytest.approx([high, low], rel=1e-4)


def test_two_seeds_have_no_band_but_their_own_lines(lab: Lab) -> None:
    for run, values in {"a": [1.0, 1.5], "b": [1.2, 1.1], "c": [1.0]}.items():
        lab.start(run)
        for number, loss in enumerate(values, 1):
            lab.epoch(run, number, loss)
    lab.show(lab.arm("plain", "a", "b"), lab.arm("single", "c"))
    lab.expect_points(2 + 1 + 2 + 2, "plain", VALIDATION)
    alone, mean = lab.page.evaluate(TRACE, ["loss", "plain", VALIDATION, "y"])
    assert alone == [1.0, 1.5, None, 1.2, 1.1]
    assert mean == pytest.approx([1.1, 1.3])
    assert lab.page.evaluate(BAND, ["loss", "plain"]) is None
    expect(lab.page.get_by_text("seeds of an arm with only two")).to_be_visible()
    expect(lab.page.get_by_text("band: 95 %")).to_have_count(0)


def expect_band(lab: Lab, epochs: dict[str, list[float]], arm: str = "plain") -> None:
    """The band over these epochs is Student's interval of the values of each."""
    xs, ys = lab.page.evaluate(BAND, ["loss", arm])
    intervals = [
        stats.t.interval(0.95, len(v) - 1, stats.tmean(v), stats.sem(v)) for v in epochs.values()
    ]
    numbers = [int(number) for number in epochs]
    assert xs == [*numbers, *reversed(numbers)]
    expected = [high for _, high in intervals] + [low for low, _ in reversed(intervals)]
    assert ys == pytest.approx(expected, rel=1e-4)


def test_the_mean_ends_where_a_run_stopped_early_and_the_others_go_on_alone(lab: Lab) -> None:
    losses = {"a": [1.0, 1.2], "b": [1.5, 1.4, 1.6, 1.7], "c": [1.6, 1.3, 1.2]}
    for run, values in losses.items():
        lab.start(run)
        for number, loss in enumerate(values, 1):
            lab.epoch(run, number, loss)
        lab.finish(run)
    lab.show(lab.arm("plain", "a", "b", "c", status="finished"))
    # the mean of epochs 1 and 2, then b from 2 to 4, a gap, c from 2 to 3
    lab.expect_points(2 + 3 + 1 + 2, "plain", VALIDATION)
    alone, mean = lab.xs("plain", VALIDATION)
    assert mean == [1, 2]
    assert alone == [2, 3, 4, None, 2, 3]
    expect_band(lab, {"1": [1.0, 1.5, 1.6], "2": [1.2, 1.4, 1.3]})
    key = lab.page.get_by_text("thin lines: single seeds that trained longer than others")
    expect(key).to_be_visible()
    expect(lab.page.locator(".dl-words")).to_have_text("3 seeds, 2 to 4 epochs")


def test_while_seeds_train_later_epochs_are_means_of_fewer_and_the_key_says_so(lab: Lab) -> None:
    for run, values in {"a": [1.0, 1.2, 1.3], "b": [1.5, 1.4, 1.1], "c": [1.6]}.items():
        lab.start(run)
        for number, loss in enumerate(values, 1):
            lab.epoch(run, number, loss)
    lab.finish("a")
    lab.show(lab.arm("plain", "a", "b", "c"))
    lab.expect_points(3, "plain", VALIDATION)
    expect_band(lab, {"1": [1.0, 1.5, 1.6]})
    key = lab.page.get_by_text("later epochs have fewer seeds so far")
    expect(key).to_be_visible()
    texts = lab.page.evaluate(TRACE, ["loss", "plain", VALIDATION, "text"])[0]
    assert "mean of 2 runs of the arm's 3" in texts[2]
    lab.epoch("c", 2, 1.3)
    lab.epoch("c", 3, 1.2)
    expect(key).to_have_count(0)


def test_a_cancelled_run_counts_in_no_mean_and_is_drawn_alone(lab: Lab) -> None:
    told = {"a": [1.0, 1.2], "b": [1.5, 1.4], "c": [9.0], "d": [1.6, 1.6]}
    for run, values in told.items():
        lab.start(run)
        for number, loss in enumerate(values, 1):
            lab.epoch(run, number, loss)
    lab.say("c", "cancelled")
    for run in "abd":
        lab.finish(run)
    lab.show(lab.arm("plain", "a", "b", "c", "d"))
    lab.expect_points(2 + 1, "plain", VALIDATION)
    expect_band(lab, {"1": [1.0, 1.5, 1.6], "2": [1.2, 1.4, 1.6]})
    expect(lab.page.get_by_text("thin lines: single seeds that broke off")).to_be_visible()


def test_a_diverged_run_does_not_flatten_the_others_and_the_key_says_where_it_is(lab: Lab) -> None:
    lab.start("a")
    lab.start("b")
    for number, loss in enumerate([1.5, 1.4, 1.6], 1):
        lab.epoch("a", number, loss)
        lab.epoch("b", number, 10.0 ** (9 * number))
    lab.show(lab.arm("plain", "a"), lab.arm("wild", "b"))
    lab.expect_points(3, "wild", VALIDATION)
    key = lab.page.get_by_text("beyond the axis, diverged: wild")
    expect(key).to_be_visible()
    assert 1.6 < lab.axis("yaxis")[1] < 3.6
    lab.page.get_by_role("button", name="wild").click()
    expect(key).to_have_count(0)


def test_a_high_loss_that_has_not_diverged_sets_the_axis(lab: Lab) -> None:
    lab.start("a")
    for number, loss in enumerate([1.5, 1.4, 15.0], 1):
        lab.epoch("a", number, loss)
    lab.show(lab.arm("plain", "a"))
    lab.expect_points(3, "plain", VALIDATION)
    assert lab.axis("yaxis")[1] > 15
    expect(lab.page.get_by_text("beyond the axis")).to_have_count(0)


@pytest.mark.parametrize("loss", [3.2e5, 7.7e27])
def test_tick_labels_of_huge_losses_stand_clear_of_the_axis_title(lab: Lab, loss: float) -> None:
    lab.start("a")
    for number in (1, 2, 3):
        measure = {"loss": loss * number, "accuracy": 0.1}
        lab.say(
            "a",
            **{
                **epoch_event(number),
                "val": measure,
                "train_clean": measure,
                "train_masked": measure,
            },
        )
    lab.show(lab.arm("wild", "a"))
    lab.expect_points(3, "wild", VALIDATION)
    title = lab.page.locator("[data-measure=loss] .ytitle").bounding_box()
    labels = lab.page.locator("[data-measure=loss] .ytick text").all()
    boxes = [label.bounding_box() for label in labels]
    assert title
    assert boxes
    assert all(box and box["x"] > title["x"] + title["width"] for box in boxes)


def two_arms(lab: Lab) -> None:
    """Arms `plain` and `dropped` of one finished run each."""
    for run, losses in {"a": [1.5, 1.3, 1.4], "b": [1.6, 1.4, 1.2]}.items():
        lab.start(run)
        for number, loss in enumerate(losses, 1):
            lab.epoch(run, number, loss)
        lab.finish(run)
    lab.show(
        lab.arm("plain", "a", status="finished", epochs=3),
        lab.arm("dropped <b>", "b", status="finished", epochs=3),
    )
    lab.expect_points(3, "plain", VALIDATION)


def test_the_gap_view_shows_both_differences_and_keeps_growing(lab: Lab) -> None:
    lab.start("a")
    lab.epoch("a", 1, 1.5)
    lab.show(lab.arm("plain", "a"))
    lab.expect_points(1, "plain", VALIDATION)
    lab.page.get_by_role("button", name="Gap").focus()
    lab.page.keyboard.press("Enter")
    lab.expect_points(1, "plain", "generalisation gap", "gap")
    lab.epoch("a", 2, 1.75)
    lab.expect_points(2, "plain", "generalisation gap", "gap")
    gaps = lab.page.evaluate(TRACE, ["gap", "plain", "generalisation gap", "y"])
    taxes = lab.page.evaluate(TRACE, ["noise", "plain", "noise tax", "y"])
    assert gaps == [pytest.approx([0.25, 0.5])]
    assert taxes == [pytest.approx([0.15, 0.15])]
    expect(lab.page.locator("[data-measure=loss]")).to_be_hidden()
    expect(lab.page.get_by_role("button", name=TRAINING)).to_have_count(0)
    assert Axe().run(lab.page, context=".dl-live").response["violations"] == []
    lab.page.get_by_role("button", name="Loss and accuracy").click()
    lab.expect_points(2, "plain", VALIDATION)
    expect(lab.page.locator("[data-measure=loss]")).to_be_visible()


def test_changing_the_view_again_and_again_while_curves_arrive_breaks_nothing(lab: Lab) -> None:
    lab.start("a")
    lab.show(lab.arm("plain", "a", epochs=8))
    lab.page.evaluate("""() => {
        const views = [...document.querySelectorAll(".dl-view")];
        let i = 0;
        const timer = setInterval(() => {
            views[++i % 2].click();
            document.querySelector(".dl-arm-toggle").click();
            if (i === 40) clearInterval(timer);
        }, 25);
    }""")
    for number in range(1, 9):
        lab.steps("a", (number - 1) * STEPS + 1, (number - 1) * STEPS + 5)
        lab.epoch("a", number)
    lab.page.get_by_role("button", name="Loss and accuracy").click()
    lab.expect_points(8, "plain", VALIDATION)
    lab.expect_points(8, "plain", VALIDATION, "accuracy")


def test_training_with_masks_on_has_a_dash_of_its_own_and_can_be_shown(lab: Lab) -> None:
    two_arms(lab)
    kinds = {
        what: lab.page.evaluate(TRACE, ["loss", "plain", what, "line"])[0]["dash"]
        for what in (VALIDATION, TRAINING, MASKED)
    }
    assert kinds == {VALIDATION: "solid", TRAINING: "dash", MASKED: "dot"}
    assert lab.xs("plain", MASKED) == [[0.5, 1.5, 2.5]]
    lab.page.get_by_role("button", name=MASKED).click()
    assert not lab.is_drawn("plain", MASKED)


def test_the_masked_measure_of_many_ended_arms_waits_to_be_asked_for(lab: Lab) -> None:
    for run in "abc":
        lab.start(run)
        lab.steps(run, 1, 3)
        lab.epoch(run, 1)
        lab.finish(run)
    lab.show(*(lab.arm(f"arm {run}", run, status="finished") for run in "abc"))
    lab.expect_points(1, "arm a", VALIDATION)
    assert not lab.is_drawn("arm a", MASKED)
    button = lab.page.get_by_role("button", name=MASKED)
    expect(button).to_have_attribute("title", re.compile("Switched off because more arms"))
    button.click()
    lab.expect_points(1, "arm a", MASKED)
    expect(button).to_have_attribute("title", "Show or hide")


def test_runs_without_steps_show_the_masked_measure_and_say_that_steps_are_missing(
    lab: Lab,
) -> None:
    for run in "abc":
        lab.start(run)
        lab.epoch(run, 1)
        lab.finish(run)
    lab.show(*(lab.arm(f"arm {run}", run, status="finished") for run in "abc"))
    lab.expect_points(1, "arm a", MASKED)
    button = lab.page.get_by_role("button", name=MASKED)
    expect(button).to_have_attribute("aria-pressed", "true")
    expect(button).to_have_attribute("title", re.compile("nothing was recorded step by step"))


def test_each_arms_least_validation_loss_is_marked(lab: Lab) -> None:
    two_arms(lab)
    marks = lab.page.evaluate(
        "() => ['loss', 'accuracy'].map((m) => document.querySelector(`[data-measure=${m}]`)"
        ".data.find((t) => t.uid === 'best')).map((t) => [t.x, t.y, t.text])"
    )
    assert marks[0][:2] == [[2, 3], [1.3, 1.2]]
    assert marks[1][:2] == [[2, 3], [50, 50]]
    assert "least validation loss, 1.200 nats a sample" in marks[0][2][1]
    assert "dropped &lt;b&gt;" in marks[0][2][1]


@pytest.mark.parametrize("kind", ["SVG", "PNG"])
def test_a_picture_is_saved_by_keyboard_on_light_ground_with_the_arms_named(
    lab: Lab, kind: str
) -> None:
    lab.page.emulate_media(color_scheme="dark")
    two_arms(lab)
    lab.page.get_by_role("button", name=f"Download the loss chart as {kind}").focus()
    with lab.page.expect_download() as download:
        lab.page.keyboard.press("Enter")
    assert download.value.suggested_filename == f"dropout-lab-loss.{kind.lower()}"
    content = download.value.path().read_bytes()
    if kind == "PNG":
        assert content.startswith(b"\x89PNG")
        return
    svg = "{http://www.w3.org/2000/svg}"
    root = ET.fromstring(content)
    texts = {"".join(text.itertext()) for text in root.iter(f"{svg}text")}
    assert texts >= {"Loss, training and validation", "plain", "dropped <b>", VALIDATION, TRAINING}
    styles = " ".join(node.get("style", "") for node in root.iter())
    assert "rgb(255, 255, 255)" in styles
    assert "rgb(213, 94, 0)" in styles


def test_pointing_at_an_arm_in_the_legend_fades_the_others(lab: Lab) -> None:
    two_arms(lab)
    dimmed = lab.page.locator("[data-measure=loss] .trace.dl-dim")
    lab.page.get_by_role("button", name="plain").hover()
    expect(dimmed.first).to_be_attached()
    all_traces = lab.page.locator("[data-measure=loss] .scatterlayer > .trace")
    assert 0 < dimmed.count() < all_traces.count()
    lab.page.mouse.move(0, 0)
    expect(dimmed).to_have_count(0)
    lab.page.get_by_role("button", name="Loss and accuracy").focus()
    lab.page.get_by_role("button", name="plain").focus()
    lab.page.keyboard.press("Tab")
    expect(dimmed.first).to_be_attached()


def test_the_table_says_where_each_arm_stands(lab: Lab) -> None:
    for run, loss in {"a": 1.5, "b": 1.7}.items():
        lab.start(run)
        lab.epoch(run, 1, loss)
        lab.finish(run)
    lab.show(lab.arm("plain", "a", "b", status="finished"))
    lab.page.get_by_text("Numbers as a table").click()
    table = lab.page.get_by_role("table", name="Where each arm stands after its last epoch")
    row = table.get_by_role("row").nth(1)
    half = stats.t.ppf(0.975, 1) * stats.sem([1.5, 1.7])
    expect(row.get_by_role("rowheader")).to_have_text("plain")
    expect(row.get_by_role("cell").nth(0)).to_have_text("2")
    expect(row.get_by_role("cell").nth(3)).to_have_text(f"1.600 ± {half:.3f}")
    expect(row.get_by_role("cell").nth(6)).to_have_text(f"0.350 ± {half:.3f}")


def test_a_screen_reader_hears_the_end_in_words_and_no_single_steps(lab: Lab) -> None:
    lab.start("a")
    lab.epoch("a", 1, 1.5)
    lab.show(lab.arm("plain", "a"))
    heard = lab.page.locator(".dl-news")
    expect(heard).to_have_text("plain: validation loss 1.500, accuracy 50.0 % after epoch 1 of 4.")
    lab.steps("a", STEPS + 1, STEPS + 5)
    lab.expect_points(5, "plain", STEP_BY_STEP)
    expect(heard).to_have_text("plain: validation loss 1.500, accuracy 50.0 % after epoch 1 of 4.")
    lab.epoch("a", 2, 1.25)
    lab.finish("a")
    ended = "All runs have ended. plain: validation loss 1.250, accuracy 50.0 %."
    expect(heard).to_have_text(ended, timeout=8_000)


def test_many_runs_that_come_in_batches_are_drawn(lab: Lab) -> None:
    arms = []
    for a in range(12):
        runs = [f"{a}x{seed}" for seed in range(10)]
        said = [
            {"run": lab.id(run), **epoch_event(number, 1 + a / 10 + number / 100)}
            for run in runs
            for number in (1, 2, 3)
        ]
        said += [{"run": lab.id(run), "kind": "finished", "seconds": 1.0} for run in runs]
        lab.say_all(said)
        arms.append(lab.arm(f"arm {a}", *runs, status="finished", epochs=3))
    lab.show(*arms)
    lab.expect_points(3, "arm 11", VALIDATION)
    symbols = lab.page.evaluate(TRACE, ["loss", "arm 7", VALIDATION, "marker"])
    assert [marker["symbol"] for marker in symbols] == ["square"]
    assert lab.page.evaluate("() => document.documentElement.scrollWidth - innerWidth") <= 0


def test_recorded_runs_are_drawn_without_a_stream(lab: Lab) -> None:
    arm = lab.arm("plain", "a", "b", status="finished", epochs=3)
    for run in arm["runs"]:
        run["events"] = [epoch_event(number) for number in (1, 2, 3)]
    asked: list[str] = []
    lab.page.on("request", lambda request: asked.append(request.url))
    lab.show(arm)
    lab.expect_points(3 + 1 + 3 + 3, "plain", VALIDATION)  # each seed and the mean
    expect(lab.page.locator(".dl-words")).to_have_text("2 seeds, 3 epochs")
    assert not [url for url in asked if "/api/stream" in url]


def test_leaving_the_page_closes_the_stream(lab: Lab) -> None:
    lab.start("a")
    lab.epoch("a", 1)
    lab.show(lab.arm("plain", "a"))
    lab.expect_points(1, "plain", VALIDATION)
    assert lab.open_streams() == 1
    lab.page.get_by_text("Away").click()
    expect(lab.page.locator(".dl-live")).to_have_count(0)
    lab.page.wait_for_function(
        "async () => (await (await fetch('/fake/streams')).json()).open === 0"
    )


def test_a_change_of_theme_repaints_and_keeps_the_zoom(lab: Lab) -> None:
    lab.start("a")
    lab.epoch("a", 1)
    lab.show(lab.arm("plain", "a"))
    lab.expect_points(1, "plain", VALIDATION)
    lab.zoom()
    zoomed = lab.axis("xaxis")
    lines = [
        line["color"] for line in lab.page.evaluate(TRACE, ["loss", "plain", VALIDATION, "line"])
    ]
    assert lines == ["#D55E00"]
    lab.page.emulate_media(color_scheme="dark")
    lab.page.wait_for_function(
        f"(wanted) => ({TRACE})(wanted)[0].color === '#FF9447'",
        arg=["loss", "plain", VALIDATION, "line"],
    )
    assert lab.axis("xaxis") == zoomed


def test_nothing_jumps_when_plotly_arrives(lab: Lab) -> None:
    held: list[Route] = []
    lab.page.route("**/plotly-*.min.js", lambda route: held.append(route))
    lab.start("a")
    lab.epoch("a", 1)
    lab.page.goto(f"{lab.base}/?{urlencode({'arms': json.dumps([lab.arm('plain', 'a')])})}")
    below = lab.page.get_by_text("Below the chart")
    expect(lab.page.locator(".dl-loading")).to_have_count(2)
    expect(lab.page.locator(".dl-words")).to_contain_text("epoch 2 of 4")
    before = below.bounding_box()
    held[0].continue_()
    expect(lab.page.locator(".dl-plot .main-svg").first).to_be_visible(timeout=30_000)
    expect(lab.page.locator(".dl-loading")).to_have_count(0)
    assert below.bounding_box() == before


@pytest.mark.parametrize("width", [1280, 390])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_it_is_accessible_and_fits(lab: Lab, width: int, scheme: Any) -> None:
    lab.page.set_viewport_size({"width": width, "height": 900})
    lab.page.emulate_media(color_scheme=scheme)
    lab.start("a")
    lab.epoch("a", 1)
    lab.say("b", "failed", error="The loss is not finite at step 31.")
    lab.show(lab.arm("plain", "a"), lab.arm("dropout 0.5 at fc1, 0.25 at flatten", "b"))
    lab.expect_points(1, "plain", VALIDATION)
    lab.page.get_by_text("Numbers as a table").click()
    violations = Axe().run(lab.page, context=".dl-live").response["violations"]
    assert [violation["id"] for violation in violations] == []
    assert lab.page.evaluate("() => document.documentElement.scrollWidth - innerWidth") <= 0


def test_a_base_path_is_honoured(page: Page, server: Callable[..., str]) -> None:
    lab = Lab(server(APP, "--server.baseUrlPath=course"), page)
    lab.start("a")
    lab.epoch("a", 1)
    lab.finish("a")
    lab.show(lab.arm("plain", "a"), path="/course/")
    lab.expect_points(1, "plain", VALIDATION)


@pytest.mark.parametrize("accepted", ["gzip, br", "identity"])
def test_plotly_is_sent_once_and_kept(server: Callable[..., str], accepted: str) -> None:
    from dropout_demo.ui.assets import plotly_path

    url = server(APP) + plotly_path()
    answer = httpx.get(url, headers={"Accept-Encoding": accepted})
    assert answer.text.startswith("/**\n* plotly.js")
    assert answer.headers.get("content-encoding") == ("gzip" if accepted == "gzip, br" else None)
    assert answer.headers["cache-control"] == "public, max-age=31536000, immutable"
    assert "Accept-Encoding" in answer.headers["vary"]
    again = {"Accept-Encoding": accepted, "If-None-Match": answer.headers["etag"]}
    assert httpx.get(url, headers=again).status_code == 304


def test_a_page_learns_of_the_end_after_its_server_was_killed(
    browser: Browser, tmp_path: Path, free_port: int
) -> None:
    context = browser.new_context()
    page = context.new_page()
    failed: list[str] = []
    page.on("pageerror", lambda error: failed.append(str(error)))
    lab = Lab(f"http://127.0.0.1:{free_port}", page)
    with killable(tmp_path, free_port) as process:
        lab.start("a")
        lab.epoch("a", 1)
        lab.show(lab.arm("plain", "a"))
        lab.expect_points(1, "plain", VALIDATION)
        page.route("**/_stcore/**", lambda route: route.abort())  # Streamlit stays cut off
        process.kill()
        expect(page.get_by_text("Connection lost")).to_be_visible()
    with killable(tmp_path, free_port):
        lab.start("a")
        lab.epoch("a", 1)
        lab.finish("a")
        expect(page.locator(".dl-words")).to_contain_text("finished in 17 s", timeout=30_000)
        expect(page.get_by_text("0 of 1 ended for Python")).to_be_visible()
        page.unroute("**/_stcore/**")
        expect(page.get_by_text("1 of 1 ended for Python")).to_be_visible(timeout=60_000)
    context.close()
    assert failed == []
