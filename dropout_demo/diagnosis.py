"""What a run's curves say of it: underfits, still learning, overfits since an epoch, diverged, ...

Read from two losses an epoch, both with dropout off: validation, and the fixed training sample.
Both are smoothed by the median of three epochs first, so that no single epoch decides.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations
from statistics import median
from typing import Literal

from dropout_demo.arms import arm_name
from dropout_demo.readings import CHANCE_LOSS, DIVERGED_LOSS, Result, number

Word = Literal[
    "diverged",
    "too short",
    "underfits",
    "still learning",
    "overfits",
    "fits well",
    "has settled",
    "unstable",
]

CLASSES = 10

OVERFIT_RISE = 0.035
"""Share by which validation loss must have risen above its least to call it overfitting.

The article's network with dropout, recorded over ten runs, wobbles by up to 3 % at its plateau;
without dropout it rises by 20 % and more.
"""

CLEAR_RISE = 0.1
"""Share from which a rise counts though the curve has levelled out since; a smaller one must still
be going on at the end, or one lucky epoch in the middle would make it."""

STILL_FALLING = 0.007
"""Share by which validation loss falls from epoch to epoch, at the end of a run that still learns.

Networks of an eighth of the width fall by 0.9 to 1.5 % at the end of a quick run, by 0.2 % after
three times as long; the article's network with dropout by 0.1 to 1 % after its 15 epochs.
"""

HIGH_LOSS = 0.5
"""Share of the loss of a blind guess that the training loss of an underfitting network keeps.

