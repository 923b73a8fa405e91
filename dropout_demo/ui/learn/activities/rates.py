"""Accuracy against the rate, at fixed width and with the width scaled up (claim 6)."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import streamlit as st

from dropout_demo.arms import rates_of
from dropout_demo.lessons.cards import Card
from dropout_demo.stats import mean_interval
from dropout_demo.ui.learn.activities.recorded_words import (
    ByArm,
    recorded_of,
    said,
    told_if_missing,
    values_of,
)
from dropout_demo.ui.plot import Series, plot

CARD = 6
VALUE = "val_accuracy@best"


def rates(options: Mapping[str, Any]) -> None:
    """Options: rate, the one to read off first (0.25 if left out)."""
    card, told = recorded_of(CARD)
    if told_if_missing(card, told):
        return
    points = points_of(card, told)
    fixed = sorted(q for q, is_wide in points if not is_wide)
    wide = sorted(q for q, is_wide in points if is_wide)
    if not fixed:
        st.info("Only wider networks are recorded so far; `make record` makes the rest.")
        return
    start = options.get("rate", 0.25)
    rate = st.select_slider(
        "Rate q to read off",
        fixed,
        start if start in fixed else fixed[0],
        key="activity-rates-rate",
    )
    series = [_series("width as it is", points, fixed, wide=False)]
    if wide:
        series.append(_series("width × 1/(1 − q)", points, wide, wide=True))
    here = points[rate, False][0]
    alt = sentence(points, rate)
    plot(
        [*series, Series("q on show", [rate], [here], form="points")],
        key="activity-rates",
        title="Validation accuracy at the epoch of least loss, by rate",
        x_title="rate q (probability of dropping)",
        y_title="accuracy (% of images)",
        alt=alt,
        x_range=(-0.05, 0.95),
        percent=True,
        height=300,
    )
    said(alt, "rates")


Points = Mapping[tuple[float, bool], tuple[float, float, float, int]]
"""By rate and whether the width is scaled: mean with its interval, and number of seeds."""


def points_of(card: Card, told: ByArm) -> Points:
    """The recorded points, those without a run left out."""
    points = {}
    for name, arm in card.arms.items():
        values = list(values_of(told[name], VALUE).values())
        if values:
            rate = max(rates_of(arm.config).values(), default=0.0)
            points[rate, arm.config.width > 1] = (*mean_interval(values), len(values))
    return points


def sentence(points: Points, rate: float) -> str:
    """What a rate comes to beside none at all."""
    mean, low, high, seeds = points[rate, False]
    interval = "" if math.isnan(low) else f", 95 % interval {100 * low:.1f} to {100 * high:.1f}"
    right = f"{100 * mean:.1f} % of the validation images are right"
    told = f"At q = {rate:g}, at the epoch of least loss, {right} ({_seeds(seeds)}{interval})"
    if rate and (0.0, False) in points:
        apart = 100 * (mean - points[0.0, False][0])
        told += f", {abs(apart):.1f} points {'more' if apart > 0 else 'fewer'} than without dropout"
    if (rate, True) in points:
        told += f"; with the layers widened by 1/(1 − q) {100 * points[rate, True][0]:.1f} %"
    return f"{told}."


def _seeds(count: int) -> str:
    return f"{count} seed{'s' * (count != 1)}"


def _series(name: str, points: Points, at: list[float], *, wide: bool) -> Series:
    mean, low, high = ([points[rate, wide][part] for rate in at] for part in range(3))
    return Series(name, at, mean, low, high, colour=2 if wide else 1, dash=wide)
