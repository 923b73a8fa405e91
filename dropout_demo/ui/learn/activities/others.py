"""Other regularisers beside dropout, each at its best setting (claim 12)."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import streamlit as st

from dropout_demo.arms import listed
from dropout_demo.evidence.findings import chosen_arm
from dropout_demo.evidence.known import recorded_table
from dropout_demo.lessons.cards import Card
from dropout_demo.stats import mean_interval
from dropout_demo.ui.learn.activities.choice import reading
from dropout_demo.ui.learn.activities.recorded_words import (
    ByArm,
    recorded_of,
    said,
    told_if_missing,
    values_of,
)
from dropout_demo.ui.plot import Series, plot

CARD = 12
VALUES = {"test_accuracy": "Test accuracy", "test_loss": "Test loss"}
Row = tuple[str, float, float, float, int]
"""Name, mean, low and high end of its 95 % interval, seeds."""


def others(options: Mapping[str, Any]) -> None:
    """Options: value, the one to begin with (a name in VALUES)."""
    card, told = recorded_of(CARD)
    if told_if_missing(card, told):
        return
    value = reading("Measure", VALUES, options.get("value"), key="activity-others-value")
    rows = rows_of(card, told, value)
    names = [row[0] for row in rows]
    shown = st.pills(
        "Show", names, selection_mode="multi", default=names, key="activity-others-shown"
    )
    _not_yet(card, names)
    rows = [row for row in rows if row[0] in shown]
    if not rows:
        st.info("Choose at least one to show.")
        return
    is_share = value == "test_accuracy"
    alt = sentence(rows, is_share=is_share)
    plot(
        [
            Series(name, [name], [mean], [low], [high], colour=at, form="points")
            for at, (name, mean, low, high, _) in ((names.index(row[0]), row) for row in rows)
        ],
        key="activity-others",
        title=f"{VALUES[value]} of each at its best setting, 95 % interval",
        x_title="regulariser",
        y_title="accuracy (% of images)" if is_share else "loss (nats)",
        alt=alt,
        percent=is_share,
        height=320,
    )
    said(alt, "others")


def rows_of(card: Card, told: ByArm, value: str) -> list[Row]:
    """No dropout first, then each group's best arm by validation, where that is decided; teams."""
    table = recorded_table(card, told)
    chosen = [("none", "none")]
    chosen += [(group, arm) for group in card.groups if (arm := chosen_arm(card, table, group))]
    rows = []
    for group, arm in chosen:
        values = list(values_of(told[arm], value).values())
        if values:
            name = "nothing" if group == "none" else card.arms[arm].name
            rows.append((name, *mean_interval(values), len(values)))
    for key, team in card.teams.items():
        values = [row[value] for row in table[key].values()]
        if values:
            rows.append((team.name, *mean_interval(values), len(values)))
    return rows


def sentence(rows: list[Row], *, is_share: bool) -> str:
    """From best to worst."""
    order = sorted(rows, key=lambda row: -row[1] if is_share else row[1])
    alike = len({row[4] for row in rows}) == 1
    words = [
        f"{name} {_value(mean, is_share=is_share)}{'' if alike else f' ({_seeds(count)})'}"
        for name, mean, _, _, count in order
    ]
    lone = "; a single seed has no interval" if any(row[4] == 1 for row in rows) else ""
    each = f" ({_seeds(rows[0][4])} each)" if alike else ""
    return (
        f"From best to worst on the test images: {listed(words)}{each}. "
        f"Where intervals overlap, the order may be chance{lone}."
    )


def _seeds(count: int) -> str:
    return f"{count} seed{'s' * (count != 1)}"


def _not_yet(card: Card, names: list[str]) -> None:
    there = [
        group.name
        for group in card.groups.values()
        if not any(card.arms[arm].name in names for arm in group.of)
    ]
    there += [team.name for team in card.teams.values() if team.name not in names]
    if there:
        st.caption(f"Not recorded yet: {listed(there)}.")


def _value(mean: float, *, is_share: bool) -> str:
    if math.isnan(mean):
        return "without a number"
    return f"{100 * mean:.1f} %" if is_share else f"{mean:.2f} nats"
