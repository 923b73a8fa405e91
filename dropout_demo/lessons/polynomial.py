"""Points of a curve with noise, to fit by polynomials: a good fit and the two bad ones."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Numbers = NDArray[np.float64]

SEED = 119
TRAINING = 14
HELD_OUT = 40
SPREAD = 0.25
"""Standard deviation of the noise: no fit can foretell better than its square, 0.0625."""

MOST_DEGREE = 12


@dataclass(frozen=True)
class Points:
    """Noisy points of `curve`: x in -1..1, both float64 (TRAINING,) and (HELD_OUT,)."""

    train_x: Numbers
    train_y: Numbers
    held_x: Numbers
    held_y: Numbers


def curve(x: Numbers) -> Numbers:
    """What the points come from, without their noise."""
    values: Numbers = np.sin(2.6 * x + 0.3) + 0.3 * x
    return values


def points(seed: int = SEED) -> Points:
    """The same ones for a seed; both sets are drawn alike: only the fit tells them apart."""
    rng = np.random.default_rng(seed)
    train_x, held_x = (np.sort(rng.uniform(-1, 1, count)) for count in (TRAINING, HELD_OUT))
    train_y, held_y = (curve(x) + SPREAD * rng.standard_normal(len(x)) for x in (train_x, held_x))
    return Points(train_x, train_y, held_x, held_y)
