"""Two arms of a comparison, seed by seed, and what came of them in one sentence."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from dropout_demo.config import LAYERS, RunConfig
from dropout_demo.stats import Difference, Verdict, paired_difference, verdict

LAYER_NAMES = {
    "input": "the image",
    "conv1": "the first convolution",
    "conv2": "the second convolution",
    "conv3": "the third convolution",
    "flatten": "the flattened features",
    "fc1": "the dense layer",
    "logits": "the scores",
}
ARTICLE_LAYERS = ("flatten", "fc1")


@dataclass(frozen=True)
class Result:
    """One finished run: its configuration and its epoch events in order."""

    config: RunConfig
    epochs: tuple[Mapping[str, Any], ...]

    @property
    def last(self) -> Mapping[str, Any]:
        """The last epoch's event."""
        return self.epochs[-1]

    @property
    def gap(self) -> float:
        """Validation loss minus training loss, both with dropout off, at the last epoch; nats."""
        return float(self.last["val"]["loss"] - self.last["train_clean"]["loss"])

    @property
    def accuracy(self) -> float:
        """Validation accuracy at the last epoch, 0..1."""
        return float(self.last["val"]["accuracy"])


@dataclass(frozen=True)
class Comparison:
    """An arm with dropout against its twin without, at the last epoch, over paired seeds."""

    rates: str  # dropout of the second arm, in words
    seeds: int
    gaps: tuple[float, float]  # mean generalisation gap in loss: without, with; nats
    gap: Difference
    accuracies: tuple[float, float]  # mean validation accuracy: without, with; 0..1
    accuracy: Difference

    @property
    def verdict(self) -> Verdict:
        """Of the claim that dropout raises validation accuracy."""
        return verdict(self.accuracy, "higher")

    def sentence(self) -> str:
        """What came of it, in plain words with the numbers."""
        before, after = (_rounded(gap, 2) for gap in self.gaps)
        points = _rounded(100 * self.accuracy.mean, 1)
        gap = "the gap between training and validation loss"
        if min(before, after) < 0:  # a gap of less than nothing would puzzle
            gap = "validation loss minus training loss"
        moved = f"{_moved(after - before)} from {before:.2f} to {after:.2f}"
        if before == after:
            moved = f"stayed at {after:.2f}"
        went = f"{_moved(points)} by {abs(points):.1f} points"
        if points == 0:
            went = "stayed the same to a tenth of a point"
        join = "and" if _sign(points) == -_sign(after - before) else "but"
        return (
            f"With dropout {self.rates} {gap} {moved}, {join} validation accuracy {went} "
            f"({self._evidence()})."
        )

    def _evidence(self) -> str:
        seeds = f"{self.seeds} seed" + ("s" if self.seeds != 1 else "")
        said: str = self.verdict
        if said == "not enough seeds":
            said = "not enough seeds for a verdict"
        elif said == "contradicted":
            said = "that dropout raises it is contradicted"
        if math.isnan(self.accuracy.low):
            return f"{seeds}: {said}"
        low, high = _bound(100 * self.accuracy.low), _bound(100 * self.accuracy.high)
        return f"{seeds}, 95 % interval {low} to {high}: {said}"


def compare(results: Sequence[Result]) -> Comparison | None:
    """The comparison in a set of runs of which some are twins without dropout; None if none are.

    Pairs are runs that differ in dropout alone, one a seed: a run that was repeated counts once.
    With several arms at hand the first that has a twin counts.
    """
    runs = {r.config.hash: r for r in results if r.epochs}
    twins = {key: r.config.without_dropout().hash for key, r in runs.items()}
    paired = [key for key, twin in twins.items() if key != twin and twin in runs]
    if not paired:
        return None
    arm = _arm(runs[paired[0]].config)
    having = [runs[key] for key in paired if _arm(runs[key].config) == arm]
    without = [runs[twins[r.config.hash]] for r in having]
    gaps = [r.gap for r in without], [r.gap for r in having]
    accuracies = [r.accuracy for r in without], [r.accuracy for r in having]
    return Comparison(
        rates=rates_in_words(having[0].config),
        seeds=len(having),
        gaps=(_mean(gaps[0]), _mean(gaps[1])),
        gap=paired_difference(*gaps),
        accuracies=(_mean(accuracies[0]), _mean(accuracies[1])),
        accuracy=paired_difference(*accuracies),
    )


def portrait(result: Result) -> str:
    """One run in a sentence: where validation loss was least, and what happened since."""
    best = min(result.epochs, key=lambda epoch: epoch["val"]["loss"])
    return (
        f"{arm_name(result.config).capitalize()}: validation loss was least after epoch "
        f"{best['epoch']} ({best['val']['loss']:.2f}){_since(best, result)}; validation accuracy "
        f"ended at {100 * result.accuracy:.1f} %."
    )


def _since(best: Mapping[str, Any], result: Result) -> str:
    last = result.last
    if len(result.epochs) == 1:
        return ", the only one"
    if best is last:
        return " and was still falling at the end"
    rise = _rounded(last["val"]["loss"] - best["val"]["loss"], 2)
    if rise == 0:
        return " and has hardly changed since"
    learnt = last["train_clean"]["loss"] < best["train_clean"]["loss"]
    why = " while training loss fell, which is overfitting" if learnt else ""
    return f" and has risen by {rise:.2f} since{why}"


def rates_of(config: RunConfig) -> dict[str, float]:
    """The rates above 0 by layer, in the order of the layers."""
    return {
        at: config.dropout[at].p for at in LAYERS if at in config.dropout and config.dropout[at].p
    }


def rates_in_words(config: RunConfig) -> str:
    """Such as "0.25", one rate at the article's two layers, or "0.2 at the image"."""
    rates = rates_of(config)
    if tuple(rates) == ARTICLE_LAYERS:
        return " and ".join(f"{rate:g}" for rate in dict.fromkeys(rates.values()))
    return _listed([f"{rate:g} at {LAYER_NAMES[layer]}" for layer, rate in rates.items()])


def arm_name(config: RunConfig) -> str:
    """A short name for a curve."""
    rates = rates_of(config)
    if not rates:
        return "no dropout"
    if tuple(rates) == ARTICLE_LAYERS:
        return f"dropout {rates_in_words(config)}"
    return "dropout " + ", ".join(f"{layer} {rate:g}" for layer, rate in rates.items())


def _arm(config: RunConfig) -> str:
    """What all seeds of an arm share."""
    return config.model_copy(update={"seed": 0}).hash


def _mean(values: Sequence[float]) -> float:
    return sum(values) / len(values)


def _rounded(value: float, digits: int) -> float:
    return round(value, digits) + 0.0  # never "-0.0"


def _sign(value: float) -> int:
    return (value > 0) - (value < 0)


def _moved(change: float) -> str:
    return "rose" if change > 0 else "fell"


def _bound(points: float) -> str:
    """To a tenth; a bound that only rounding would put at 0 keeps a digit."""
    return f"{points:.1f}" if abs(points) >= 0.05 or points == 0 else f"{points:.1g}"


def _listed(words: Sequence[str]) -> str:
    *head, last = words
    return f"{', '.join(head)} and {last}" if head else last
