"""The app as a person meets it: the real server, real workers, real training, in Chromium."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

from tests.browser.conftest import ROOT, home_with_real_images, serve
from tests.conftest import REAL_DATA

# Long enough to look at while it trains, short enough to wait for.
LONG = "dataset=shapes&train_size=4000&epochs=40&flatten=0.5&fc1=0.5"
SHORT = "dataset=shapes&train_size=500&epochs=3&batch_size=64&flatten=0.5&fc1=0.5"
needs_real_data = pytest.mark.skipif(
    not REAL_DATA, reason="DROPOUT_DEMO_DATA names no folder with CIFAR-10"
)
PLOT = "() => document.querySelector('.dl-plot[data-measure=loss]')"
POINTS = f"() => ({PLOT})()?.data?.reduce((n, t) => n + t.x.length, 0) ?? 0"
RANGE = f"() => ({PLOT})().layout.xaxis.range"


@pytest.fixture(scope="module")
def base(real_home: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The app's address; its home is new, CIFAR-10 is there if the tests were given it."""
    folder = tmp_path_factory.mktemp("app")
    home = home_with_real_images(real_home, folder) if REAL_DATA else folder / "home"
    env = {"DROPOUT_DEMO_HOME": str(home), "DROPOUT_DEMO_DATA": REAL_DATA or ""}
    with serve(ROOT / "app.py", folder, env=env) as base:
        yield base


def train(page: Page, base: str, query: str) -> None:
    page.goto(f"{base}/?{query}")
    page.get_by_role("button", name="Train this now").click()
    page.wait_for_function(f"({POINTS})() > 4", timeout=60_000)


def cancel(page: Page) -> None:
    page.get_by_role("button", name="Cancel").click()
    expect(page.locator(".dl-words", has_text="cancelled").first).to_be_visible()


def runs_of(page: Page) -> list[str]:
    """The runs that the address shows, by their short name."""
    page.wait_for_url(re.compile("show="))
    show = re.findall(r"show=(\w+)", page.url)[0]
    base = page.url.partition("?")[0].rstrip("/")
    runs: list[str] = httpx.get(f"{base}/api/comparisons/{show}").json()["runs"]
    return runs


def until_idle(base: str) -> list[dict[str, Any]]:
    """The workers, as soon as none of them trains or is being replaced."""
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        workers: list[dict[str, Any]] = httpx.get(f"{base}/api/health").json()["workers"]
        if workers and all(worker["state"] == "idle" for worker in workers):
            return workers
        time.sleep(0.1)
    raise AssertionError("the workers do not come to rest")


def choose(page: Page, key: str, option: str) -> None:
    """Press one of a row of choices."""
    page.locator(f".st-key-{key}").get_by_role("radio", name=option, exact=True).click()


def wait_for_more(page: Page, than: int) -> None:
    page.wait_for_function(f"(n) => ({POINTS})() > n", arg=than)


def test_it_opens_on_the_recorded_comparison_with_its_verdict(page: Page, base: str) -> None:
    page.goto(base)
    verdict = page.locator(".st-key-recorded-verdict")
    expect(verdict).to_contain_text("5 seeds, 95 % interval", timeout=30_000)
    page.wait_for_function(f"({POINTS})() >= 60")
    page.get_by_role("button", name="Where these numbers come from").click()
    expect(page.get_by_text("torch: ")).to_be_visible()
    assert page.get_by_test_id("stException").count() == 0


@pytest.mark.parametrize("dataset", ["shapes", pytest.param("cifar10", marks=needs_real_data)])
def test_train_grow_hide_zoom_reload_cancel(page: Page, base: str, dataset: str) -> None:
    train(page, base, LONG.replace("shapes", dataset))
    assert len(runs_of(page)) == 2
    page.get_by_role("button", name="no dropout").click()
    plot = page.locator("[data-measure=loss] .nsewdrag")
    plot.scroll_into_view_if_needed()
    box = plot.bounding_box()
    assert box
    page.mouse.move(box["x"] + 0.1 * box["width"], box["y"] + 0.2 * box["height"])
    page.mouse.down()
    page.mouse.move(box["x"] + 0.6 * box["width"], box["y"] + 0.8 * box["height"], steps=4)
    page.mouse.up()
    expect(page.get_by_role("button", name="Reset the zoom of the loss")).to_be_visible()
    zoomed = page.evaluate(RANGE)
    seen = page.evaluate(POINTS)
    wait_for_more(page, seen + 10)
    choose(page, "seeds", "3")  # anything that makes the script run
    expect(page.get_by_text("6 networks")).to_be_visible()
    wait_for_more(page, page.evaluate(POINTS) + 5)
    assert page.evaluate(RANGE) == zoomed
    expect(page.get_by_role("button", name="no dropout")).to_have_attribute("aria-pressed", "false")
    before, runs = page.evaluate(POINTS), runs_of(page)
    page.reload()
    page.wait_for_function(f"(n) => ({POINTS})() >= n", arg=before, timeout=30_000)
    assert runs_of(page) == runs
    cancel(page)
    expect(page.get_by_role("button", name="Cancel")).to_have_count(0)
    assert page.get_by_test_id("stException").count() == 0


