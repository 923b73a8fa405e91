"""Recurrent rows as a chart, a sentence and verdicts: recorded and live ones by the same code."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Literal

import streamlit as st

from dropout_demo.evidence.experiments import SEQUENCE_TEXTS, Rows, curves, table
from dropout_demo.evidence.findings import findings
from dropout_demo.evidence.words import amount, evidence, heading, no_verdict
from dropout_demo.lessons.cards import Card
from dropout_demo.sequences.setting import SEQUENCE_ARMS
from dropout_demo.sequences.text import texts
from dropout_demo.stats import FEWEST_SEEDS, mean_interval, summary
from dropout_demo.ui.plain import plain
from dropout_demo.ui.plot import Level, Series, plot

Part = Literal["All words", "Verbs", "Training"]
PARTS: Mapping[Part, tuple[int, str, str]] = {
    "All words": (1, "Validation loss", "validation loss (nats a word)"),
    "Verbs": (2, "Validation loss on verbs, which need memory", "loss on verbs (nats a word)"),
    "Training": (0, "Loss on the training sentences", "training loss, masks off (nats a word)"),
}
"""What may be shown: its place in a row's losses, the chart's title, the axis."""

_SETTLED = 5
"""Epochs left out when the axis is chosen: the first losses are far above all that matters."""

_LATE = 0.9  # of the training

_FULL_SCALE = 1.6
"""The axis reaches up to here at least, so that it holds still while curves grow."""


def best_loss(part: Part) -> float:
    """Nats a word of who knows the language: on the validation sentences or the training ones."""
    if part == "Verbs":
        return 0.0  # the verb follows from the subject
    return texts()[0 if part == "Training" else 1].best


def curves_chart(rows: Rows, part: Part, *, key: str, epochs: int) -> None:
    """Each arm's mean loss by epoch over its seeds, its 95 % interval, and the best possible."""
    place, title, axis = PARTS[part]
    found = curves(rows, place)
    series = [_series(arm, found.get(arm, {})) for arm in SEQUENCE_ARMS]
    ends = [f"{one.name} {one.y[-1]:.2f} after epoch {one.x[-1]}" for one in series if one.y]
    best = best_loss(part)
    plot(
        series,
        key=key,
        title=title,
        x_title="epoch",
        y_title=axis,
        alt=f"{title} by epoch: {', '.join(ends) or 'nothing yet'}; best possible {best:.2f}.",
        levels=[Level("best possible: knowing the language", best, dash="dot")],
        x_range=(0, epochs + 1),
        y_range=_axis(series, best),
    )


def _series(arm: str, by_seed: Mapping[int, Sequence[float]]) -> Series:
    shared = min(map(len, by_seed.values()), default=0)
    banded = len(by_seed) >= FEWEST_SEEDS
    means, low, high = [], [], []
    for at in range(shared):
        mean, lowest, highest = mean_interval([curve[at] for curve in by_seed.values()])
        means.append(mean)
        low.append(lowest)
        high.append(highest)
    return Series(
        SEQUENCE_TEXTS[arm].name,
        list(range(1, shared + 1)),
        means,
        low if banded else None,
        high if banded else None,
        colour=list(SEQUENCE_TEXTS).index(arm),
    )


def _axis(series: Sequence[Series], best: float) -> tuple[float, float]:
    lines = [line for one in series for line in (one.y, one.low, one.high) if line]
    seen = [y for line in lines for y in line[_SETTLED:]]
    low, high = min([best, *seen]), max([_FULL_SCALE, *seen])
    room = 0.08 * (high - low)
    return low - room, high + room


def least_words(rows: Rows) -> str:
    """The least validation losses, and what came after, in a sentence or two; "" without rows."""
    told = table(rows)
    means = {
        arm: {name: summary([row[name] for row in told[arm].values()]).mean for name in _NAMES}
        for arm in SEQUENCE_ARMS
        if told[arm]
    }
    if not means:
        return ""
    least = ", ".join(
        f"{SEQUENCE_TEXTS[arm].name} {means[arm]['least_val_loss']:.3f} "
        f"(epoch {means[arm]['best_epoch']:.0f})"
        for arm in SEQUENCE_ARMS
        if arm in means
    )
    best = best_loss("All words")
    said = f"Least validation loss: {least}; knowing the language would give {best:.3f}."
    if "none" in means:
        rise = means["none"]["last_val_loss"] - means["none"]["least_val_loss"]
        said += f" Without dropout it rises by {rise:.2f} nats after its best: overfitting."
    falling = [SEQUENCE_TEXTS[arm].name for arm in means if _still_falls(rows, arm)]
    if falling:
        said += f" Still near its least when training ends: {', '.join(falling)}."
    return said


def _still_falls(rows: Rows, arm: str) -> bool:
    """Whether the best epochs lie, on average, in the last tenth of the training."""
    own = [row for row in rows.rows if row.arm == arm]
    return summary([row.values["best_epoch"] / len(row.curve) for row in own]).mean > _LATE


_NAMES = ("least_val_loss", "last_val_loss", "best_epoch")


def verdict_lines(card: Card, rows: Rows) -> None:
    """A line for each of the card's comparisons, by the same findings as on its own page."""
    lines = []
    for found in findings(card, table(rows)):
        told = no_verdict(found.difference.pairs if found.difference else 0)
        if found.verdict != "not enough seeds":
            told = f"**{found.verdict.capitalize()}.**"
        shown = f"{plain(amount(found))} ({plain(evidence(found))}). " if found.difference else ""
        lines.append(f"- {plain(heading(found.comparison))}: {shown}{told}")
    st.markdown("\n".join(lines))
