"""Batch norm and dropout, each with and without the other (claim 9)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import streamlit as st

from dropout_demo.evidence.findings import findings
from dropout_demo.evidence.known import recorded_table
from dropout_demo.stats import mean_interval
from dropout_demo.ui.learn.activities.choice import reading
from dropout_demo.ui.learn.activities.recorded_words import (
    ByArm,
    finding_words,
    recorded_of,
    said,
    told_if_missing,
    values_of,
)
from dropout_demo.ui.plot import Series, plot

CARD = 9
VALUES = {
    "val_accuracy@best": "Accuracy at the epoch of least loss",
    "val_accuracy@last": "Accuracy at the last epoch",
    "gap@last": "Gap at the last epoch",
}
_LINES = {"no batch norm": ("none", "dropout"), "batch norm": ("norm", "both")}


def today(options: Mapping[str, Any]) -> None:
    """Options: value, the one to begin with (a name in VALUES)."""
    card, told = recorded_of(CARD)
    if told_if_missing(card, told):
        return
    value = reading("Measure", VALUES, options.get("value"), key="activity-today-value")
    is_share = value.startswith("val_accuracy")
    alt = sentence(told, value)
    plot(
        [_line(name, told, arms, value, 2 * at) for at, (name, arms) in enumerate(_LINES.items())],
        key="activity-today",
        title=f"{VALUES[value]}, 95 % interval",
        x_title="",
        y_title="accuracy (% of images)" if is_share else "gap in loss (nats)",
        alt=alt,
        x_range=(-0.35, 1.35),
        percent=is_share,
        height=320,
    )
    said(alt, "today")
    first = findings(card, recorded_table(card, told))[0]
    if first.difference is not None:
        st.markdown(f"The claim “{first.comparison.says}”: {finding_words(first)}.")


def sentence(told: ByArm, value: str) -> str:
    """What dropout adds without batch norm and with it."""
    parts = []
    for name, (without, having) in _LINES.items():
        before = values_of(told.get(without, {}), value)
        after = values_of(told.get(having, {}), value)
        shared = sorted(before.keys() & after.keys())
        if shared:
            first, _, _ = mean_interval([before[seed] for seed in shared])
            second, _, _ = mean_interval([after[seed] for seed in shared])
            parts.append(f"from {_value(first, value)} to {_value(second, value)} with {name}")
    if not parts:
        return "No pair with and without dropout is recorded yet."
    what = VALUES[value]
    return f"Dropout 0.25 takes the {what[0].lower()}{what[1:]} {' and '.join(parts)}."


def _line(name: str, told: ByArm, arms: tuple[str, str], value: str, colour: int) -> Series:
    means = [mean_interval(list(values_of(told.get(arm, {}), value).values())) for arm in arms]
    mean, low, high = (list(part) for part in zip(*means, strict=True))
    return Series(name, ["no dropout", "dropout 0.25"], mean, low, high, colour=colour)


def _value(mean: float, value: str) -> str:
    return f"{100 * mean:.1f} %" if value.startswith("val_accuracy") else f"{mean:.2f} nats"
