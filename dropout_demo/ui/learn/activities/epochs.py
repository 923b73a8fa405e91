"""How many epochs each arm needs, seed by seed (claim 5)."""

from __future__ import annotations

from collections.abc import Mapping
from statistics import mean
from typing import Any

from dropout_demo.evidence.findings import Finding
from dropout_demo.ui.learn.activities.choice import reading
from dropout_demo.ui.learn.activities.recorded_words import (
    finding_of,
    recorded_of,
    said,
    size_words,
    told_if_missing,
    values_of,
    verdict_words,
)
from dropout_demo.ui.plot import Series, plot

CARD = 5
VALUES = {
    "best_epoch": "Epochs to its least validation loss",
    "epochs_to@0.7": "Epochs to a validation accuracy of 70 %",
}


def epochs(options: Mapping[str, Any]) -> None:
    """Options: value, the one to begin with (a name in VALUES)."""
    card, told = recorded_of(CARD)
    if told_if_missing(card, told):
        return
    value = reading("Count", VALUES, options.get("value"), key="activity-time-value")
    by_arm = {arm.name: values_of(told[name], value) for name, arm in card.arms.items()}
    alt = sentence(by_arm, finding_of(CARD, value))
    plot(
        [
            Series(
                name,
                [f"seed {seed}" for seed in values],
                list(values.values()),
                form="bars",
                colour=at,
            )
            for at, (name, values) in enumerate(by_arm.items())
            if values
        ],
        key="activity-time",
        title=VALUES[value],
        x_title="seed",
        y_title="epochs",
        alt=alt,
        height=280,
    )
    said(alt, "time")


def sentence(by_arm: Mapping[str, Mapping[int, float]], finding: Finding) -> str:
    """Means over the seeds, the ratio seed by seed, and what it says of the claim."""
    means = [
        f"{mean(values.values()):.1f} epochs with {name}"
        for name, values in by_arm.items()
        if values
    ]
    told = f"On average {' and '.join(means)}." if means else "No run came to it."
    if finding.difference is None:
        return told
    least = finding.comparison.against
    claim = f"more than {least:g} times as many" if least else "more"
    return (
        f"{told} Seed by seed that is {size_words(finding)}. "
        f"The claim that dropout takes {claim}: {verdict_words(finding)}."
    )
