"""What is read off a run, and after which epoch: last, best, or at equal time."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate
from typing import Any, Literal, get_args

from immutabledict import immutabledict

from dropout_demo.config import RunConfig
from dropout_demo.stats import Difference, Side, Summary, paired_difference, summary

Reading = Literal["last", "best", "equal time"]
READINGS: tuple[Reading, ...] = get_args(Reading)

READING_WORDS: Mapping[Reading, str] = immutabledict(
    {
        "last": "at the last epoch",
        "best": "at each run's epoch of least validation loss",
        "equal time": "when the faster of each pair was done",
    }
)

EpochRecord = Mapping[str, Any]


@dataclass(frozen=True)
class Result:
    """One finished run: its configuration and its epoch events in order."""

    config: RunConfig
    epochs: tuple[EpochRecord, ...]

    @property
    def last(self) -> EpochRecord:
        """The last epoch's event."""
        return self.epochs[-1]

    @property
    def best(self) -> EpochRecord:
        """The event of least validation loss, the earlier of equals: never chosen by test images.

        Accuracies are read at the same epoch, though another may hold the highest.
        """
        best: EpochRecord = min(self.epochs, key=lambda epoch: epoch["val"]["loss"])
        return best

    @property
    def seconds(self) -> float:
        """Training and measuring, all epochs."""
        return float(sum(epoch["seconds"] for epoch in self.epochs))

    def at_time(self, seconds: float) -> EpochRecord | None:
        """The last epoch that had ended after so many seconds; None when none had."""
        ends = accumulate(epoch["seconds"] for epoch in self.epochs)
        ended = [e for e, end in zip(self.epochs, ends, strict=True) if end <= seconds]
        return ended[-1] if ended else None

    @property
    def gap(self) -> float:
        """Validation loss minus training loss, both with dropout off, at the last epoch; nats."""
        return MEASURES["gap"].value(self.last)

    @property
    def accuracy(self) -> float:
        """Validation accuracy at the last epoch, 0..1."""
        return MEASURES["val_accuracy"].value(self.last)


@dataclass(frozen=True)
class Measure:
    """A number that an epoch event holds or gives."""

    words: str
    unit: Literal["nats", "fraction"]
    claimed: Side  # where dropout is said to move it, what a verdict is about
    value: Callable[[EpochRecord], float]


def _of(group: str, part: str) -> Callable[[EpochRecord], float]:
    return lambda epoch: float(epoch[group][part])


def _minus(first: tuple[str, str], second: tuple[str, str]) -> Callable[[EpochRecord], float]:
    return lambda epoch: float(epoch[first[0]][first[1]] - epoch[second[0]][second[1]])


_VAL, _CLEAN, _MASKED = "val", "train_clean", "train_masked"

MEASURES: Mapping[str, Measure] = immutabledict(
    val_accuracy=Measure("validation accuracy", "fraction", "higher", _of(_VAL, "accuracy")),
    val_loss=Measure("validation loss", "nats", "lower", _of(_VAL, "loss")),
    gap=Measure(
        "generalisation gap in loss", "nats", "lower", _minus((_VAL, "loss"), (_CLEAN, "loss"))
    ),
    noise_tax=Measure(
        "noise tax in loss", "nats", "higher", _minus((_MASKED, "loss"), (_CLEAN, "loss"))
    ),
    naive_gap=Measure(
        "naive gap in loss", "nats", "lower", _minus((_VAL, "loss"), (_MASKED, "loss"))
    ),
    accuracy_gap=Measure(
        "generalisation gap in accuracy",
        "fraction",
        "lower",
        _minus((_CLEAN, "accuracy"), (_VAL, "accuracy")),
    ),
    accuracy_noise_tax=Measure(
        "noise tax in accuracy",
        "fraction",
        "higher",
        _minus((_CLEAN, "accuracy"), (_MASKED, "accuracy")),
    ),
    accuracy_naive_gap=Measure(
        "naive gap in accuracy",
        "fraction",
        "lower",
        _minus((_MASKED, "accuracy"), (_VAL, "accuracy")),
    ),
)
"""Gaps and the tax are positive where the training set looks better: naive gap = gap - noise tax.

The generalisation gap compares like with like, dropout off on both sides. The noise tax is what
masks (and the running mean of an epoch in which the network still learns) take from the training
measure; the naive gap of most tutorials mixes the two.
"""


@dataclass(frozen=True)
class Estimate:
    """One measure of two arms over the seeds that both have: each arm, and arm - reference."""

    reference: Summary
    arm: Summary
    difference: Difference


def estimates(
    pairs: Sequence[tuple[Result, Result]], reading: Reading
) -> Mapping[str, Estimate] | None:
    """Every measure at one reading; None when no pair has one.

    pairs: (reference, arm), one a seed. At equal time a pair counts only if both had an epoch done.
    """
    picked = [picks for picks in (_picked(*pair, reading) for pair in pairs) if picks is not None]
    if not picked:
        return None
    told = {}
    for name, measure in MEASURES.items():
        first = [measure.value(reference) for reference, _ in picked]
        second = [measure.value(arm) for _, arm in picked]
        told[name] = Estimate(summary(first), summary(second), paired_difference(first, second))
    return immutabledict(told)


def _picked(
    reference: Result, arm: Result, reading: Reading
) -> tuple[EpochRecord, EpochRecord] | None:
    if reading == "last":
        return reference.last, arm.last
    if reading == "best":
        return reference.best, arm.best
    seconds = min(reference.seconds, arm.seconds)
    first, second = reference.at_time(seconds), arm.at_time(seconds)
    return None if first is None or second is None else (first, second)
