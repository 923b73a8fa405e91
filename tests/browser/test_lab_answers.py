"""The Lab as a bench: any comparison in three clicks, an answer that holds, nothing lost."""

from __future__ import annotations

import csv
import io
import json
import re
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from statistics import mean

import httpx
import pytest
from playwright.sync_api import Browser, Locator, Page, expect
from playwright.sync_api import TimeoutError as NotInTime
from scipy.stats import ttest_rel

from tests.browser.conftest import ROOT, serve
from tests.browser.test_lab import choose, runs_of

TINY = "dataset=shapes&train_size=200&epochs=2&width=0.25&batch_size=50&flatten=0.5&fc1=0.5"
ENDED = 120_000  # milliseconds that a dozen tiny runs may take on a busy machine


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The app's address; its home is new, and there is no CIFAR-10."""
    folder = tmp_path_factory.mktemp("bench")
    with serve(ROOT / "app.py", folder, env={"DROPOUT_DEMO_HOME": str(folder / "home")}) as base:
        yield base


def open_bench(page: Page, base: str, query: str = TINY) -> None:
    page.goto(f"{base}/?{query}")
    expect(page.get_by_role("button", name="Train this now")).to_be_enabled(timeout=30_000)


def train_to_the_end(page: Page) -> None:
    page.get_by_role("button", name="Train this now").click()
    expect(page.locator(".st-key-verdict")).to_contain_text(
        re.compile(r"seeds?[,:]|seeds\)"), timeout=ENDED
    )


def rows_of(page: Page) -> list[dict[str, str]]:
    """The comparison's CSV, as somebody downloads it."""
    show = re.findall(r"show=(\w+)", page.url)[0]
    text = httpx.get(f"{page.url.partition('?')[0]}api/comparisons/{show}/export.csv").text
    return list(csv.DictReader(io.StringIO(text)))


def test_three_clicks_end_in_a_verdict_that_the_csv_confirms(page: Page, base: str) -> None:
    open_bench(page, base)
    choose(page, "design", "Where it stands")
    choose(page, "seeds", "3")
    train_to_the_end(page)
    assert len(runs_of(page)) == 12
    last: dict[str, dict[str, float]] = defaultdict(dict)
    for row in rows_of(page):
        last[row["arm"]][row["seed"]] = float(row["val_accuracy"])  # later epochs overwrite
    none, *others = last
    assert none == "no dropout"
    assert [len(seeds) for seeds in last.values()] == [3, 3, 3, 3]
    told = page.get_by_role("img", name=re.compile("95 % interval")).get_attribute("aria-label")
    shown = (told or page.locator(".st-key-verdict").inner_text()).replace("\u2212", "-")
    for arm in others:
        seeds = sorted(last[arm])
        first, second = [[last[name][seed] for seed in seeds] for name in (none, arm)]
        points = 100 * (mean(second) - mean(first))
        assert f"{abs(points):.1f}" in shown, (arm, points, shown)
        if points:
            low, high = ttest_rel(second, first).confidence_interval(0.95)
            assert f"{abs(100 * low):.1f}" in shown
            assert f"{abs(100 * high):.1f}" in shown


def test_what_was_trained_before_is_shown_at_once_and_can_be_trained_anew(
    page: Page, base: str
) -> None:
    open_bench(page, base, f"{TINY}&seed=50")
    train_to_the_end(page)
    first = runs_of(page)
    page.get_by_role("button", name="Back to the recorded result").click()
    expect(page.locator(".st-key-recorded-verdict")).to_be_visible()
    page.get_by_role("button", name="Train this now").click()
    expect(page.get_by_text("All of these were trained before")).to_be_visible()
    assert runs_of(page) == first
    page.get_by_role("button", name="Train anew").click()
    expect(page.get_by_text("All of these were trained before")).to_have_count(0)
    page.wait_for_url(lambda url: re.findall(r"show=(\w+)", url) != [first])
    expect(page.locator(".st-key-verdict")).to_contain_text("1 seed", timeout=ENDED)
    assert not set(runs_of(page)) & set(first)


def test_a_guess_stands_beside_the_result_for_who_made_it_alone(
    page: Page, base: str, browser: Browser
) -> None:
    open_bench(page, base, f"{TINY}&seed=60")
    page.get_by_role("button", name="Guess first").click()
    page.get_by_role("radio", name="no dropout", exact=True).click()
    page.keyboard.press("Escape")
    train_to_the_end(page)
    expect(page.locator(".st-key-verdict")).to_contain_text("You guessed no dropout")
    stranger = browser.new_context()
    window = stranger.new_page()
    window.goto(page.url)
    expect(window.locator(".st-key-verdict")).to_contain_text("1 seed", timeout=30_000)
    assert "You guessed" not in window.locator(".st-key-verdict").inner_text()
    stranger.close()


def test_the_short_link_rebuilds_settings_and_runs_in_another_browser(
    page: Page, base: str, browser: Browser
) -> None:
    open_bench(page, base, f"{TINY}&seed=70&learning_rate=0.003&conv1=channel:0.2")
    train_to_the_end(page)
    page.get_by_role("button", name="Share").click()
    link = page.get_by_role("textbox", name="Link to this comparison").input_value()
    assert len(link) < 60
    expect(page.locator(".st-key-qr img")).to_be_visible()
    other = browser.new_context()
    window = other.new_page()
    window.goto(link)
    expect(window.locator(".st-key-verdict")).to_contain_text("1 seed", timeout=30_000)
    window.wait_for_url(re.compile("learning_rate=0.003.*conv1=channel(:|%3A)0.2"))
    assert runs_of(window) == runs_of(page)
    assert window.get_by_role("button", name="Cancel").count() == 0
    other.close()


