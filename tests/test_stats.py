from __future__ import annotations

import math
from typing import get_args

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats as scipy_stats

from dropout_demo.stats import (
    CONFIDENCE,
    FEWEST_SEEDS,
    MOST_SEEDS,
    Difference,
    Verdict,
    paired_difference,
    seeds_to_settle,
    summary,
    t_quantile,
    verdict,
)


@pytest.mark.parametrize("pairs", [2, 3, 5, 40])
def test_the_interval_is_scipys_paired_t_interval(pairs: int) -> None:
    random = np.random.default_rng(pairs)
    first = random.normal(0.7, 0.01, pairs)
    second = first + random.normal(0.02, 0.01, pairs)
    ours = paired_difference(first.tolist(), second.tolist())
    theirs = scipy_stats.ttest_rel(second, first).confidence_interval(CONFIDENCE)
    assert (ours.low, ours.high) == pytest.approx((theirs.low, theirs.high), rel=1e-9)
    assert ours.mean == pytest.approx((second - first).mean())
    assert ours.pairs == pairs


@pytest.mark.parametrize(("count", "table"), [(2, 12.706), (3, 4.303), (5, 2.776), (31, 2.042)])
def test_the_quantile_is_that_of_the_printed_tables(count: int, table: float) -> None:
    assert t_quantile(count) == pytest.approx(table, abs=5e-4)


def test_the_interval_covers_the_truth_as_often_as_it_says() -> None:
    random = np.random.default_rng(1)
    trials, covered = 2_000, 0
    for _ in range(trials):
        noise = random.normal(0.5, 1, 5)
        told = paired_difference([0.0] * 5, noise.tolist())
        covered += told.low <= 0.5 <= told.high
    assert abs(covered / trials - CONFIDENCE) < 4 * math.sqrt(0.95 * 0.05 / trials)


def test_one_pair_has_a_mean_and_no_interval() -> None:
    told = paired_difference([0.5], [0.75])
    assert (told.mean, told.pairs) == (0.25, 1)
    assert math.isnan(told.low)
    assert math.isnan(told.high)


def test_equal_differences_have_an_interval_of_no_width() -> None:
    assert paired_difference([1, 2, 3], [2, 3, 4]) == Difference(1.0, 1.0, 1.0, 3, 0.0)


@given(st.lists(st.tuples(st.floats(-5, 5), st.floats(-5, 5)), min_size=2, max_size=10))
def test_exchanging_the_arms_mirrors_the_difference(pairs: list[tuple[float, float]]) -> None:
    first, second = zip(*pairs, strict=True)
    there, back = paired_difference(first, second), paired_difference(second, first)
    assert (there.mean, there.low, there.high) == (-back.mean, -back.high, -back.low)
    assert there.low <= there.mean <= there.high


@pytest.mark.parametrize(
    ("first", "second"),
    [([], []), ([1], []), ([1, 2], [1]), ([math.nan], [1]), ([1], [math.inf]), ([-1e308], [1e308])],
)
@pytest.mark.filterwarnings("ignore:overflow encountered:RuntimeWarning")
def test_what_makes_no_pairs_is_refused(first: list[float], second: list[float]) -> None:
    with pytest.raises(ValueError, match=r"make no pairs|not finite"):
        paired_difference(first, second)


NAN = math.nan
TABLE: list[tuple[float, float, int, Verdict, Verdict]] = [
    # low, high, pairs, verdict when "higher" was claimed, when "lower" was claimed
    (0.1, 0.3, 3, "supported", "contradicted"),
    (-0.3, -0.1, 3, "contradicted", "supported"),
    (-0.1, 0.3, 3, "too close to call", "too close to call"),
    (0.0, 0.3, 3, "too close to call", "too close to call"),
    (-0.3, 0.0, 3, "too close to call", "too close to call"),
    (0.0, 0.0, 3, "too close to call", "too close to call"),
    (5e-324, 0.3, 3, "supported", "contradicted"),
    (0.1, 0.1, 5, "supported", "contradicted"),
    (0.1, 0.3, 2, "not enough seeds", "not enough seeds"),
    (NAN, NAN, 1, "not enough seeds", "not enough seeds"),
    (NAN, NAN, 5, "too close to call", "too close to call"),
    (-math.inf, math.inf, 5, "too close to call", "too close to call"),
]


@pytest.mark.parametrize(("low", "high", "pairs", "higher", "lower"), TABLE)
def test_a_verdict_is_what_the_interval_allows(
    low: float, high: float, pairs: int, higher: Verdict, lower: Verdict
) -> None:
    difference = Difference((low + high) / 2, low, high, pairs)
    assert verdict(difference, "higher") == higher
    assert verdict(difference, "lower") == lower


def test_the_table_holds_every_verdict_and_the_least_number_of_seeds() -> None:
    assert {row[3] for row in TABLE} == set(get_args(Verdict))
    assert FEWEST_SEEDS == 3


@given(st.lists(st.floats(-5, 5), min_size=2, max_size=10))
def test_the_effect_is_the_mean_in_standard_deviations_of_the_differences(
    values: list[float],
) -> None:
    told = paired_difference([0.0] * len(values), values)
    assert told.sd == pytest.approx(np.std(values, ddof=1))
    if math.isnan(told.effect):
        assert told.sd <= 1e-6
    else:
        assert told.effect * told.sd == pytest.approx(told.mean)
        t = told.effect * math.sqrt(told.pairs)  # Student's t of a paired test
        if abs(t) < 1e6:
            assert t == pytest.approx(scipy_stats.ttest_1samp(values, 0).statistic)


def test_an_effect_means_nothing_for_one_pair_or_without_a_spread() -> None:
    assert math.isnan(paired_difference([0.5], [0.75]).effect)
    assert math.isnan(paired_difference([0.1, 0.2, 0.3], [0.3, 0.4, 0.5]).effect)


def test_a_summary_is_mean_and_standard_deviation_of_one_arm() -> None:
    told = summary([1.0, 2.0, 4.0])
    assert (told.mean, told.sd, told.count) == (7 / 3, pytest.approx(np.std([1, 2, 4], ddof=1)), 3)
    assert math.isnan(summary([0.5]).sd)
    with pytest.raises(ValueError, match="no mean"):
        summary([])


@given(st.floats(-1, 1), st.floats(0.001, 1), st.integers(2, 10))
def test_the_seeds_to_settle_are_the_fewest_whose_interval_would_exclude_zero(
    mean: float, sd: float, pairs: int
) -> None:
    def excludes(count: int) -> bool:
        low, high = scipy_stats.t.interval(CONFIDENCE, count - 1, mean, sd / math.sqrt(count))
        return bool(low > 0 or high < 0)

    half = t_quantile(pairs) * sd / math.sqrt(pairs)
    told = seeds_to_settle(Difference(mean, mean - half, mean + half, pairs, sd))
    enough = [count for count in range(max(pairs, FEWEST_SEEDS), MOST_SEEDS + 1) if excludes(count)]
    assert told == (enough[0] if enough else None)


@pytest.mark.parametrize(
    "difference",
    [
        paired_difference([0.5], [0.6]),
        paired_difference([0.5, 0.5], [0.6, 0.4]),
        paired_difference([0.5] * 3, [0.5] * 3),
        paired_difference([0.0] * 4, [-10.0, 10.0, -10.0, 10.1]),
    ],
)
def test_nothing_is_guessed_where_nothing_would_settle_it(difference: Difference) -> None:
    assert seeds_to_settle(difference) is None
