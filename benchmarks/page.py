"""What a person at the page waits for, in a real Chromium on this machine.

Three times: from `streamlit run` to a usable page; from the press of Train to the first point on
the chart (warm server, the page's own first configuration); from a click to the page's answer while
two runs train and grow on that page. The last two are taken by the page's own clock, from the
browser's click event to the frame that shows the answer, so driving the browser costs nothing.
"""

from __future__ import annotations

import re
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Browser, Page, sync_playwright

from benchmarks.machine import describe
from benchmarks.server import Server, dataset, prepared_home, serve, spread, until_it_answers
from dropout_demo.recorded import recording

STARTS = 3
PRESSES = 7
CLICKS = 15
CALM_MILLISECONDS = 1_500  # before a press: the page before it has settled
BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
BROWSER_FLAGS = ("--no-sandbox", "--disable-gpu", "--disable-background-networking")
LIMIT = 60_000  # milliseconds that any step may take

TRAIN = "Train this now"
SEEDS = {"1": "2 networks", "3": "6 networks"}  # choice of seeds -> what the page then says

WATCH = """() => {
    // Unix milliseconds of the next click, and of the first frame after it in which each look sees.
    const seen = (window.benchSeen = {});
    const looks = LOOKS;
    addEventListener("click", (event) => {
        seen.click = performance.timeOrigin + event.timeStamp;
        const old = new Set(document.querySelectorAll(".dl-plot"));
        const look = () => {
            const now = performance.timeOrigin + performance.now();
            for (const name in looks) if (!(name in seen) && looks[name](old)) seen[name] = now;
            if (Object.keys(looks).some((name) => !(name in seen))) requestAnimationFrame(look);
        };
        look();
    }, { capture: true, once: true });
}"""
SEEN = "(count) => Object.keys(window.benchSeen).length === count && window.benchSeen"
PLOT = "[...document.querySelectorAll('.dl-plot[data-measure=loss]')].find((p) => !old.has(p))"
VISIBLE = ".scatterlayer .point, .scatterlayer .js-line[d*=L]"
PLOT_LOOKS = {
    "chart": f"(old) => {PLOT}?.querySelector('.main-svg')",
    "point": f"(old) => {PLOT}?.querySelector('{VISIBLE}')",
}


def main() -> None:
    """Measure and print."""
    print(describe())
    print(f"{dataset()}, Chromium without a graphics processor, 1280 x 900")
    with prepared_home() as home, _chromium() as browser:
        starts = [_start(home, browser) for _ in range(STARTS)]
        print(f"from `streamlit run` to a usable page: {spread(starts, 's', 2)}", flush=True)
        with serve(home) as server:
            until_it_answers(server)
            _tell_presses([_press(server, browser) for _ in range(PRESSES)])
            clicks = _clicks(server, browser)
            print(f"from a click to its answer while two runs train: {spread(clicks, 'ms')}")


def _start(home: Path, browser: Browser) -> float:
    """Seconds from the launch of the process until Train can be pressed, in a new browser."""
    with serve(home) as server, _page(browser) as page:
        until_it_answers(server)
        page.goto(server.address, wait_until="commit")
        _until_usable(page)
        return time.perf_counter() - server.launched


def _press(server: Server, browser: Browser) -> dict[str, float]:
    """Milliseconds from one press of Train to what followed; all is as before afterwards."""
    server.until_idle()
    with _page(browser) as page:
        page.goto(server.address)
        _until_usable(page)
        if recording("article-pair") is not None:  # then the page opens on its charts
            page.locator(".dl-plot .main-svg").first.wait_for(timeout=LIMIT)
        page.wait_for_timeout(CALM_MILLISECONDS)
        _watch(page, PLOT_LOOKS)
        page.get_by_role("button", name=TRAIN).click()
        seen = _seen(page, PLOT_LOOKS)
        runs = re.findall(r"run=(\w+)", page.url)
        page.get_by_role("button", name="Cancel").click()
        server.until_idle()
    return {name: at - seen["click"] for name, at in (seen | _first(server, runs)).items()}


