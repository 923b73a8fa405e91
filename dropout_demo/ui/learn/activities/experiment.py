"""The recorded pair over its seeds, by one measure or another."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import streamlit as st

from dropout_demo.contrasts import Contrast, contrasts
from dropout_demo.readings import MEASURES, Result
from dropout_demo.recorded import recording
from dropout_demo.sentences import contrast_sentence, interval_words, signed
from dropout_demo.stats import mean_interval
from dropout_demo.ui.learn.activities.choice import reading
from dropout_demo.ui.learn.activities.recorded_words import said
from dropout_demo.ui.plot import Series, plot

SHOWN = {
    "val_accuracy": "Accuracy",
    "gap": "Gap",
    "noise_tax": "Noise tax",
    "val_loss": "Loss",
}
_WHAT = {
    "val_accuracy": "Share of validation images classified rightly",
    "gap": "Validation loss minus training loss, dropout off in both",
    "noise_tax": "Training loss under masks minus training loss without",
    "val_loss": "Cross-entropy on validation images",
}


def experiment(options: Mapping[str, Any]) -> None:
    """Options: measure, the one to begin with (a name in SHOWN; accuracy if left out)."""
    told = recording("article-pair")
    if told is None:
        st.info("The recorded comparison is not part of this copy; `make record` makes it.")
        return
    measure = reading("Measure", SHOWN, options.get("measure"), key="activity-experiment-measure")
    results = [run.result for run in told.runs]
    found = contrasts(results)
    if not found:
        st.info("Only one of the two networks is recorded so far; `make record` makes the rest.")
        return
    contrast, wanted = found[0], MEASURES[measure]
    alt = sentence(contrast, measure)
    unit = "accuracy (% of images)" if wanted.unit == "fraction" else "loss (nats)"
    plot(
        [
            _series(contrast.reference_name, results, contrast.reference, measure, 0),
            _series(contrast.name, results, contrast.arm, measure, 1),
        ],
        key="activity-experiment",
        title=f"{_WHAT[measure]}: mean of {len(contrast.seeds)} seeds, 95 % band",
        x_title="epoch",
        y_title=unit,
        alt=alt,
        percent=wanted.unit == "fraction",
        height=300,
    )
    said(alt, "experiment")


def sentence(contrast: Contrast, measure: str) -> str:
    """What the pair comes to by this measure at the last epoch, verdict included."""
    if measure == "val_accuracy":
        return f"At the last epoch: {_uncapitalised(contrast_sentence(contrast))}"
    estimate = contrast.readings["last"][measure]
    verdict = contrast.verdict(measure)
    raises = "raises" if MEASURES[measure].claimed == "higher" else "lowers"
    return (
        f"At the last epoch the {MEASURES[measure].words} is {estimate.reference.mean:.2f} nats "
        f"with {contrast.reference_name} and {estimate.arm.mean:.2f} with {contrast.name}: "
        f"{signed(estimate.difference.mean, 2)} nats "
        f"({interval_words(estimate.difference, factor=1, digits=2)}). "
        f"That dropout {raises} it: {verdict}."
    )


def _uncapitalised(sentence: str) -> str:
    return sentence[:1].lower() + sentence[1:]


def _series(name: str, results: Sequence[Result], arm: Any, measure: str, colour: int) -> Series:
    runs = [r for r in results if r.config.with_seed(0) == arm.with_seed(0)]
    value = MEASURES[measure].value
    at = [e["epoch"] for e in runs[0].epochs]
    means = [mean_interval([value(run.epochs[i]) for run in runs]) for i in range(len(at))]
    mean, low, high = (list(part) for part in zip(*means, strict=True))
    return Series(name, at, mean, low, high, colour=colour)
