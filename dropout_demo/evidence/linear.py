"""Linear regression with dropout on its two features: SGD, its closed form, and plain ridge.

All that is random comes from one counted generator that `ui/regularisers/linear_math.js` repeats
to the last bit, so that page and program compute the same.

With k the probability of keeping, p = 1 - k, and Γ = diag(XᵀX)^½, the mean over masks of the
squared error is ‖y - kXw‖² + k(1-k)‖Γw‖² where kept features stay as they are (Srivastava et al.
2014, section 9.1). With inverted dropout, as here and in PyTorch, kept features are divided by k,
so that w stands for kw: ‖y - Xw‖² + (p/k)‖Γw‖².
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
Words = NDArray[np.uint64]

SCALES = (1.0, 0.4)
"""Standard deviations of the features: dropout's penalty differs with them, plain ridge's not."""

TRUE_WEIGHTS = (1.0, 2.0)
_FEATURES, _ORDER, _MASKS = 1, 2, 3  # streams of random numbers
_WORD = np.uint64(0xFFFFFFFF)


@dataclass(frozen=True)
class Setting:
    """What is generated and how it is learned. Raises ValueError for what is out of its range."""

    seed: int = 0  # 0..10**6
    points: int = 100  # 5..1,000
    correlation: float = 0.5  # of the two features, -0.95..0.95
    noise: float = 1.0  # standard deviation of what the features do not explain, 0..10
    keep: float = 0.5  # probability of keeping a feature, 0.1..1
    rate: float = 0.01  # learning rate, above 0, at most 1
    steps: int = 10_000  # of one point each, 2..100,000

    def __post_init__(self) -> None:
        ranges = {
            "seed": (0, 10**6),
            "points": (5, 1_000),
            "correlation": (-0.95, 0.95),
            "noise": (0, 10),
            "keep": (0.1, 1),
            "rate": (1e-9, 1),
            "steps": (2, 100_000),
        }
        wrong = [
            f"{name} must be from {low:g} to {high:g}"
            for name, (low, high) in ranges.items()
            if not low <= getattr(self, name) <= high
        ]
        if wrong:
            raise ValueError(f"{'; '.join(wrong)}.")


@dataclass(frozen=True)
class Learned:
    """What SGD comes to: weights (2,) after the last step, and the mean of the last half's."""

    last: Array
    average: Array


def points(setting: Setting) -> tuple[Array, Array]:
    """Features (points, 2) and targets (points,); the first stay as they are when more are asked.

    Features have the standard deviations `SCALES` and the correlation asked for.
    """
    drawn = _normals(setting.seed, _FEATURES, 3 * setting.points).reshape(-1, 3)
    rho = setting.correlation
    second = rho * drawn[:, 0] + math.sqrt(1 - rho * rho) * drawn[:, 1]
    features = np.stack([drawn[:, 0], second], 1) * SCALES
    return features, features @ TRUE_WEIGHTS + setting.noise * drawn[:, 2]


def least_squares(setting: Setting) -> Array:
    """Weights (2,) without any penalty."""
    return closed_form(replace(setting, keep=1.0))


def closed_form(setting: Setting) -> Array:
    """The weights (2,) that make ‖y - Xw‖² + (p/k)‖Γw‖² least."""
    features, targets = points(setting)
    gram = features.T @ features
    return _solved(features, targets, _strength(setting) * np.diag(np.diag(gram)))


def plain_ridge(setting: Setting) -> Array:
    """The weights (2,) under λ‖w‖² with the same trace of the penalty: λ = (p/k) tr(XᵀX) / 2."""
    features, targets = points(setting)
    even = _strength(setting) * float(np.square(features).sum()) / 2
    return _solved(features, targets, even * np.eye(2))


