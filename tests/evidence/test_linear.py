"""Linear regression with dropout: solutions by gradients and by masks, not by the same formula."""

from __future__ import annotations

from dataclasses import replace
from itertools import product
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dropout_demo.evidence.linear import (
    SCALES,
    TRUE_WEIGHTS,
    Setting,
    closed_form,
    least_squares,
    linear_row,
    linear_rows,
    plain_ridge,
    points,
    prediction_error,
    sgd,
)

settings = st.builds(
    Setting,
    seed=st.integers(0, 1000),
    points=st.integers(10, 200),
    correlation=st.floats(-0.9, 0.9),
    noise=st.floats(0, 3),
    keep=st.floats(0.2, 1),
)


def mean_over_masks(setting: Setting, weights: np.ndarray[Any, Any]) -> float:
    """The squared error with inverted dropout, in the mean over all masks of each point."""
    features, targets = points(setting)
    total = 0.0
    for first, second in product((0, 1), repeat=2):
        share = 1.0
        for kept in (first, second):
            share *= setting.keep if kept else 1 - setting.keep
        masked = features * np.array([first, second]) / setting.keep
        total += share * float(np.square(targets - masked @ weights).sum())
    return total


@given(settings, st.floats(-0.1, 0.1), st.floats(-0.1, 0.1))
def test_no_other_weights_have_less_squared_error_in_the_mean_over_all_masks(
    setting: Setting, first: float, second: float
) -> None:
    best = closed_form(setting)
    least = mean_over_masks(setting, best)
    assert mean_over_masks(setting, best + np.array([first, second])) >= least * (1 - 1e-12)


@given(settings)
def test_the_papers_scale_and_ours_say_the_same(setting: Setting) -> None:
    features, targets = points(setting)
    keep, weights = setting.keep, closed_form(setting)
    papers = weights / keep  # what the paper calls w, where kept features are not scaled
    gamma = np.diag(np.sqrt(np.diag(features.T @ features)))
    ours = (
        np.square(targets - features @ weights).sum()
        + (1 - keep) / keep * np.square(gamma @ weights).sum()
    )
    theirs = (
        np.square(targets - keep * features @ papers).sum()
        + keep * (1 - keep) * np.square(gamma @ papers).sum()
    )
    assert ours == pytest.approx(theirs)
    assert ours == pytest.approx(mean_over_masks(setting, weights))


@given(settings)
def test_ridge_makes_its_own_penalised_error_least_with_a_penalty_of_the_same_trace(
    setting: Setting,
) -> None:
    features, targets = points(setting)
    trace = (1 - setting.keep) / setting.keep * np.trace(features.T @ features)
    weights = plain_ridge(setting)
    gradient = features.T @ (features @ weights - targets) + trace / 2 * weights
    assert gradient == pytest.approx(np.zeros(2), abs=1e-7 * (1 + trace))


@given(settings)
def test_without_dropout_all_three_solutions_are_least_squares(setting: Setting) -> None:
    kept = replace(setting, keep=1.0)
    features, targets = points(kept)
    expected, *_ = np.linalg.lstsq(features, targets, rcond=None)
    for solution in (least_squares(setting), closed_form(kept), plain_ridge(kept)):
        assert solution == pytest.approx(expected, abs=1e-6)


def test_features_have_their_scales_and_correlation_and_targets_their_noise() -> None:
    setting = Setting(points=1000, correlation=0.7, noise=0.5)
    drawn = [points(replace(setting, seed=seed)) for seed in range(20)]
    features = np.concatenate([each for each, _ in drawn])
    targets = np.concatenate([each for _, each in drawn])
    assert features.std(0) == pytest.approx(SCALES, rel=0.02)
    assert np.corrcoef(features.T)[0, 1] == pytest.approx(0.7, abs=0.02)
    assert (targets - features @ TRUE_WEIGHTS).std() == pytest.approx(0.5, rel=0.03)


def test_more_points_keep_the_first_ones() -> None:
    few, _ = points(Setting(points=20))
    many, _ = points(Setting(points=50))
    assert np.array_equal(few, many[:20])


def test_the_average_comes_closer_to_the_closed_form_with_more_steps_and_the_last_does_not() -> (
    None
):
    short = [linear_row(Setting(seed=seed, steps=2_000)) for seed in range(6)]
    long = [linear_row(Setting(seed=seed, steps=30_000)) for seed in range(6)]

    def mean(rows: list[dict[str, float]], name: str) -> float:
        return float(np.mean([row[name] for row in rows]))

    assert mean(long, "average_distance") < 0.7 * mean(short, "average_distance")
    assert mean(long, "last_distance") > 5 * mean(long, "average_distance")
    assert mean(long, "ridge_distance") > 20 * mean(long, "average_distance")


def test_a_smaller_rate_leaves_less_noise_in_the_last_weights() -> None:
    def spread(rate: float) -> float:
        rows = [linear_row(Setting(seed=s, rate=rate, steps=10_000)) for s in range(6)]
        return float(np.mean([row["last_distance"] for row in rows]))

    assert spread(0.002) < spread(0.05) / 2


def test_too_large_a_rate_ends_in_numbers_and_not_in_an_error() -> None:
    row = linear_row(Setting(keep=0.2, rate=0.05, steps=20_000))
    assert row["last_distance"] > 0.3


def test_the_error_on_new_points_is_what_many_new_points_show() -> None:
    setting = Setting(correlation=0.5, noise=0.7)
    weights = np.array([0.2, 0.9])
    features = np.concatenate(
        [points(replace(setting, seed=s, points=1000))[0] for s in range(100)]
    )
    rest = features @ (weights - TRUE_WEIGHTS)
    expected = setting.noise**2 + float(np.square(rest).mean())
    assert prediction_error(setting, weights) == pytest.approx(expected, rel=0.02)


def test_rows_are_by_arm_and_seed_and_repeat_exactly() -> None:
    rows = linear_rows(range(3))
    assert list(rows) == ["sgd"]
    assert list(rows["sgd"]) == [0, 1, 2]
    assert rows == linear_rows(range(3))
    assert rows["sgd"][1] == linear_row(Setting(seed=1))
    assert len({row["last_distance"] for row in rows["sgd"].values()}) == 3


def test_the_last_weights_are_those_of_the_last_of_half_as_many_averaged() -> None:
    two = sgd(Setting(steps=2))
    assert np.array_equal(two.last, two.average)


def test_settings_out_of_range_are_refused_all_at_once() -> None:
    with pytest.raises(ValueError, match=r"correlation must be .* keep must be from 0.1 to 1"):
        Setting(correlation=1, keep=0)