def test_the_keyboard_alone_sets_a_rate_chooses_and_trains(page: Page, base: str) -> None:
    open_bench(page, base, f"{TINY}&seed=80")
    dial = page.get_by_role("slider", name=re.compile("conv2"))
    dial.focus()
    page.keyboard.press("ArrowRight")
    page.wait_for_url(re.compile("conv2=0.1"), timeout=30_000)
    page.locator(".st-key-design").get_by_role("radio", checked=True).focus()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile("compare=places"))
    page.get_by_role("button", name="Train this now").focus()
    page.keyboard.press("Enter")
    expect(page.locator(".st-key-verdict")).to_contain_text("1 seed", timeout=ENDED)
    assert len(runs_of(page)) == 4


def test_runs_are_deleted_and_brought_back_and_survive_a_file(
    page: Page, base: str, tmp_path: Path
) -> None:
    open_bench(page, base, f"{TINY}&seed=90")
    train_to_the_end(page)
    runs = runs_of(page)
    show = re.findall(r"show=(\w+)", page.url)[0]
    exported = httpx.get(f"{base}/api/comparisons/{show}/export.json")
    file = tmp_path / "runs.json"
    file.write_text(exported.text)
    page.get_by_text("Your shelf").click()
    choose(page, "shelf_choice", "Those on show")
    page.get_by_role("button", name="Delete 2").click()
    expect(page.get_by_text("2 runs were deleted.")).to_be_visible()
    assert httpx.get(f"{base}/api/runs/{runs[0]}").status_code == 404
    page.get_by_role("button", name="Undo").click()
    expect(page.get_by_text("2 runs were deleted.")).to_have_count(0)
    assert runs_of(page) == runs
    assert httpx.get(f"{base}/api/runs/{runs[0]}").status_code == 200
    page.get_by_test_id("stFileUploaderDropzoneInput").set_input_files(file)
    expect(page.get_by_text("2 runs are back.")).to_be_visible()
    imported = runs_of(page)
    assert not set(imported) & set(runs)
    events = [httpx.get(f"{base}/api/runs/{i}/events").json()["events"] for i in imported]
    kept = [run["events"] for run in json.loads(exported.text)["runs"]]
    assert [[e["kind"] for e in run] for run in events] == [
        [e["kind"] for e in run] for run in kept
    ]


def test_a_file_that_is_no_export_gets_a_sentence(page: Page, base: str, tmp_path: Path) -> None:
    open_bench(page, base)
    page.get_by_text("Your shelf").click()
    for name, text in (("a.json", "{"), ("b.json", '{"config": {"epochs": -1}, "events": []}')):
        (tmp_path / name).write_text(text)
        page.get_by_test_id("stFileUploaderDropzoneInput").set_input_files(tmp_path / name)
        expect(page.get_by_test_id("stAlert").first).to_be_visible()
    expect(page.get_by_test_id("stAlert").first).to_contain_text("epochs")
    assert page.get_by_test_id("stException").count() == 0


def test_a_preset_changes_the_drawing_and_all_settings(page: Page, base: str) -> None:
    open_bench(page, base, "dataset=shapes&conv2=0.3&epochs=4")
    page.get_by_role("radio", name="Whole channels").click()
    dial = page.get_by_role("slider", name=re.compile("conv2"))
    expect(dial).to_have_attribute("aria-valuetext", re.compile("0.1, channel"))
    page.wait_for_url(re.compile("conv1=channel(:|%3A)0.1"))
    assert "epochs=12" in page.url


def with_keys_until(page: Page, key: str, option: Locator) -> None:
    """Press a key until a list's option has the focus; a page that moves may close the list."""
    focused = option.and_(page.locator("[data-focused]"))
    for _ in range(10):
        page.keyboard.press(key)
        try:
            return focused.wait_for(timeout=1_000)
        except NotInTime:
            continue
    raise AssertionError(f"Ten times {key} did not reach the option.")


def choose_by_keys(page: Page, name: str, option: str) -> None:
    """Choose in a list that may lie below the window; again where the page moved and closed it."""
    box = page.get_by_role("combobox", name=name)
    for _ in range(5):
        box.focus()
        with_keys_until(page, "ArrowDown", page.get_by_role("option", name=option))
        page.keyboard.press("Enter")
        try:
            return expect(box).to_have_value(option, timeout=2_000)
        except AssertionError:
            continue
    raise AssertionError(f"{option} was not chosen in five goes.")


def test_what_makes_no_sense_is_told_and_cannot_be_trained(page: Page, base: str) -> None:
    open_bench(page, base, "dataset=shapes&train_size=129&fc1=0.5")
    page.get_by_text("All other settings").click()
    choose_by_keys(page, "Batch norm", "before the dropout")
    expect(page.get_by_test_id("stAlert").first).to_contain_text("no spread", timeout=30_000)
    expect(page.get_by_role("button", name="Train this now")).to_be_disabled()
    assert page.get_by_test_id("stException").count() == 0
