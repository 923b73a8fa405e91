"""What is asked of a trained network for a claim, and which numbers of the answer count."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from immutabledict import immutabledict

from dropout_demo.inside.breaking import WAYS, BreakQuestion
from dropout_demo.inside.deletion import DeletionQuestion, UnitsQuestion
from dropout_demo.inside.facts import NormsQuestion, ShiftQuestion
from dropout_demo.inside.passes import PassesQuestion
from dropout_demo.inside.questions import Question

Values = dict[str, Any]
"""Numbers by name, and lists of numbers for curves; JSON."""


@dataclass(frozen=True)
class Measure:
    """A question, and what is kept of its answer."""

    question: Question
    values: Callable[[Mapping[str, Any]], Values]


def _mean(values: list[float]) -> float:
    return sum(values) / len(values)


def _passes(answer: Mapping[str, Any]) -> Values:
    """One scaled pass against T masked ones: accuracy (0..1), loss (nats), calibration error."""
    told: Values = {}
    for name in ("accuracy", "loss", "calibration"):
        told[f"one_{name}"] = answer["curve"][0][name][0]
        told[f"masked_{name}"] = answer["results"]["masked"][name][0]
        told[f"scaled_{name}"] = answer["results"]["scaled"][name][0]
        told[f"curve_{name}"] = [point[name][0] for point in answer["curve"]]
    return told | {"curve_passes": [point["passes"] for point in answer["curve"]]}


def _breaking(answer: Mapping[str, Any]) -> Values:
    """Accuracy (0..1) and loss by way, means over passes, and the spread of accuracy over them."""
    told: Values = {}
    for way in WAYS:
        accuracy, loss = answer["ways"][way]["accuracy"], answer["ways"][way]["loss"]
        told[f"{way}_accuracy"], told[f"{way}_loss"] = _mean(accuracy), _mean(loss)
        told[f"{way}_range"] = max(accuracy) - min(accuracy)
    return told


def _deletion(answer: Mapping[str, Any]) -> Values:
    """Accuracy (0..1, mean over draws) with shares of fc1's units deleted, and what they cost."""
    accuracy = [_mean(each) for each in answer["accuracy"]]
    shares = [count / answer["units"] for count in answer["deleted"]]
    half = min(range(len(shares)), key=lambda at: abs(shares[at] - 0.5))
    most = min(range(len(shares)), key=lambda at: abs(shares[at] - 0.9))
    return {
        "curve_shares": shares,
        "curve_accuracy": accuracy,
        "lost_at_half": accuracy[0] - accuracy[half],
        "lost_at_nine_tenths": accuracy[0] - accuracy[most],
    }


def _units(answer: Mapping[str, Any]) -> Values:
    """Mean absolute correlation among fc1's units, their mean activation, shares."""
    return {
        "correlation": answer["correlation"],
        "mean": answer["mean"],
        "active": answer["active"],
        "dead": answer["dead"] / answer["units"],
    }


def _norms(answer: Mapping[str, Any]) -> Values:
    """Mean norm of incoming weights by layer."""
    return {layer: each["mean"] for layer, each in answer["norms"].items()}


def _shift(answer: Mapping[str, Any]) -> Values:
    """Variance in evaluation / variance under masks, by batch norm."""
    return dict(answer["ratios"])


MEASURES: Mapping[str, Measure] = immutabledict(
    {
        "passes": Measure(PassesQuestion(), _passes),
        "breaking": Measure(BreakQuestion(), _breaking),
        "deletion": Measure(DeletionQuestion(), _deletion),
        "units": Measure(UnitsQuestion(), _units),
        "norms": Measure(NormsQuestion(), _norms),
        "shift": Measure(ShiftQuestion(), _shift),
    }
)
"""By name; a card's values call them "passes.one_accuracy"."""
