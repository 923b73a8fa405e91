"""What is read off a run, and after which epoch: the last (or kept) one, best, or at equal time."""

from __future__ import annotations

import math
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
"""A run with early stopping ends by going back to its best epoch, so at its last epoch, and at
equal time, the best so far is read: the network that it keeps."""

EpochRecord = Mapping[str, Any]

CHANCE_LOSS = math.log(10)
"""Cross-entropy of guessing blindly among ten classes, in nats: 2.30."""

DIVERGED_LOSS = 10 * CHANCE_LOSS
"""Validation loss, in nats, above which a run has diverged: as if every image's class were given a
probability of 1e-10. The recorded runs of the article, which overfit, stay below 1.4."""


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
    def kept(self) -> EpochRecord:
        """The event of the epoch whose network the run ends with.

        The last one; with early stopping the best one, that such a run goes back to.
        """
        return self.last if self.config.patience is None else self.best

    @property
    def seconds(self) -> float:
        """Training and measuring, all epochs: when the last one ended."""
        return self._ends()[-1] if self.epochs else 0.0

    def at_time(self, seconds: float) -> EpochRecord | None:
        """What the run would have kept had it ended after so many seconds; None before an epoch.

        The last epoch that had ended; with early stopping the best of those that had.
        """
        ended = tuple(e for e, end in zip(self.epochs, self._ends(), strict=True) if end <= seconds)
        return Result(self.config, ended).kept if ended else None

    @property
    def gap(self) -> float:
        """Validation loss minus training loss, both with dropout off, of `kept`; nats."""
        return MEASURES["gap"].value(self.kept)

    @property
    def accuracy(self) -> float:
        """Validation accuracy of `kept`, 0..1."""
        return MEASURES["val_accuracy"].value(self.kept)

    def _ends(self) -> list[float]:
        """When each epoch ended, in seconds of the run, summed from left to right.

        `sum` may add more exactly than that, so that a run would be done before its last epoch.
        """
        return list(accumulate(float(epoch["seconds"]) for epoch in self.epochs))


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
)
"""Gaps and the tax are positive where the training set looks better: naive gap = gap - noise tax.

The generalisation gap compares like with like, dropout off on both sides. The noise tax is what
masks (and the running mean of an epoch in which the network still learns) take from the training
measure; the naive gap of most tutorials mixes the two.
"""


@dataclass(frozen=True)
class Estimate:
    """One measure of two arms over the seeds that both have: each arm, and arm - reference.

    diverged: how many of the reference's and of the arm's epochs that were read have a validation
    loss above DIVERGED_LOSS, so that losses and gaps mean nothing.
    """

    reference: Summary
    arm: Summary
    difference: Difference
    diverged: tuple[int, int] = (0, 0)


def rounded(value: float, digits: int) -> float:
    """Never -0.0."""
    return round(value, digits) + 0.0


def number(value: float, digits: int) -> str:
    """With so many decimals and never "-0.00"; from 1,000 on short, such as "1.5e5"."""
    if abs(value) < 1_000:
        return f"{rounded(value, digits):.{digits}f}"
    mantissa, _, power = f"{value:.1e}".partition("e")
    return f"{mantissa}e{int(power)}"


def estimates(
    pairs: Sequence[tuple[Result, Result]], reading: Reading
) -> Mapping[str, Estimate] | None:
    """Every measure at one reading; None when no pair has one.

    pairs: (reference, arm), one a seed. At equal time a pair counts only if both had an epoch done.
    """
    picked = [picks for picks in (_picked(*pair, reading) for pair in pairs) if picks is not None]
    if not picked:
        return None
    loss, told = MEASURES["val_loss"].value, {}
    diverged = (
        sum(loss(reference) > DIVERGED_LOSS for reference, _ in picked),
        sum(loss(arm) > DIVERGED_LOSS for _, arm in picked),
    )
    for name, measure in MEASURES.items():
        first = [measure.value(reference) for reference, _ in picked]
        second = [measure.value(arm) for _, arm in picked]
        apart = paired_difference(first, second)
        told[name] = Estimate(summary(first), summary(second), apart, diverged)
    return immutabledict(told)


def _picked(
    reference: Result, arm: Result, reading: Reading
) -> tuple[EpochRecord, EpochRecord] | None:
    if reading == "last":
        return reference.kept, arm.kept
    if reading == "best":
        return reference.best, arm.best
    seconds = min(reference.seconds, arm.seconds)
    first, second = reference.at_time(seconds), arm.at_time(seconds)
    return None if first is None or second is None else (first, second)
