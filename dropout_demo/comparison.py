"""A network with dropout against its twin without, in one sentence; and one run in a sentence.

The parts stand in their own modules: `readings` (what is read off a run), `arms` (names),
`contrasts` (which arm against which), `sentences`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from dropout_demo.arms import LAYER_NAMES, arm_name, arm_names, rates_in_words, rates_of
from dropout_demo.contrasts import Contrast, contrasts
from dropout_demo.readings import EpochRecord, Result
from dropout_demo.sentences import contrast_sentence, rounded
from dropout_demo.stats import Difference, Verdict

__all__ = [
    "LAYER_NAMES",
    "Comparison",
    "Contrast",
    "Result",
    "arm_name",
    "arm_names",
    "compare",
    "contrasts",
    "portrait",
    "rates_in_words",
    "rates_of",
]


@dataclass(frozen=True)
class Comparison:
    """An arm with dropout against its twin without, at the last epoch, over paired seeds."""

    contrast: Contrast

    @property
    def rates(self) -> str:
        """Dropout of the second arm, in words."""
        return rates_in_words(self.contrast.arm)

    @property
    def seeds(self) -> int:
        """Pairs that count."""
        return len(self.contrast.seeds)

    @property
    def gaps(self) -> tuple[float, float]:
        """Mean generalisation gap in loss: without, with; nats."""
        return self._means("gap")

    @property
    def gap(self) -> Difference:
        """Difference of the generalisation gap in loss; nats."""
        return self.contrast.readings["last"]["gap"].difference

    @property
    def accuracies(self) -> tuple[float, float]:
        """Mean validation accuracy: without, with; 0..1."""
        return self._means("val_accuracy")

    @property
    def accuracy(self) -> Difference:
        """Difference of validation accuracy, fraction."""
        return self.contrast.accuracy

    @property
    def verdict(self) -> Verdict:
        """Of the claim that dropout raises validation accuracy."""
        return self.contrast.verdict()

    def sentence(self) -> str:
        """What came of it, in plain words with the numbers."""
        return contrast_sentence(self.contrast)

    def _means(self, measure: str) -> tuple[float, float]:
        estimate = self.contrast.readings["last"][measure]
        return estimate.reference.mean, estimate.arm.mean


def compare(results: Sequence[Result]) -> Comparison | None:
    """The comparison in a set of runs of which some are twins without dropout; None if none are.

    Pairs are runs that differ in dropout alone, one a seed: a run that was repeated counts once.
    With several arms at hand the first that has a twin counts.
    """
    return next((Comparison(told) for told in contrasts(results) if told.twins), None)


def portrait(result: Result) -> str:
    """One run in a sentence: where validation loss was least, and what happened since."""
    best = result.best
    return (
        f"{arm_name(result.config).capitalize()}: validation loss was least after epoch "
        f"{best['epoch']} ({best['val']['loss']:.2f}){_since(best, result)}; validation accuracy "
        f"ended at {100 * result.accuracy:.1f} %."
    )


def _since(best: EpochRecord, result: Result) -> str:
    last = result.last
    if len(result.epochs) == 1:
        return ", the only one"
    if best is last:
        return " and was still falling at the end"
    rise = rounded(last["val"]["loss"] - best["val"]["loss"], 2)
    if rise == 0:
        return " and has hardly changed since"
    learnt = last["train_clean"]["loss"] < best["train_clean"]["loss"]
    why = " while training loss fell, which is overfitting" if learnt else ""
    return f" and has risen by {rise:.2f} since{why}"
