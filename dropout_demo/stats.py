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

MOST_SEEDS = 50
"""Seeds beyond which a guess at how many might settle a comparison is not worth saying."""

Verdict = Literal["supported", "contradicted", "too close to call", "not enough seeds"]
Side = Literal["higher", "lower"]


@dataclass(frozen=True)
class Difference:
    """The mean of paired differences with its two-sided interval by Student's t."""

    mean: float
    low: float  # nan below two pairs
    high: float
    pairs: int
    sd: float = math.nan  # standard deviation of the differences (n - 1); nan below two pairs

    @property
    def effect(self) -> float:
        """The standardised effect of paired differences, d_z = mean / sd (Cohen 1988); no unit.

        nan where it means nothing: below two pairs, or without a spread beyond rounding.
        """
        return self.mean / self.sd if self.sd > 1e-9 * abs(self.mean) else math.nan


@dataclass(frozen=True)
class Summary:
    """One arm's values over its seeds: mean, and standard deviation (n - 1; nan for one value)."""

    mean: float
    sd: float
    count: int


def summary(values: Sequence[float]) -> Summary:
    """Raises ValueError for no value."""
    if not values:
        raise ValueError("No values have no mean.")
    count = len(values)
    return Summary(
        float(np.mean(values)), float(np.std(values, ddof=1)) if count > 1 else math.nan, count
    )


def mean_interval(values: Sequence[float]) -> tuple[float, float, float]:
    """Mean with its 95 % interval by Student's t; nan where there is none, all nan for no value."""
    if not values:
        return math.nan, math.nan, math.nan
    told = summary(values)
    if told.count < 2:
        return told.mean, math.nan, math.nan
    half = t_quantile(told.count) * told.sd / math.sqrt(told.count)
    return told.mean, told.mean - half, told.mean + half


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
    sd = float(differences.std(ddof=1))
    half = t_quantile(count) * sd / math.sqrt(count)
    return Difference(mean, mean - half, mean + half, count, sd)


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


def seeds_to_settle(difference: Difference, at_most: int = MOST_SEEDS) -> int | None:
    """The least number of seeds, in all, whose interval would exclude 0 if mean and spread stayed.

    A guess, and a hopeful one: the mean and the spread of few seeds are uncertain themselves. None
    where nothing can be guessed (below two pairs, a mean of 0) or when more than `at_most`.
    """
    if difference.pairs < 2 or difference.mean == 0:
        return None
    for count in range(max(difference.pairs, FEWEST_SEEDS), at_most + 1):
        if abs(difference.mean) > t_quantile(count) * difference.sd / math.sqrt(count):
            return count
    return None
