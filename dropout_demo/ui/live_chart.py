"""Loss and accuracy that grow while networks train, without a rerun of the page.

Python says which runs are on show; the browser reads their events from `GET /api/stream` and draws
them with plotly. `live_chart.js` says how.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import count
from typing import Any
from urllib.parse import urlencode

from dropout_demo.config import MAX_RUNS_A_STREAM
from dropout_demo.events import END_KINDS
from dropout_demo.stats import t_quantile
from dropout_demo.ui.assets import base_path, plotly_url
from dropout_demo.ui.component import component
from dropout_demo.ui.palette import arm_colour, arm_symbol

_reruns = count(1)
"""Tells the browser of each rerun while runs are active; Streamlit tells it of changes alone."""

_SCRIPTS = (
    "live_chart_runs.js",
    "live_chart_means.js",
    "live_chart_words.js",
    "live_chart_keys.js",
    "live_chart_ended.js",
    "live_chart_stream.js",
    "live_chart_traces.js",
    "live_chart_range.js",
    "live_chart_plots.js",
    "live_chart_legend.js",
    "live_chart_numbers.js",
    "live_chart.js",
)


@dataclass(frozen=True)
class ChartRun:
    """One run of an arm."""

    id: str
    seed: int
    status: str  # queued, running, finished, failed, cancelled, interrupted
    events: tuple[dict[str, Any], ...] = ()  # of a recorded run; a stored run's come by the stream


@dataclass(frozen=True)
class Arm:
    """A configuration with its runs, one a seed."""

    name: str
    runs: tuple[ChartRun, ...]
    epochs: int  # as configured; a run may stop earlier
    colour: int | None = None  # place in the palette, from 0; None: the arm's own place


def live_chart(
    arms: Sequence[Arm], *, key: str, on_ended: Callable[[], None] | None = None
) -> None:
    """Draw loss, accuracy and the gaps of these arms and keep them growing.

    An arm with several runs is drawn as the mean of its runs with the 95 % interval by Student's
    t, over those epochs that every finished run of it has; beyond them (runs that stopped early)
    each run is drawn by itself, and so is a run that failed or was cancelled. Two runs have no
    band, and each is drawn by itself beside their mean. While runs still train, later epochs are
    means of fewer runs, and the chart says so.

    When the last of the runs that `arms` gives as queued or running has ended, the page reruns
    after `on_ended`: once, and again only while what it is given still says otherwise, since a
    request made while the connection was down is lost.

    Raises ValueError when more than `MAX_RUNS_A_STREAM` runs would have to be streamed.
    """
    component("live_chart", _SCRIPTS, ("live_chart.css",), isolated=False)(
        key=key,
        data={**chart_data(arms), "rerun": next(_reruns) if _is_active(arms) else 0},
        on_ended_change=on_ended or _nothing,
    )


def chart_data(arms: Sequence[Arm]) -> dict[str, Any]:
    """What the browser is told, as JSON values."""
    most_runs = max((len(arm.runs) for arm in arms), default=0)
    return {
        "arms": [_arm_data(index, arm) for index, arm in enumerate(arms)],
        "stream": _stream_url(arms),
        "plotly": plotly_url(),
        "quantiles": quantiles(most_runs),
    }


@cache
def quantiles(most_runs: int) -> list[float | None]:
    """Student's t for a two-sided 95 % interval of a mean; the place in the list is n."""
    return [None, None, *(round(t_quantile(n), 5) for n in range(2, most_runs + 1))]


def _is_active(arms: Sequence[Arm]) -> bool:
    return any(run.status not in END_KINDS for arm in arms for run in arm.runs)


def _arm_data(index: int, arm: Arm) -> dict[str, Any]:
    place = index if arm.colour is None else arm.colour
    colour = arm_colour(place)
    return {
        "name": arm.name,
        "epochs": arm.epochs,
        "colour": {"light": colour.light, "dark": colour.dark},
        "symbol": arm_symbol(place),
        "runs": [
            {"id": run.id, "seed": run.seed, "status": run.status, "events": list(run.events)}
            for run in arm.runs
        ],
    }


def _stream_url(arms: Sequence[Arm]) -> str | None:
    """The stream of all runs whose events are not here already."""
    ids = list(dict.fromkeys(run.id for arm in arms for run in arm.runs if not run.events))
    if len(ids) > MAX_RUNS_A_STREAM:
        raise ValueError(f"{len(ids)} runs to stream; at most {MAX_RUNS_A_STREAM} at a time.")
    query = urlencode([*(("run", id_) for id_ in ids), ("status", "1"), ("batch", "1")])
    return f"{base_path()}/api/stream?{query}" if ids else None


def _nothing() -> None:
    """Ask for the rerun alone; Streamlit takes no trigger without a callback."""
