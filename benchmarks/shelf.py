"""A learner with a shelf of 500 runs, and a comparison of 40 curves: how long both take to draw.

Four arms of ten seeds, 15 epochs and 200 steps each, are asked for again and shown at once; the
shelf is opened; both are scrolled and clicked on. The runs are made up (`made_runs.py`), the server
and the browser are real.
"""

from __future__ import annotations

from typing import Any

from playwright.sync_api import Browser, Page

from benchmarks.browser import (
    CALM_MILLISECONDS,
    LIMIT,
    NOTE_PLOTS,
    PLOTS,
    SCRIPT_RESTS,
    TRAIN,
    chromium,
    click_and_watch,
    networks_said,
    new_page,
    open_lab,
    seeds_choice,
    where_and_how,
)
from benchmarks.machine import describe
from benchmarks.made_runs import compared_plan, fill
from benchmarks.server import Server, prepared_home, serve, spread, until_it_answers
from dropout_demo.owners import new_token, owner_of
from dropout_demo.store import Store

RUNS = 500
OPENINGS = 5
CLICKS = 10
WHEEL_STEPS, WHEEL_PIXELS = 40, 120
SEEDS = (3, 4)  # choices of seeds that take turns

ARMS = len(compared_plan().arm_configs())
EPOCHS = compared_plan().base.epochs
ALL_DRAWN = f"""(() => {{
    const plots = {PLOTS};
    const full = (plot, a) => plot.data?.some((t) => t.uid === `line-val-${{a}}`
        && t.x.length === {EPOCHS} && t.text.every((said) => said.includes("mean of 10 runs")));
    const lines = (plot) => plot.querySelectorAll(".scatterlayer .js-line[d*=L]").length;
    return plots.length >= 2 && plots.every((plot) => plot.data && lines(plot) >= {2 * ARMS}
        && [...Array({ARMS}).keys()].every((a) => full(plot, a)));
}})()"""
"""Loss and accuracy, every arm's mean over all seeds and epochs, drawn."""

TWO_DRAWN = (
    f"{PLOTS}.filter((plot) => plot.querySelector('.scatterlayer .js-line[d*=L]')).length >= 2"
)
ANSWER = "document.querySelector('.st-key-verdict')?.textContent.includes('10 seeds')"

CANVAS = "document.querySelector('.stDataFrame canvas[data-testid=data-grid-canvas]')"
TABLE_DRAWN = f"""(() => {{
    const canvas = {CANVAS};
    if (!canvas?.width) return false;
    const pixels = canvas.getContext("2d").getImageData(200, 40, 160, 60).data;
    return new Set(new Uint32Array(pixels.buffer)).size > 4; // letters, not only a ground
}})()"""
"""The first rows can be read. How many there are the canvas says only 200 ms later, to readers."""
ALL_ROWS = f"Number({CANVAS}.querySelector('[role=grid]')?.ariaRowCount) > {RUNS}"

SCROLLED = "document.querySelector('.stMain').scrollTop"
BLOCKED = """() => {
    window.benchTasks = [];
    window.benchFrames = [];
    const watcher = new PerformanceObserver((list) => {
        benchTasks.push(...list.getEntries().map((task) => task.duration));
    });
    watcher.observe({ entryTypes: ["longtask"] });
    let before = performance.now(), on = true;
    const frame = (now) => { benchFrames.push(now - before); before = now; if (on) next(); };
    const next = () => requestAnimationFrame(frame);
    next();
    window.benchStop = () => {
        on = false;
        watcher.disconnect();
        return { tasks: benchTasks, frames: benchFrames.slice(1) };
    };
}"""


def main() -> None:
    """Measure and print."""
    print(describe())
    print(f"{where_and_how()}; {RUNS} runs on the shelf, {ARMS} arms of 10 seeds on show")
    token = new_token()
    with prepared_home() as home, chromium() as browser:
        ids = fill(home, owner_of(token), RUNS)
        store = Store(f"sqlite:///{home / 'runs.db'}")
        show = store.add_comparison(owner_of(token), compared_plan().to_query(), ids)
        store.close()
        with serve(home) as server:
            until_it_answers(server)
            server.until_idle()
            _tell_openings([_open_shelf(server, browser, token) for _ in range(OPENINGS)])
            _tell_curves([_show_curves(server, browser, token) for _ in range(OPENINGS)])
            _tell_links([_follow_link(server, browser, token, show) for _ in range(OPENINGS)])
            _with_everything_on(server, browser, token, show)


def _open_shelf(server: Server, browser: Browser, token: str) -> float:
    """Milliseconds from the click that opens it to the table drawn, in a new page."""
    with new_page(browser, server, token) as page:
        open_lab(page, server)
        seen = click_and_watch(page, _fold(page), {"table": TABLE_DRAWN})
        page.wait_for_function(ALL_ROWS, timeout=LIMIT)
    return seen["table"] - seen["click"]


def _tell_openings(times: list[float]) -> None:
    print(
        f"from opening the shelf to its table drawn: {spread(times, 'ms')}; "
        f"the first, which reads all configurations: {times[0]:,.0f} ms",
        flush=True,
    )