Quick runs that cannot learn (rate 0.8 everywhere, a learning rate ten times too large) keep all of
it, an eighth of the width two thirds; a network that only stopped early is told by its slope.
"""

SMALL_GAP = 0.1
"""Generalisation gap that counts as small, as a share of the loss of a blind guess: 0.23 nats."""

BELOW = 0.02
"""Share of the loss of a blind guess from which validation loss lies clearly below training loss:
0.05 nats. Random labels do that, and then a small gap says nothing of how well a network fits."""

FEWEST_EPOCHS = 3
"""Epochs below which a curve has no shape."""

FEWEST_FOR_A_SLOPE = 7
"""Epochs, at the end, that a slope is read from at least: one outlier of seven changes little."""


@dataclass(frozen=True)
class Diagnosis:
    """A word, the epoch it has held since (overfitting alone has one), and a sentence."""

    word: Word
    since_epoch: int | None
    sentence: str

    @property
    def words(self) -> str:
        """Short enough for a table: "overfits since epoch 7"."""
        return (
            self.word if self.since_epoch is None else f"{self.word} since epoch {self.since_epoch}"
        )


def diagnose(result: Result) -> Diagnosis:
    """What became of one run. Raises ValueError for a run without an epoch."""
    if not result.epochs:
        raise ValueError("A run without an epoch has no diagnosis.")
    curves = _Curves(result)
    word = _word(curves)
    since = curves.turn if word == "overfits" else None
    name = arm_name(result.config)
    return Diagnosis(word, since, f"{name[0].upper()}{name[1:]} {_said(word, curves)}")


class _Curves:
    """The smoothed losses of a run, and what is read off them; nats."""

    def __init__(self, result: Result) -> None:
        self.raw = [float(epoch["val"]["loss"]) for epoch in result.epochs]
        val = _smooth(self.raw)
        clean = _smooth([float(epoch["train_clean"]["loss"]) for epoch in result.epochs])
        self.count = len(val)
        least = min(range(self.count), key=val.__getitem__)
        near = range(max(0, least - 1), min(self.count, least + 2))
        at = min(near, key=self.raw.__getitem__)
        self.turn = int(result.epochs[at]["epoch"])  # 1-based
        self.least, self.last = val[least], val[-1]
        self.rise = self.last - self.least
        self.learnt_since = clean[-1] < clean[least]
        self.clean, self.gap = clean[-1], self.last - clean[-1]
        self.fall = _fall(self.raw[-max(FEWEST_FOR_A_SLOPE, self.count // 3) :])
        self.floor = noise_floor(result.config.label_noise)
        self.kept = int(result.kept["epoch"])
        self.went_back = result.kept is not result.last
        self.stopped = result.config.patience is not None and self.count < result.config.epochs


def _smooth(values: Sequence[float]) -> list[float]:
    """The median of the three epochs around each; at an end, of the three nearest."""
    if len(values) < FEWEST_EPOCHS:
        return list(values)
    starts = (min(max(at - 1, 0), len(values) - 3) for at in range(len(values)))
    return [median(values[start : start + 3]) for start in starts]


def _fall(values: Sequence[float]) -> float:
    """How far the values fall from one to the next, by the median slope of all pairs.

    The slope of Theil (1950) and Sen (1968): up to 29 % of the values may be outliers. 0 for one.
    """
    pairs = combinations(enumerate(values), 2)
    slopes = [(early - late) / (j - i) for (i, early), (j, late) in pairs]
    return median(slopes) if slopes else 0.0


def noise_floor(label_noise: float) -> float:
    """The least training loss, in nats, without memorising which labels are random.

    The entropy of a label that is right but for a fraction replaced by one of ten, drawn evenly.
    """
    wrong = label_noise * (CLASSES - 1) / CLASSES
    each = wrong / (CLASSES - 1)
    parts = [1 - wrong, *[each] * (CLASSES - 1)]
    return -sum(part * math.log(part) for part in parts if part > 0)


def _word(curves: _Curves) -> Word:
    if curves.last > DIVERGED_LOSS:
        return "diverged"
    if curves.count < FEWEST_EPOCHS:
        return "too short"
    chance = CHANCE_LOSS
    share = curves.rise / curves.least if curves.least else (math.inf if curves.rise > 0 else 0.0)
    risen = share >= CLEAR_RISE or (share >= OVERFIT_RISE and curves.fall < 0)
    if risen and curves.learnt_since:
        return "overfits"
    if not risen and curves.fall > 0 and curves.fall >= STILL_FALLING * curves.last:
        return "still learning"
    small = curves.gap <= SMALL_GAP * chance
    if small and curves.clean - curves.floor >= HIGH_LOSS * (chance - curves.floor):
        return "underfits"
    if risen:
        return "unstable"
    return "fits well" if small and curves.gap >= -BELOW * chance else "has settled"


def _said(word: Word, curves: _Curves) -> str:
    clean, least, last = (number(loss, 2) for loss in (curves.clean, curves.least, curves.last))
    level = f"validation loss has levelled out, {_gap_words(curves)}"
    said = {
        "diverged": f"diverged: its loss grew to {last}, far beyond the {CHANCE_LOSS:.2f} of "
        "guessing; a smaller learning rate may help",
        "too short": "ran for too few epochs to say how its curves go",
        "underfits": f"underfits: training loss itself stays high at {clean} and no longer falls, "
        "so it is not for lack of images that it does badly",
        "still learning": "was still learning: validation loss was falling at the end, "
        "so more epochs would help",
        "overfits": f"overfits since epoch {curves.turn}: validation loss has risen from "
        f"{least} to {last} while training loss fell to {clean}",
        "fits well": f"fits well: {level}",
        "has settled": f"has settled: {level}",
        "unstable": "became unstable: validation loss has risen though training loss did not "
        "fall, so smaller steps may help",
    }[word]
    if curves.went_back:
        ended = "ended it and " if curves.stopped else ""
        said += f"; early stopping {ended}went back to epoch {curves.kept}"
    return f"{said}."


def _gap_words(curves: _Curves) -> str:
    gap = number(abs(curves.gap), 2)
    if gap == "0.00":
        return "level with training loss"
    if curves.gap > 0:
        return f"{gap} above training loss"
    why = ", which counts the random labels" if curves.floor > 0 else ""
    return f"{gap} below training loss{why}"
