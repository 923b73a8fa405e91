"""Paired differences over seeds, their confidence intervals, and verdicts."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from scipy.special import stdtrit  # scipy.stats would take half a second to import

CONFIDENCE = 0.95
FEWEST_SEEDS = 3
"""Seeds below which no verdict is given, however large the difference."""

Verdict = Literal["supported", "contradicted", "too close to call", "not enough seeds"]
Side = Literal["higher", "lower"]


@dataclass(frozen=True)
class Difference:
    """The mean of paired differences with its two-sided interval by Student's t."""

    mean: float
    low: float  # nan below two pairs
    high: float
    pairs: int


def paired_difference(first: Sequence[float], second: Sequence[float]) -> Difference:
    """second - first, pair by pair (the same seed in both).

    Raises ValueError for unequal lengths, no pair or a value that is not finite.
    """
    if len(first) != len(second) or not first:
        raise ValueError(f"{len(first)} and {len(second)} values make no pairs.")
    differences = np.subtract(second, first)
    if not np.isfinite(differences).all():
        raise ValueError("A value is not finite.")
    count, mean = len(differences), float(differences.mean())
    if count < 2:
        return Difference(mean, math.nan, math.nan, count)
    half = t_quantile(count) * float(differences.std(ddof=1)) / math.sqrt(count)
    return Difference(mean, mean - half, mean + half, count)


def t_quantile(count: int) -> float:
    """Standard errors of a mean of `count` values (two or more) on each side of the interval."""
    return float(stdtrit(count - 1, 0.5 + CONFIDENCE / 2))


def verdict(difference: Difference, claimed: Side) -> Verdict:
    """What the interval says of the claim that the second arm is higher, or lower."""
    if difference.pairs < FEWEST_SEEDS:
        return "not enough seeds"
    if not (difference.low > 0 or difference.high < 0):
        return "too close to call"
    return "supported" if (difference.mean > 0) == (claimed == "higher") else "contradicted"