def _show_curves(server: Server, browser: Browser, token: str) -> dict[str, float]:
    """Ask for all 40 again, on the settled page: milliseconds to what followed."""
    looks = {"answer": ANSWER, "drawn": ALL_DRAWN, "rest": f"{ALL_DRAWN} && {SCRIPT_RESTS}"}
    with new_page(browser, server, token) as page:
        open_lab(page, server, compared_plan().to_query())
        seen = click_and_watch(page, page.get_by_role("button", name=TRAIN), looks)
    return {name: at - seen["click"] for name, at in seen.items()}


def _tell_curves(times: list[dict[str, float]]) -> None:
    print(f"from asking again to all curves drawn: {spread([t['drawn'] for t in times], 'ms')}")
    print(f"    to the verdict: {spread([t['answer'] for t in times], 'ms')}")
    print(f"    to the page at rest: {spread([t['rest'] for t in times], 'ms')}", flush=True)


def _follow_link(server: Server, browser: Browser, token: str, show: str) -> dict[str, float]:
    """Milliseconds from navigation to all curves; and to the charts of the page without a link."""
    times = {}
    for what, query, look in (("drawn", f"show={show}", ALL_DRAWN), ("plain", "", TWO_DRAWN)):
        with new_page(browser, server, token) as page:
            page.add_init_script(f"({NOTE_PLOTS})()")
            page.goto(f"{server.address}/?{query}", wait_until="commit")
            found = page.wait_for_function(f"{look} && performance.now()", timeout=LIMIT)
            times[what] = float(found.json_value())
    return times


def _tell_links(links: list[dict[str, float]]) -> None:
    curves, plain = ([link[name] for link in links] for name in ("drawn", "plain"))
    print(f"from a link, in a new browser, to all curves drawn: {spread(curves, 'ms')};")
    print(f"    without a link, to the recorded charts: {spread(plain, 'ms')}", flush=True)


def _with_everything_on(server: Server, browser: Browser, token: str, show: str) -> None:
    """Scroll, hover and click on a page with the open shelf and all curves."""
    with new_page(browser, server, token) as page:
        page.add_init_script(f"({NOTE_PLOTS})()")
        page.goto(f"{server.address}/?show={show}", wait_until="commit")
        page.wait_for_function(ALL_DRAWN, timeout=LIMIT)
        page.wait_for_timeout(CALM_MILLISECONDS)
        click_and_watch(page, _fold(page), {"table": TABLE_DRAWN})
        page.wait_for_timeout(CALM_MILLISECONDS)
        _tell_blocking("scrolling", _scroll(page))
        _tell_blocking("pointing at the curves", _hover(page))
        clicks = [_click(page, SEEDS[n % len(SEEDS)]) for n in range(CLICKS)]
    print(
        "from a click to its answer with the shelf open and all curves on show: "
        f"{spread([click['answer'] for click in clicks], 'ms')}; "
        f"to the page at rest: {spread([click['rest'] for click in clicks], 'ms')}",
        flush=True,
    )


def _click(page: Page, seeds: int) -> dict[str, float]:
    answer = networks_said(seeds * ARMS)
    looks = {"answer": answer, "rest": f"{answer} && {SCRIPT_RESTS}"}
    seen = click_and_watch(page, seeds_choice(page, seeds), looks)
    page.wait_for_timeout(CALM_MILLISECONDS / 3)
    return {name: at - seen["click"] for name, at in seen.items()}


def _scroll(page: Page) -> dict[str, Any]:
    """Up and down again with the wheel, beside the charts: the shelf is at the end of the page."""
    page.mouse.move(8, 450)
    page.evaluate(BLOCKED)
    ends = []
    for pixels in (-WHEEL_PIXELS, WHEEL_PIXELS):
        for _ in range(WHEEL_STEPS):
            page.mouse.wheel(0, pixels)
            page.wait_for_timeout(16)
        ends.append(page.evaluate(SCROLLED))
    found = _stop(page)
    if ends[1] - ends[0] < page.evaluate("innerHeight"):
        raise RuntimeError(f"The wheel moved the page from {ends[0]} to {ends[1]} pixels only.")
    return found


def _hover(page: Page) -> dict[str, Any]:
    """Across the first chart with the mouse."""
    plot = page.locator(".dl-plot").first
    plot.scroll_into_view_if_needed()
    box = plot.bounding_box()
    if box is None:
        raise RuntimeError("There is no chart to point at.")
    page.evaluate(BLOCKED)
    for part in range(WHEEL_STEPS):
        at = part / WHEEL_STEPS
        page.mouse.move(box["x"] + at * box["width"], box["y"] + at * box["height"])
        page.wait_for_timeout(16)
    return _stop(page)


def _stop(page: Page) -> dict[str, Any]:
    found: dict[str, Any] = page.evaluate("() => window.benchStop()")
    return found


def _tell_blocking(what: str, found: dict[str, Any]) -> None:
    tasks, frames = found["tasks"], found["frames"]
    longest = f"the longest {max(tasks):,.0f} ms" if tasks else "none of 50 ms or more"
    print(f"{what}: {len(tasks)} long tasks, {longest}; frames {spread(frames, 'ms')}", flush=True)


def _fold(page: Page) -> Any:
    return page.locator(".st-key-shelf summary")


if __name__ == "__main__":
    main()
