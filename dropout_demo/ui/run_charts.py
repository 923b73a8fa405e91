"""Runs as arms of the live chart."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from dropout_demo.arms import arm_names, arm_of, rates_of
from dropout_demo.config import RunConfig
from dropout_demo.recorded import RecordedRun, Recording
from dropout_demo.store import Run
from dropout_demo.ui.live_chart import Arm, ChartRun, live_chart


@dataclass(frozen=True)
class _Curve:
    config: RunConfig
    run: ChartRun
    name: str = ""  # as the learner named the run
    colour: int | None = None


def run_charts(runs: Sequence[Run]) -> None:
    """Stored runs, growing while they train; the page reruns once when all have ended."""
    curves = [_Curve(run.config, _chart_run(run), run.name, run.colour) for run in runs]
    live_chart([arm for _, arm in _arms(curves)], key="runs", on_ended=_ended)


def colours(runs: Sequence[Run]) -> dict[RunConfig, int]:
    """The colour of each arm (`arm_of` its runs) on the chart, for pictures beside it."""
    curves = [_Curve(run.config, _chart_run(run), run.name, run.colour) for run in runs]
    return _colours(_arms(curves))


def recorded_colours(recording: Recording) -> dict[RunConfig, int]:
    """As `colours`."""
    return _colours(_arms([_Curve(run.config, _recorded_run(run)) for run in recording.runs]))


def recorded_charts(recording: Recording) -> None:
    """Recorded runs, by the same code."""
    curves = [_Curve(run.config, _recorded_run(run)) for run in recording.runs]
    live_chart([arm for _, arm in _arms(curves)], key="recorded")


def _chart_run(run: Run) -> ChartRun:
    return ChartRun(run.id, run.config.seed, run.status)


def _recorded_run(run: RecordedRun) -> ChartRun:
    return ChartRun(run.id, run.config.seed, "finished", tuple(map(dict, run.events)))


def _colours(arms: Sequence[tuple[RunConfig, Arm]]) -> dict[RunConfig, int]:
    return {
        config: place if arm.colour is None else arm.colour
        for place, (config, arm) in enumerate(arms)
    }


def _arms(curves: Sequence[_Curve]) -> list[tuple[RunConfig, Arm]]:
    """One arm a configuration whatever its seed; those without dropout first.

    An arm whose runs all bear one name of the learner's is called by it.
    """
    groups: dict[RunConfig, list[_Curve]] = {}
    for curve in curves:
        groups.setdefault(arm_of(curve.config), []).append(curve)
    arms = []
    for (config, members), said in zip(groups.items(), arm_names(list(groups)), strict=True):
        members = list({curve.run.seed: curve for curve in members}.values())  # as verdicts count
        own = {curve.name for curve in members}
        name = own.pop() if len(own) == 1 else ""
        colour = next((c.colour for c in members if c.colour is not None), None)
        runs = tuple(curve.run for curve in members)
        arms.append((config, Arm(name or said, runs, config.epochs, colour)))
    return sorted(arms, key=lambda pair: bool(rates_of(pair[0])))


def _ended() -> None:
    """The rerun that follows is all that is wanted."""
