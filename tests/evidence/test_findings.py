"""Differences over seeds and what they come to: properties that hold for any numbers."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dropout_demo.config import RunConfig
from dropout_demo.evidence.findings import Finding, Table, chosen_arm, findings, table_of
from dropout_demo.evidence.values import Told
from dropout_demo.lessons.cards import Card, cards
from dropout_demo.stats import Verdict
from tests.made_runs import result

Rows = Mapping[str, list[float | None]]
FLIPPED: Mapping[Verdict, Verdict] = {"supported": "contradicted", "contradicted": "supported"}


def card(groups: Mapping[str, Any] | None = None, **comparison: Any) -> Card:
    """A card of one comparison over the arms a, b, c and d."""
    arms = {
        name: {"name": f"arm {name}", "query": f"fc1=0.{place}"}
        for place, name in enumerate("abcd", 1)
    }
    one = {"says": "x", "value": "val_accuracy@best", "claimed": "higher", "plus": "b"} | comparison
    plain = cards()[2].model_dump(mode="json") | {"arms": arms, "comparisons": [one], "live": {}}
    return Card.model_validate(plain | {"groups": groups or {}})


def table(rows: Rows, value: str = "val_accuracy@best") -> Table:
    """Values by arm, a seed a place; None where a run has none."""
    return {
        arm: {seed: {} if v is None else {value: v} for seed, v in enumerate(values)}
        for arm, values in rows.items()
    }


def found(rows: Rows, **comparison: Any) -> Finding:
    [finding] = findings(card(**comparison), table(rows))
    return finding


values = st.floats(0.05, 0.95).map(lambda x: round(x, 4))
several = st.lists(st.tuples(values, values), min_size=1, max_size=6)


@given(several)
def test_swapping_the_sides_flips_mean_interval_and_verdict(
    pairs: list[tuple[float, float]],
) -> None:
    rows: Rows = {"a": [a for a, _ in pairs], "b": [b for _, b in pairs]}
    one, other = found(rows, plus="b", minus="a"), found(rows, plus="a", minus="b")
    assert one.difference is not None
    assert other.difference is not None
    assert other.difference.mean == pytest.approx(-one.difference.mean)
    if len(pairs) > 1:
        assert other.difference.low == pytest.approx(-one.difference.high)
    assert other.verdict == FLIPPED.get(one.verdict, one.verdict)
    assert (other.plus, other.minus) == (one.minus, one.plus)


@given(several)
def test_claiming_the_other_side_flips_the_verdict_alone(pairs: list[tuple[float, float]]) -> None:
    rows: Rows = {"a": [a for a, _ in pairs], "b": [b for _, b in pairs]}
    higher = found(rows, minus="a")
    lower = found(rows, minus="a", claimed="lower")
    assert lower.shown == pytest.approx(higher.shown, nan_ok=True)
    assert lower.verdict == FLIPPED.get(higher.verdict, higher.verdict)


@given(several)
def test_a_ratio_is_the_exponential_of_the_difference_of_logarithms(
    pairs: list[tuple[float, float]],
) -> None:
    rows: Rows = {"a": [a for a, _ in pairs], "b": [b for _, b in pairs]}
    logs: Rows = {arm: [math.log(x or 1) for x in row] for arm, row in rows.items()}
    ratio, plain = found(rows, minus="a", ratio=True), found(logs, minus="a")
    assert ratio.shown is not None
    assert plain.shown is not None
    expected = tuple(math.exp(end) for end in plain.shown)
    assert ratio.shown == pytest.approx(expected, nan_ok=True)
    assert ratio.verdict == plain.verdict


@given(several, st.sampled_from([0.5, 1.0, 2.0]))
def test_a_bound_moves_the_verdict_but_not_what_is_shown(
    pairs: list[tuple[float, float]], against: float
) -> None:
    rows: Rows = {"a": [a for a, _ in pairs], "b": [b for _, b in pairs]}
    for ratio in (False, True):
        bound = found(rows, minus="a", against=against, ratio=ratio)
        plain = found(rows, minus="a", ratio=ratio)
        assert bound.shown == pytest.approx(plain.shown, nan_ok=True)
        assert bound.shown is not None
        mean, low, high = bound.shown
        if len(pairs) >= 3 and abs(low - against) > 1e-9 < abs(high - against):
            clear = low > against or high < against
            side: Verdict = "supported" if mean > against else "contradicted"
            assert bound.verdict == (side if clear else "too close to call")


def test_an_average_is_half_the_sum_of_two_arms_and_says_the_same() -> None:
    rows: Rows = {"a": [0.1, 0.2, 0.1], "b": [0.3, 0.3, 0.4], "c": [0.2] * 3, "d": [0.5, 0.6, 0.5]}
    sides: dict[str, Any] = {"plus": ["b", "d"], "minus": ["a", "c"]}
    total, mean = found(rows, **sides), found(rows, average=True, **sides)
    assert total.shown is not None
    assert mean.shown == pytest.approx(tuple(end / 2 for end in total.shown))
    assert mean.verdict == total.verdict == "supported"


def test_a_side_of_its_own_value_compares_two_values_of_one_arm() -> None:
    run = {s: {"val_loss@last": 1.0 + s, "val_loss@best": 0.5} for s in range(3)}
    one = card(plus="a", minus="a", value="val_loss@last", minus_value="val_loss@best")
    [finding] = findings(one, {"a": run})
    assert finding.shown is not None
    assert finding.shown[0] == pytest.approx(1.5)
    assert finding.unit == "nats"


def test_without_a_second_side_the_values_themselves_are_judged() -> None:
    finding = found({"b": [0.1, 0.2, 0.3]})
    assert finding.difference is not None
    assert finding.difference.mean == pytest.approx(0.2)
    assert finding.minus is None


def test_seeds_that_lack_a_value_are_left_out_and_it_is_said_whose() -> None:
    rows: Rows = {"a": [0.1, 0.2, None, 0.2, None], "b": [0.3, None, 0.3, 0.4, 0.3]}
    finding = found(rows, minus="a")
    assert finding.difference is not None
    assert finding.difference.pairs == 2
    assert finding.difference.mean == pytest.approx(0.2)
    assert finding.missing == (
        "Seed 1 is left out: no value of arm b.",
        "Seeds 2, 4 are left out: no value of arm a.",
    )


@pytest.mark.parametrize("wrong", [math.nan, math.inf, -math.inf])
def test_a_value_that_is_no_number_is_left_out(wrong: float) -> None:
    finding = found({"a": [0.1, 0.2, wrong], "b": [0.3, 0.3, 0.3]}, minus="a")
    assert finding.difference is not None
    assert finding.difference.pairs == 2
    assert "Seed 2" in finding.missing[0]


def test_a_ratio_leaves_out_what_has_no_logarithm() -> None:
    finding = found({"a": [1.0, 0.0, 2.0], "b": [2.0, 2.0, 4.0]}, minus="a", ratio=True)
    assert finding.shown is not None
    assert finding.shown[0] == pytest.approx(2)
    assert "Seed 1" in finding.missing[0]


@pytest.mark.parametrize("seeds", [0, 1, 2])
def test_fewer_than_three_seeds_give_no_verdict_however_clear(seeds: int) -> None:
    finding = found({"a": [0.1] * seeds, "b": [0.9] * seeds}, minus="a")
    assert finding.verdict == "not enough seeds"
    assert (finding.shown is None) == (seeds == 0)


def test_an_arm_without_any_run_leaves_a_gap_and_no_error() -> None:
    finding = found({"b": [0.5, 0.6]}, minus="a")
    assert (finding.difference, finding.plus, finding.minus) == (None, None, None)
    assert finding.missing == ("Seeds 0, 1 are left out: no value of arm a.",)


GROUPS = {"best": {"name": "at its best", "of": ["b", "c", "d"]}}


def test_a_group_is_its_arm_of_best_mean_by_validation() -> None:
    rows: Rows = {"a": [0.5] * 3, "b": [0.6] * 3, "c": [0.5, 0.8, 0.9], "d": [0.4] * 3}
    finding = found(rows, groups=GROUPS, plus="best", minus="a")
    assert finding.chosen == {"best": "c"}
    assert finding.difference is not None
    assert finding.difference.mean == pytest.approx((0.0 + 0.3 + 0.4) / 3)


def test_a_group_may_seek_the_lowest() -> None:
    groups = {"best": GROUPS["best"] | {"side": "lower"}}
    rows: Rows = {"b": [0.6] * 3, "c": [0.5] * 3, "d": [0.4] * 3}
    assert chosen_arm(card(groups=groups), table(rows), "best") == "d"


def test_a_group_chooses_over_the_seeds_that_all_its_arms_have() -> None:
    """Otherwise an arm could win by a lucky seed that its rivals have not had."""
    rows: Rows = {"b": [0.5, 0.9, 0.9], "c": [0.6, None, None], "d": [0.4, 0.4, 0.4]}
    assert chosen_arm(card(groups=GROUPS), table(rows), "best") == "c"


def test_a_group_with_an_arm_that_is_still_to_come_chooses_none() -> None:
    rows: Rows = {"a": [0.5] * 3, "b": [0.6] * 3, "c": [], "d": [0.4] * 3}
    finding = found(rows, groups=GROUPS, plus="best", minus="a")
    assert finding.chosen == {}
    assert finding.verdict == "not enough seeds"
    assert finding.missing == ("Seeds 0, 1, 2 are left out: no value of at its best.",)


def test_a_short_version_chooses_among_the_arms_that_it_has() -> None:
    rows: Rows = {"a": [0.5] * 3, "d": [0.7, 0.71, 0.72]}
    finding = found(rows, groups=GROUPS, plus="best", minus="a")
    assert finding.chosen == {"best": "d"}
    assert finding.verdict == "supported"


def test_the_choice_and_what_is_compared_may_be_two_values() -> None:
    one = card(groups=GROUPS, plus="best", minus="a", value="test_accuracy")
    both = ("val_accuracy@best", "test_accuracy")
    runs = {
        arm: {seed: dict(zip(both, pair, strict=True)) for seed in range(3)}
        for arm, pair in {
            "a": (0.1, 0.5),
            "b": (0.9, 0.6),
            "c": (0.2, 0.9),
            "d": (0.3, 0.8),
        }.items()
    }
    [finding] = findings(one, runs)
    assert finding.chosen == {"best": "b"}
    assert finding.shown is not None
    assert finding.shown[0] == pytest.approx(0.1)


def test_a_table_holds_what_the_comparisons_name_and_each_run_has() -> None:
    run = result(RunConfig(), 1, gap=0.3, accuracy=0.75)
    told = Told(run, {"loss": 1.0, "accuracy": 0.7}, {})
    one = card(plus="a", minus="b", value="test_accuracy", minus_value="epochs_to@0.9")
    assert table_of(one, {"a": {1: told}, "b": {}}) == {
        "a": {1: {"test_accuracy": 0.7}},
        "b": {},
    }
