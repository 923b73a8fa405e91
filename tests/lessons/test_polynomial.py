"""The points to fit: a stiff curve misses both sets, a supple one fits its own noise."""

from __future__ import annotations

import numpy as np
from numpy.polynomial import legendre

from dropout_demo.lessons.polynomial import MOST_DEGREE, SPREAD, curve, points


def errors(degree: int) -> tuple[float, float]:
    """Mean squared errors on both sets, fitted by numpy."""
    told = points()
    found = legendre.legfit(told.train_x, told.train_y, degree)
    sets = ((told.train_x, told.train_y), (told.held_x, told.held_y))
    train, held = (float(np.mean((legendre.legval(x, found) - y) ** 2)) for x, y in sets)
    return train, held


def test_the_same_seed_gives_the_same_points_within_the_interval() -> None:
    first, second = points(), points()
    assert np.array_equal(first.train_y, second.train_y)
    assert not np.array_equal(first.train_y, points(1).train_y)
    for x in (first.train_x, first.held_x):
        assert -1 <= x.min() <= x.max() <= 1


def test_both_sets_lie_about_the_curve_by_the_noise_and_no_more() -> None:
    told = points()
    for x, y in ((told.train_x, told.train_y), (told.held_x, told.held_y)):
        assert 0.5 * SPREAD < np.std(y - curve(x)) < 1.5 * SPREAD


def test_training_error_only_falls_and_held_out_error_falls_then_rises() -> None:
    found = [errors(degree) for degree in range(1, MOST_DEGREE + 1)]
    train, held = (np.array(part) for part in zip(*found, strict=True))
    assert (np.diff(train) <= 1e-12).all()
    best = int(held.argmin())
    assert 1 <= best <= 5
    assert held[0] > 2 * held[best]
    assert held[-1] > 10 * held[best]