def sgd(setting: Setting) -> Learned:
    """Steps on half the squared error of one point drawn at random, its features under a mask.

    Starts from weights 0; the learning rate stays as it is.
    """
    features, targets = (each.tolist() for each in points(setting))
    picks = _uniforms(setting.seed, _ORDER, setting.steps) * setting.points
    masks = _uniforms(setting.seed, _MASKS, 2 * setting.steps) < setting.keep
    scaled = (masks / setting.keep).reshape(-1, 2).tolist()
    first = second = 0.0
    sums, half = [0.0, 0.0], setting.steps // 2
    for step, (pick, mask) in enumerate(zip(picks.astype(int).tolist(), scaled, strict=True)):
        a, b = features[pick][0] * mask[0], features[pick][1] * mask[1]
        pull = setting.rate * (first * a + second * b - targets[pick])
        first, second = first - pull * a, second - pull * b
        if step >= half:
            sums[0], sums[1] = sums[0] + first, sums[1] + second
    return Learned(np.array([first, second]), np.array(sums) / (setting.steps - half))


def prediction_error(setting: Setting, weights: Array) -> float:
    """The mean squared error on new points: noise² + (w - w*)ᵀ Σ (w - w*), exactly."""
    off = (weights - TRUE_WEIGHTS) * SCALES
    return float(
        setting.noise**2 + off @ off + 2 * setting.correlation * off[0] * off[1],
    )


def linear_row(setting: Setting) -> dict[str, float]:
    """Distances (Euclidean, of weights) and prediction errors of one seed.

    last_distance, average_distance: to the closed form; ridge_distance: of the average to plain
    ridge. Not finite where the rate is too large and the weights run away.
    """
    learned, closed = sgd(setting), closed_form(setting)
    return {
        "last_distance": _distance(learned.last, closed),
        "average_distance": _distance(learned.average, closed),
        "ridge_distance": _distance(learned.average, plain_ridge(setting)),
        "prediction_error_average": prediction_error(setting, learned.average),
        "prediction_error_closed": prediction_error(setting, closed),
    }


def linear_rows(
    seeds: Iterable[int], setting: Setting | None = None
) -> Mapping[str, Mapping[int, Mapping[str, float]]]:
    """Card 15's table: `linear_row` by seed, of the one arm "sgd". setting: the usual one."""
    usual = setting or Setting()
    return {"sgd": {seed: linear_row(replace(usual, seed=seed)) for seed in seeds}}


def _strength(setting: Setting) -> float:
    return (1 - setting.keep) / setting.keep


def _solved(features: Array, targets: Array, penalty: Array) -> Array:
    gram = features.T @ features
    return np.asarray(np.linalg.solve(gram + penalty, features.T @ targets), np.float64)


def _distance(first: Array, second: Array) -> float:
    return float(np.linalg.norm(first - second))


def _uniforms(seed: int, stream: int, count: int) -> Array:
    """The first `count` numbers in [0, 1) of a stream: mulberry32 (Tommy Ettinger, public domain).

    It hashes a counter, so all numbers come at once.
    """
    start = (seed * 0x9E3779B1 + stream * 0x85EBCA6B) & 0xFFFFFFFF
    counter: Words = np.arange(1, count + 1, dtype=np.uint64)
    t: Words = (np.uint64(start) + counter * np.uint64(0x6D2B79F5)) & _WORD
    t = _times(t ^ _right(t, 15), t | np.uint64(1))
    t = t ^ ((t + _times(t ^ _right(t, 7), t | np.uint64(61))) & _WORD)
    return (t ^ _right(t, 14)).astype(np.float64) / 2.0**32


def _right(words: Words, by: int) -> Words:
    return words >> np.uint64(by)


def _times(first: Words, second: Words) -> Words:
    """The low 32 bits of a product, as `Math.imul` gives them."""
    return (first * second) & _WORD


def _normals(seed: int, stream: int, count: int) -> Array:
    """Standard normal numbers, each from two uniform ones (Box and Muller 1958)."""
    pairs = _uniforms(seed, stream, 2 * count).reshape(-1, 2)
    sizes: Array = np.sqrt(-2 * np.log(1 - pairs[:, 0]))
    return sizes * np.cos(2 * np.pi * pairs[:, 1])
