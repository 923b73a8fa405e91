"""The recorded pair of one seed, epoch by epoch: losses with and without dropout, and the gap."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import streamlit as st

from dropout_demo.arms import rates_of
from dropout_demo.readings import MEASURES, Result
from dropout_demo.recorded import recording
from dropout_demo.ui.learn.activities.recorded_words import said
from dropout_demo.ui.plot import Series, plot


def curves(options: Mapping[str, Any]) -> None:
    """Options: seed, of the recorded article pair (0 if left out); epoch, to begin with (1)."""
    seed = options.get("seed", 0)
    told = recording("article-pair")
    runs = [run.result for run in told.runs if run.config.seed == seed] if told else []
    if not runs:
        st.info("The recorded comparison is not part of this copy; `make record` makes it.")
        return
    last = max(len(run.epochs) for run in runs)
    start = min(options.get("epoch", 1), last)
    epoch = st.slider("Epoch", 1, last, start, key="activity-curves-epoch")
    named = [(run, "with dropout" if rates_of(run.config) else "no dropout") for run in runs]
    alt = sentence(named, epoch)
    highest = max(max(_loss(e, "val"), _loss(e, "train_clean")) for run in runs for e in run.epochs)
    plot(
        [one for at, (run, name) in enumerate(named) for one in _series(run, name, at, epoch)],
        key="activity-curves",
        title=f"Loss after {epoch} of {last} epochs",
        x_title="epoch",
        y_title="loss (nats)",
        alt=alt,
        x_range=(0.5, last + 0.5),
        y_range=(0.0, 1.05 * highest),
        height=300,
    )
    said(alt, "curves")


def sentence(named: list[tuple[Result, str]], epoch: int) -> str:
    """The gap of each arm at an epoch, and how validation loss went since its least so far."""
    parts = []
    for run, name in named:
        here = run.epochs[min(epoch, len(run.epochs)) - 1]
        gap = MEASURES["gap"].value(here)
        least = min(run.epochs[:epoch], key=lambda e: _loss(e, "val"))
        rise = _loss(here, "val") - _loss(least, "val")
        since = f", {rise:.2f} above its least at epoch {least['epoch']}" if rise > 0.005 else ""
        parts.append(
            f"{name}, validation loss is {_loss(here, 'val'):.2f} nats{since}, "
            f"and the gap to training loss {gap:.2f}"
        )
    return f"After epoch {epoch}: {'; '.join(parts)}."


def _series(run: Result, name: str, colour: int, epoch: int) -> list[Series]:
    upto = run.epochs[:epoch]
    at = [e["epoch"] for e in upto]
    ends = [_loss(upto[-1], "train_clean"), _loss(upto[-1], "val")]
    shift = at[-1] + (0.06 if colour else -0.06)  # two gaps would lie over one another
    return [
        Series(f"{name}, validation", at, [_loss(e, "val") for e in upto], colour=colour),
        Series(
            f"{name}, training",
            at,
            [_loss(e, "train_clean") for e in upto],
            colour=colour,
            dash=True,
        ),
        Series(f"gap, {name}", [shift, shift], ends, colour=colour, form="rule", dash="dot"),
    ]


def _loss(epoch: Mapping[str, Any], group: str) -> float:
    return float(epoch[group]["loss"])
