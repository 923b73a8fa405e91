"""A real Chromium for a benchmark, and pages that time themselves.

Times are taken by the page's own clock, from the browser's click event to the frame that shows what
came of it, so driving the browser costs nothing.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from playwright.sync_api import Browser, Locator, Page, sync_playwright

from benchmarks.server import Server, dataset
from dropout_demo.owners import COOKIE
from dropout_demo.recorded import recording

WINDOW = "Chromium without a graphics processor, 1280 x 900"
BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
BROWSER_FLAGS = ("--no-sandbox", "--disable-gpu", "--disable-background-networking")
LIMIT = 60_000  # milliseconds that any step may take
CALM_MILLISECONDS = 1_500  # before a click: the page before it has settled
TRAIN = "Train this now"
NOTE_PLOTS = "() => { window.benchOld = new Set(document.querySelectorAll('.dl-plot')); }"
PLOTS = "[...document.querySelectorAll('.dl-plot')].filter((plot) => !window.benchOld.has(plot))"
"""In JavaScript: the charts that were not there when the page began to watch."""
SCRIPT_RESTS = "document.querySelector('.stApp')?.dataset.testScriptState === 'notRunning'"

WATCH = """() => {
    // Unix milliseconds of the next click, and of the first frame after it in which each look sees.
    const seen = (window.benchSeen = {});
    const looks = LOOKS;
    addEventListener("click", (event) => {
        seen.click = performance.timeOrigin + event.timeStamp;
        const look = () => {
            const now = performance.timeOrigin + performance.now();
            for (const name in looks) if (!(name in seen) && looks[name]()) seen[name] = now;
            if (Object.keys(looks).some((name) => !(name in seen))) requestAnimationFrame(look);
        };
        look();
    }, { capture: true, once: true });
}"""
SEEN = "(count) => Object.keys(window.benchSeen).length === count && window.benchSeen"


@contextmanager
def chromium() -> Iterator[Browser]:
    """The machine's own Chromium or Chrome, else the one that playwright installed."""
    own = next(filter(None, map(shutil.which, BROWSERS)), None)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=own, args=BROWSER_FLAGS)
        try:
            yield browser
        finally:
            browser.close()


@contextmanager
def new_page(browser: Browser, server: Server, token: str = "") -> Iterator[Page]:
    """A page of a person who was never here, or of the one whose token it is."""
    context = browser.new_context(viewport={"width": 1280, "height": 900})
    try:
        if token:
            context.add_cookies([{"name": COOKIE, "value": token, "url": server.address}])
        yield context.new_page()
    finally:
        context.close()


def open_lab(page: Page, server: Server, query: str = "") -> None:
    """Go to the Lab and wait until it has settled: usable, its charts drawn, the script at rest."""
    page.goto(f"{server.address}/?{query}")
    until_usable(page)
    if recording("article-pair") is not None:  # then the page opens on its charts
        page.locator(".dl-plot .main-svg").first.wait_for(timeout=LIMIT)
    page.wait_for_function(SCRIPT_RESTS, timeout=LIMIT)
    page.wait_for_timeout(CALM_MILLISECONDS)


def until_usable(page: Page) -> None:
    """Wait until Train can be pressed: it is enabled and nothing covers it."""
    button = page.get_by_role("button", name=TRAIN)
    button.wait_for(state="visible", timeout=LIMIT)
    button.click(trial=True, timeout=LIMIT)


def click_and_watch(page: Page, target: Locator, looks: Mapping[str, str]) -> dict[str, float]:
    """Click; Unix milliseconds of "click" and of the first frame in which each look saw.

    looks: name -> an expression in JavaScript, true once it sees what it looks for; it is asked
    in every frame.
    """
    page.evaluate(NOTE_PLOTS)
    looks_in_page = ", ".join(f"{name}: () => {look}" for name, look in looks.items())
    page.evaluate(WATCH.replace("LOOKS", f"{{{looks_in_page}}}"))
    target.click()
    found = page.wait_for_function(SEEN, arg=len(looks) + 1, timeout=LIMIT)
    seen: dict[str, float] = found.json_value()
    return seen


def seeds_choice(page: Page, seeds: int) -> Locator:
    """The choice of so many seeds on the bench."""
    return page.locator(".st-key-seeds").get_by_text(str(seeds), exact=True)


def networks_said(count: int) -> str:
    """A look: the sentence beside Train speaks of so many networks."""
    words = f"{count} networks on"
    where = "document.querySelector('.stMain').textContent"
    return f"/(^|[^0-9]){words}/.test({where})"


def where_and_how() -> str:
    """What is said before figures of a page."""
    return f"{dataset()}, {WINDOW}"
