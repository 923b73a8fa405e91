"""Means over seeds with their 95 % intervals, as the series of a chart."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Literal

from dropout_demo.evidence.values import NoValue, Told, value_of
from dropout_demo.stats import mean_interval
from dropout_demo.ui.plot import Series

Band = tuple[float, float, float]


def series(
    name: str,
    points: Mapping[Any, Sequence[float]],
    colour: int,
    *,
    form: Literal["line", "points"] = "line",
    dash: bool | Literal["dot"] = False,
) -> Series:
    """points: by place along x, the values of all seeds there; a place without any is left out."""
    kept = {x: mean_interval(values) for x, values in points.items() if values}
    return Series(
        name,
        list(kept),
        [mean for mean, _, _ in kept.values()],
        [low for _, low, _ in kept.values()],
        [high for _, _, high in kept.values()],
        colour,
        form,
        dash,
    )


def by_epoch(runs: Mapping[int, Told], head: str) -> dict[int, list[float]]:
    """A value such as "val_loss" at every epoch that all runs have."""
    shared = min((len(told.result.epochs) for told in runs.values()), default=0)
    return {
        at: [value_of(told, f"{head}@{at}") for told in runs.values()]
        for at in range(1, shared + 1)
    }


def by_step(curves: Mapping[int, Sequence[float]]) -> dict[int, list[float]]:
    """An experiment's curves, epochs counted from 1, as far as all seeds go."""
    shared = min((len(curve) for curve in curves.values()), default=0)
    return {at + 1: [curve[at] for curve in curves.values()] for at in range(shared)}


def measured_curve(
    runs: Mapping[int, Told], measure: str, places: str, values: str
) -> dict[float, list[float]]:
    """A curve found inside networks: values of all runs that have it, by its places along x."""
    told: dict[float, list[float]] = {}
    for run in runs.values():
        found = run.measured.get(measure, {})
        for x, y in zip(found.get(places, ()), found.get(values, ()), strict=True):
            told.setdefault(x, []).append(y)
    return told


def values_of(runs: Mapping[int, Told], name: str) -> list[float]:
    """A value of all runs that have it."""
    found = []
    for run in runs.values():
        try:
            found.append(value_of(run, name))
        except NoValue:
            continue
    return found
