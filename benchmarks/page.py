"""What a person at the page waits for, in a real Chromium on this machine.

Four times: from `streamlit run` to a usable page; from the press of Train to the first point on
the chart (warm server), for the page's own first configuration and for a sweep of eight arms; from
a click to the page's answer while two runs train and grow on that page.
"""

from __future__ import annotations

import time
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

from playwright.sync_api import Browser, Page

from benchmarks.browser import (
    CALM_MILLISECONDS,
    PLOTS,
    TRAIN,
    chromium,
    click_and_watch,
    networks_said,
    new_page,
    open_lab,
    seeds_choice,
    until_usable,
    where_and_how,
)
from benchmarks.machine import describe
from benchmarks.server import Server, dataset, prepared_home, serve, spread, until_it_answers
from dropout_demo.config import RunConfig
from dropout_demo.plan import Plan

STARTS = 3
PRESSES = {"the first configuration": 7, "8 arms": 5}
CLICKS = 15
SWEPT_RATES = (0.0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7)
SEEDS = {1: 2, 3: 6}  # choice of seeds -> networks that the page then speaks of

LOSS_PLOT = f"{PLOTS}.find((plot) => plot.dataset.measure === 'loss')"
VISIBLE = ".scatterlayer .point, .scatterlayer .js-line[d*=L]"
PLOT_LOOKS = {
    "chart": f"{LOSS_PLOT}?.querySelector('.main-svg')",
    "point": f"{LOSS_PLOT}?.querySelector('{VISIBLE}')",
}


def main() -> None:
    """Measure and print."""
    print(describe())
    print(where_and_how())
    eight = Plan(
        RunConfig.preset("quick", dataset=dataset()), "sweep", field="rate", values=SWEPT_RATES
    )
    queries = dict(zip(PRESSES, ("", eight.to_query()), strict=True))
    with prepared_home() as home, chromium() as browser:
        starts = [_start(home, browser) for _ in range(STARTS)]
        print(f"from `streamlit run` to a usable page: {spread(starts, 's', 2)}", flush=True)
        with serve(home) as server:
            until_it_answers(server)
            for what, count in PRESSES.items():
                presses = [_press(server, browser, queries[what]) for _ in range(count)]
                _tell_presses(what, presses)
            clicks = _clicks(server, browser)
            print(f"from a click to its answer while two runs train: {spread(clicks, 'ms')}")


def _start(home: Path, browser: Browser) -> float:
    """Seconds from the launch of the process until Train can be pressed, in a new browser."""
    with serve(home) as server, new_page(browser, server) as page:
        until_it_answers(server)
        page.goto(server.address, wait_until="commit")
        until_usable(page)
        return time.perf_counter() - server.launched


def _press(server: Server, browser: Browser, query: str) -> dict[str, float]:
    """Milliseconds from one press of Train to what followed; all is as before afterwards."""
    server.until_idle()
    with new_page(browser, server) as page:
        open_lab(page, server, query)
        seen = click_and_watch(page, page.get_by_role("button", name=TRAIN), PLOT_LOOKS)
        page.wait_for_url("**show=*")
        [show] = parse_qs(urlsplit(page.url).query)["show"]
        runs = server.get(f"/api/comparisons/{show}")["runs"]
        first = _first(server, runs)
        page.get_by_role("button", name="Cancel").click()
        server.until_idle()
    return {name: at - seen["click"] for name, at in (seen | first).items()}


def _first(server: Server, runs: list[str]) -> dict[str, float]:
    """Unix milliseconds of the earliest of each thing that the runs did, and of the last queued."""
    events = [event for run in runs for event in server.get(f"/api/runs/{run}/events")["events"]]
    return {
        "queued": 1_000 * max(server.get(f"/api/runs/{run}")["created"] for run in runs),
        "started": 1_000 * min(event["at"] for event in events if event["kind"] == "started"),
        "step": 1_000 * min(event["at"] for event in events if event["kind"] == "step"),
    }


def _tell_presses(what: str, presses: list[dict[str, float]]) -> None:
    points = [press["point"] for press in presses]
    print(f"from the press of Train to the first point, {what}: {spread(points, 'ms')}; so long")
    for name, words in (
        ("queued", "until the runs are in the store"),
        ("started", "until the first has started in its worker"),
        ("step", "until the first step is in the store"),
        ("chart", "until the empty chart is drawn"),
    ):
        print(f"    {words}: {spread([press[name] for press in presses], 'ms')}", flush=True)


def _clicks(server: Server, browser: Browser) -> list[float]:
    """Milliseconds from clicks on another number of seeds to the changed sentence."""
    article = {"preset": "article", "dataset": dataset()}
    runs, owner = server.train(article, {**article, "preset": "article-baseline"})
    for run in runs:
        server.until_events(run)
    with new_page(browser, server) as page:
        open_lab(page, server, "&".join(f"run={run}" for run in runs))
        choices = list(SEEDS)
        times = [_click(page, choices[(n + 1) % len(choices)]) for n in range(CLICKS)]
    if server.get("/api/health")["queue"]["running"] < len(runs):
        raise RuntimeError("the runs ended before the clicks did")
    server.cancel(runs, owner)
    return times


def _click(page: Page, seeds: int) -> float:
    looks = {"answer": networks_said(SEEDS[seeds])}
    seen = click_and_watch(page, seeds_choice(page, seeds), looks)
    page.wait_for_timeout(CALM_MILLISECONDS / 3)
    return seen["answer"] - seen["click"]


if __name__ == "__main__":
    main()
