"""How soon the drawing of the network answers a drag, and whether the script reruns during it.

A real mouse drags the rate of a layer, on the Lab's own page, once while nothing trains and once
while two networks train and grow on it. By the page's clock, from the browser's pointer event:
until the drawing's DOM has changed, and until the frame with the change was painted. A script
reruns only when the page asks for it, so what is counted is what the page sends to the server.
"""

from __future__ import annotations

from typing import Any

from playwright.sync_api import Browser, Page

from benchmarks.browser import chromium, new_page, open_lab, where_and_how
from benchmarks.machine import describe
from benchmarks.server import Server, dataset, prepared_home, serve, spread, until_it_answers

LAYERS = ("conv1", "conv2", "conv3", "fc1")
RATES = (0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9)
MOST = 0.9
STEP_MILLISECONDS = 120  # between two moves: each is answered by itself
AFTER_MILLISECONDS = 1_500  # after the release, in which the page tells the server once

WATCH = """(slider) => {
    // For each pointer move that changed the drawing: milliseconds until DOM and until painted.
    const steps = (window.benchSteps = []);
    let moved = 0;
    addEventListener("pointermove", (event) => { moved = event.timeStamp; }, { capture: true });
    const watcher = new MutationObserver(() => {
        if (!moved) return;
        const [began, dom] = [moved, performance.now()];
        moved = 0;
        requestAnimationFrame(() => {
            const { port1, port2 } = new MessageChannel();
            port1.onmessage = () => steps.push([dom - began, performance.now() - began]);
            port2.postMessage(null); // comes after this frame was painted
        });
    });
    const layer = slider.closest(".layer");
    watcher.observe(layer, { subtree: true, childList: true, attributes: true });
    window.benchUnwatch = () => watcher.disconnect();
}"""


def main() -> None:
    """Measure and print."""
    print(describe())
    print(where_and_how())
    with prepared_home() as home, chromium() as browser, serve(home) as server:
        until_it_answers(server)
        server.until_idle()
        _tell("nothing trains", _drags(server, browser, ""))
        article = {"preset": "article", "dataset": dataset()}
        runs, owner = server.train(article, {**article, "preset": "article-baseline"})
        for run in runs:
            server.until_events(run)
        _tell("two networks train", _drags(server, browser, "&".join(f"run={run}" for run in runs)))
        server.cancel(runs, owner)


def _tell(when: str, drags: list[dict[str, Any]]) -> None:
    dom, painted = zip(*(step for drag in drags for step in drag["steps"]), strict=True)
    print(f"drag on the drawing while {when}: changed after {spread(dom, 'ms', 1)},")
    print(f"    painted after {spread(painted, 'ms', 1)};")
    during, after = (sum(drag[when] for drag in drags) for when in ("during", "after"))
    print(
        f"    the page asked for {during} reruns during {len(drags)} drags and {after} after them",
        flush=True,
    )


def _drags(server: Server, browser: Browser, query: str) -> list[dict[str, Any]]:
    """Drag a few layers: milliseconds of each step, and reruns asked for during and after."""
    sent: list[int] = []
    with new_page(browser, server) as page:
        page.on("websocket", lambda ws: ws.on("framesent", lambda _: sent.append(1)))
        open_lab(page, server, query)
        return [_drag(page, layer, sent) for layer in LAYERS]


def _drag(page: Page, layer: str, sent: list[int]) -> dict[str, Any]:
    slider = page.get_by_role("slider", name=f"Dropout rate at {layer}")
    slider.scroll_into_view_if_needed()
    box = slider.locator(".track").bounding_box()
    if box is None:
        raise RuntimeError(f"There is no dial at {layer}.")
    y = box["y"] + box["height"] / 2
    page.mouse.move(box["x"] + 1, y)
    page.mouse.down()
    slider.evaluate(WATCH)
    before = len(sent)
    for rate in RATES:
        page.mouse.move(box["x"] + box["width"] * rate / MOST, y)
        page.wait_for_timeout(STEP_MILLISECONDS)
    during = len(sent) - before
    steps = page.evaluate("() => { window.benchUnwatch(); return window.benchSteps; }")
    page.mouse.up()
    page.wait_for_timeout(AFTER_MILLISECONDS)
    return {"steps": steps, "during": during, "after": len(sent) - before - during}


if __name__ == "__main__":
    main()
