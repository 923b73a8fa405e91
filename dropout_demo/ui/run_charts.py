"""Runs as arms of the live chart."""

from __future__ import annotations

from collections.abc import Sequence

from dropout_demo.comparison import arm_name, rates_of
from dropout_demo.config import RunConfig
from dropout_demo.recorded import Recording
from dropout_demo.store import Run
from dropout_demo.ui.live_chart import Arm, ChartRun, live_chart


def run_charts(runs: Sequence[Run]) -> None:
    """Stored runs, growing while they train; the page reruns once when all have ended."""
    pairs = [(run.config, ChartRun(run.id, run.config.seed, run.status)) for run in runs]
    live_chart(_arms(pairs), key="runs", on_ended=_ended)


def recorded_charts(recording: Recording) -> None:
    """Recorded runs, by the same code."""
    pairs = [
        (run.config, ChartRun(run.id, run.config.seed, "finished", tuple(map(dict, run.events))))
        for run in recording.runs
    ]
    live_chart(_arms(pairs), key="recorded")


def _arms(pairs: Sequence[tuple[RunConfig, ChartRun]]) -> list[Arm]:
    """One arm a configuration whatever its seed; the one without dropout first."""
    groups: dict[RunConfig, list[ChartRun]] = {}
    for config, run in pairs:
        groups.setdefault(config.with_seed(0), []).append(run)
    arms = [Arm(arm_name(config), tuple(runs), config.epochs) for config, runs in groups.items()]
    without = [bool(rates_of(config)) for config in groups]
    return [arm for _, arm in sorted(zip(without, arms, strict=True), key=lambda pair: pair[0])]


def _ended() -> None:
    """The rerun that follows is all that is wanted."""