def _first(server: Server, runs: list[str]) -> dict[str, float]:
    """Unix milliseconds of the earliest of each thing that the runs did."""
    events = [event for run in runs for event in server.get(f"/api/runs/{run}/events")["events"]]
    return {
        "queued": 1_000 * min(server.get(f"/api/runs/{run}")["created"] for run in runs),
        "started": 1_000 * min(event["at"] for event in events if event["kind"] == "started"),
        "step": 1_000 * min(event["at"] for event in events if event["kind"] == "step"),
    }


def _tell_presses(presses: list[dict[str, float]]) -> None:
    points = [press["point"] for press in presses]
    print(f"from the press of Train to the first point: {spread(points, 'ms')}; after the press")
    for name, words in (
        ("queued", "the runs are in the store"),
        ("started", "the first has started in its worker"),
        ("step", "the first step is in the store"),
        ("chart", "the empty chart is drawn"),
    ):
        print(f"    {words}: {spread([press[name] for press in presses], 'ms')}", flush=True)


def _clicks(server: Server, browser: Browser) -> list[float]:
    """Milliseconds from clicks on another number of seeds to the changed sentence."""
    article = {"preset": "article", "dataset": dataset()}
    runs, owner = server.train(article, {**article, "preset": "article-baseline"})
    for run in runs:
        server.until_events(run)
    with _page(browser) as page:
        page.goto(f"{server.address}/?{'&'.join(f'run={run}' for run in runs)}")
        _until_usable(page)
        page.wait_for_timeout(CALM_MILLISECONDS)
        choices = list(SEEDS)
        times = [_click(page, choices[(n + 1) % len(choices)]) for n in range(CLICKS)]
    if server.get("/api/health")["queue"]["running"] < len(runs):
        raise RuntimeError("the runs ended before the clicks did")
    server.cancel(runs, owner)
    return times


def _click(page: Page, choice: str) -> float:
    look = f"() => document.querySelector('.stMain').innerText.includes('{SEEDS[choice]}')"
    looks = {"answer": look}
    _watch(page, looks)
    page.get_by_test_id("stButtonGroup").last.get_by_text(choice, exact=True).click()
    seen = _seen(page, looks)
    page.wait_for_timeout(CALM_MILLISECONDS / 3)
    return seen["answer"] - seen["click"]


def _watch(page: Page, looks: dict[str, str]) -> None:
    """Make the page note its next click, and when each look, a function in JavaScript, sees."""
    looks_in_page = ", ".join(f"{name}: {look}" for name, look in looks.items())
    page.evaluate(WATCH.replace("LOOKS", f"{{{looks_in_page}}}"))


def _seen(page: Page, looks: dict[str, str]) -> dict[str, float]:
    """What the page's own watch has seen, once it has seen the click and all looks."""
    found = page.wait_for_function(SEEN, arg=len(looks) + 1, timeout=LIMIT)
    seen: dict[str, float] = found.json_value()
    return seen


def _until_usable(page: Page) -> None:
    button = page.get_by_role("button", name=TRAIN)
    button.wait_for(state="visible", timeout=LIMIT)
    button.click(trial=True, timeout=LIMIT)  # waits until it is enabled and nothing covers it


@contextmanager
def _chromium() -> Iterator[Browser]:
    """The machine's own Chromium or Chrome, else the one that playwright installed."""
    own = next(filter(None, map(shutil.which, BROWSERS)), None)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=own, args=BROWSER_FLAGS)
        try:
            yield browser
        finally:
            browser.close()


@contextmanager
def _page(browser: Browser) -> Iterator[Page]:
    """A page of a person who was never here."""
    context = browser.new_context(viewport={"width": 1280, "height": 900})
    try:
        yield context.new_page()
    finally:
        context.close()


if __name__ == "__main__":
    main()