def test_a_pair_ends_in_one_sentence_with_numbers(page: Page, base: str) -> None:
    train(page, base, SHORT)
    verdict = page.locator(".st-key-verdict")
    expect(verdict).to_contain_text(
        re.compile(r"from -?\d\.\d\d to -?\d\.\d\d.*1 seed: not enough seeds for a verdict"),
        timeout=60_000,
    )
    page.get_by_role("button", name="Repeat with 2 more seeds").click()
    expect(verdict).to_contain_text("3 seeds, 95 % interval", timeout=90_000)
    assert len(runs_of(page)) == 6
    page.reload()
    expect(verdict).to_contain_text("3 seeds, 95 % interval", timeout=30_000)
    page.get_by_text("Your shelf").click()
    expect(page.get_by_test_id("stDataFrame")).to_be_visible()


def test_a_second_window_sees_the_same_runs_grow_but_may_not_cancel_them(
    page: Page, base: str, browser: Browser
) -> None:
    train(page, base, LONG)
    stranger = browser.new_context()
    window = stranger.new_page()
    window.goto(page.url)
    window.wait_for_function(f"({POINTS})() > 4", timeout=30_000)
    expect(window.get_by_role("button", name="Train this now")).to_be_visible()
    assert window.get_by_role("button", name="Cancel").count() == 0
    run = runs_of(page)[0]
    refused = window.evaluate(
        "async (run) => (await fetch(`/api/runs/${run}`, {method: 'DELETE'})).status", run
    )
    assert refused == 403
    stranger.close()
    cancel(page)


@pytest.mark.parametrize(
    "query",
    [
        "fc1=1.5",
        "epochs=1000000",
        "nonsense=1",
        "flatten=NaN",
        "%00=%ff&run=zzz",
        "run=" + "x" * 900,
    ],
)
def test_rubbish_in_the_address_gets_a_sentence(page: Page, base: str, query: str) -> None:
    page.goto(f"{base}/?{query}")
    expect(page.get_by_test_id("stAlert").first).to_be_visible(timeout=30_000)
    expect(page.get_by_role("button", name="Train this now")).to_be_enabled()
    assert page.get_by_test_id("stException").count() == 0


def test_a_link_in_the_address_is_not_made_one_on_the_page(page: Page, base: str) -> None:
    page.goto(f"{base}/?dataset=https://evil.example/login")
    alert = page.get_by_test_id("stAlert").first
    expect(alert).to_contain_text("evil", timeout=30_000)
    assert alert.locator("a, img").count() == 0


def test_the_address_rebuilds_the_configuration(page: Page, base: str) -> None:
    page.goto(f"{base}/?dataset=shapes&train_size=700&epochs=4&learning_rate=0.002&fc1=0.7")
    expect(page.get_by_text("2 networks on 700 images, 4 epochs")).to_be_visible(timeout=30_000)
    dial = page.get_by_role("slider", name=re.compile("fc1"))
    expect(dial).to_have_attribute("aria-valuetext", re.compile("0.7"))
    assert "learning_rate=0.002" in page.url


def test_the_system_page_says_what_there_is(page: Page, base: str) -> None:
    workers = until_idle(base)  # a cancelled run's worker is being replaced
    page.goto(f"{base}/system")
    expect(page.get_by_text(re.compile(r"Runs compute on \w+ in (bf16|fp32)"))).to_be_visible(
        timeout=30_000
    )
    expect(page.get_by_text("Drawn shapes")).to_be_visible()
    expect(page.get_by_text(f"process {workers[0]['pid']}")).to_be_visible()
    assert page.get_by_test_id("stException").count() == 0


@pytest.mark.parametrize("path", ["/", "/system"])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_pages_are_accessible_and_fit_a_phone(
    browser: Browser, base: str, path: str, scheme: Any
) -> None:
    context = browser.new_context(
        viewport={"width": 390, "height": 900}, color_scheme=scheme, reduced_motion="reduce"
    )
    page = context.new_page()
    page.goto(base + path)
    expect(page.get_by_role("heading", level=1)).to_be_visible(timeout=30_000)
    if path == "/":
        expect(page.locator(".dl-plot .main-svg").first).to_be_visible(timeout=30_000)
    found = Axe().run(page).response["violations"]
    assert [v["id"] for v in found if v["impact"] in ("serious", "critical")] == []
    assert page.evaluate("document.documentElement.scrollWidth - window.innerWidth") <= 2
    context.close()


@needs_real_data
def test_real_cifar_10_trains_from_the_page(page: Page, base: str) -> None:
    train(page, base, "train_size=1000&epochs=2&flatten=0.25&fc1=0.25")
    expect(page.locator(".st-key-verdict")).to_contain_text("1 seed", timeout=90_000)
    run = httpx.get(f"{base}/api/runs/{runs_of(page)[0]}").json()
    assert run["config"]["dataset"] == "cifar10"
    assert run["summary"]["finished"]["test"]["accuracy"] > 0.12


def test_pictures_of_the_app_are_where_the_readme_shows_them() -> None:
    readme = (ROOT / "README.md").read_text("utf-8")
    for picture in re.findall(r"!\[[^]]+\]\(([^)]+)\)", readme):
        assert (Path(ROOT) / picture).stat().st_size > 10_000
