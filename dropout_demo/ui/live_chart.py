"""Loss and accuracy that grow while networks train, without a rerun of the page.

Python says which runs are on show; the browser reads their events from `GET /api/stream` and draws
them with plotly. `live_chart.js` says how.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any
from urllib.parse import urlencode

import streamlit as st

from dropout_demo.config import MAX_RUNS_A_STREAM
from dropout_demo.stats import t_quantile
from dropout_demo.ui.assets import base_path, plotly_url
from dropout_demo.ui.palette import arm_colour

_SCRIPTS = ("live_chart_runs.js", "live_chart_stream.js", "live_chart_plots.js", "live_chart.js")


@dataclass(frozen=True)
class ChartRun:
    """One run of an arm."""

    id: str
    seed: int
    status: str  # queued, running, finished, failed, cancelled, interrupted
    events: tuple[dict[str, Any], ...] = ()  # of a recorded run; a stored run's come by the stream


@dataclass(frozen=True)
class Arm:
    """A configuration with its runs, one a seed. Its place among the arms gives its colour."""

    name: str
    runs: tuple[ChartRun, ...]
    epochs: int


def live_chart(
    arms: Sequence[Arm], *, key: str, on_ended: Callable[[], None] | None = None
) -> None:
    """Draw loss and accuracy of these arms and keep them growing.

    When the last of the runs that were queued or running has ended, the page reruns once, after
    `on_ended`. Raises ValueError when more than `MAX_RUNS_A_STREAM` runs would have to be streamed.
    """
    _component()(
        key=key,
        data=chart_data(arms),
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


def _arm_data(index: int, arm: Arm) -> dict[str, Any]:
    colour = arm_colour(index)
    return {
        "name": arm.name,
        "epochs": arm.epochs,
        "colour": {"light": colour.light, "dark": colour.dark},
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
    query = urlencode([*(("run", id_) for id_ in ids), ("status", "1")])
    return f"{base_path()}/api/stream?{query}" if ids else None


def _nothing() -> None:
    """Ask for the rerun alone; Streamlit takes no trigger without a callback."""


@cache
def _component() -> Callable[..., Any]:
    """Register the component once a process. Outside a shadow root, where plotly hovers rightly."""
    here = files("dropout_demo.ui")
    return st.components.v2.component(
        "dropout_lab.live_chart",
        css=(here / "live_chart.css").read_text("utf-8"),
        js="\n".join((here / name).read_text("utf-8") for name in _SCRIPTS),
        isolate_styles=False,
    )
