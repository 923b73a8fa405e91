from __future__ import annotations

import itertools
import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dropout_demo.comparison import (
    LAYER_NAMES,
    Result,
    arm_name,
    compare,
    portrait,
    rates_in_words,
    rates_of,
)
from dropout_demo.config import LAYERS, Dropout, RunConfig
from tests.made_runs import ARTICLE, drawn, pairs, result


def sentence(*args: Any, **kwargs: Any) -> str:
    comparison = compare(pairs(*args, **kwargs))
    assert comparison is not None
    return comparison.sentence()


def test_the_sentence_of_a_clear_result() -> None:
    assert sentence((0.31, 0.08), [0.70, 0.71, 0.70], [0.72, 0.73, 0.723]) == (
        "With dropout 0.25 the gap between training and validation loss fell from 0.31 to 0.08, "
        "and validation accuracy rose by 2.1 points (3 seeds, 95 % interval 1.7 to 2.5: supported)."
    )


def test_the_sentence_when_dropout_did_harm() -> None:
    assert sentence((0.31, 0.08), [0.72, 0.73, 0.723], [0.70, 0.71, 0.70]) == (
        "With dropout 0.25 the gap between training and validation loss fell from 0.31 to 0.08, "
        "but validation accuracy fell by 2.1 points (3 seeds, 95 % interval -2.5 to -1.7: "
        "that dropout raises it is contradicted)."
    )


def test_one_seed_gives_no_interval_and_no_verdict() -> None:
    assert sentence((0.3, 0.1), [0.70], [0.72]).endswith(
        "accuracy rose by 2.0 points (1 seed: not enough seeds for a verdict)."
    )


def test_two_seeds_give_an_interval_and_no_verdict() -> None:
    assert re.search(
        r"\(2 seeds, 95 % interval -?\d+\.\d to -?\d+\.\d: not enough seeds for a verdict\)\.$",
        sentence((0.3, 0.1), [0.70, 0.71], [0.72, 0.74]),
    )


def test_runs_that_are_all_equal_are_too_close_to_call() -> None:
    assert sentence((0.3, 0.3), [0.7] * 5, [0.7] * 5) == (
        "With dropout 0.25 the gap between training and validation loss stayed at 0.30, "
        "and validation accuracy stayed the same to a tenth of a point "
        "(5 seeds, 95 % interval 0.0 to 0.0: too close to call)."
    )


def test_a_change_that_rounding_hides_is_not_called_one() -> None:
    said = sentence((0.304, 0.296), [0.7, 0.7, 0.7], [0.7004, 0.7002, 0.7003])
    assert "stayed at 0.30, and validation accuracy stayed the same to a tenth" in said


def test_a_gap_below_zero_is_named_so_that_its_sign_makes_sense() -> None:
    said = sentence((0.05, -0.02), [0.7] * 3, [0.72] * 3)
    assert "With dropout 0.25 validation loss minus training loss fell from 0.05 to -0.02" in said
    assert "gap" not in said
    assert "-0.00" not in sentence((0.05, -0.001), [0.7] * 3, [0.72] * 3)


def test_a_supported_verdict_never_stands_beside_a_bound_rounded_to_zero() -> None:
    tight = sentence((0.3, 0.1), [0.0] * 4, [0.0003, 0.0004, 0.0005, 0.0004])
    assert "interval 0.03 to 0.1: supported" in tight


@pytest.mark.parametrize(
    ("gaps", "points", "join"),
    [
        ((0.3, 0.1), 2, "and validation accuracy rose"),
        ((0.3, 0.1), 0, "but validation accuracy stayed"),
        ((0.3, 0.1), -2, "but validation accuracy fell"),
        ((0.3, 0.3), 2, "but validation accuracy rose"),
        ((0.3, 0.3), 0, "and validation accuracy stayed"),
        ((0.3, 0.3), -2, "but validation accuracy fell"),
        ((0.1, 0.3), 2, "but validation accuracy rose"),
        ((0.1, 0.3), 0, "but validation accuracy stayed"),
        ((0.1, 0.3), -2, "and validation accuracy fell"),
    ],
)
def test_and_joins_what_goes_together_and_but_what_does_not(
    gaps: tuple[float, float], points: int, join: str
) -> None:
    assert f", {join}" in sentence(gaps, [0.5] * 3, [0.5 + points / 100] * 3)


shares = st.floats(0, 1)
gaps_ = st.floats(-3, 3)


@given(gaps_, gaps_, st.lists(st.tuples(shares, shares), min_size=1, max_size=6))
def test_a_sentence_is_never_at_odds_with_its_own_numbers(
    before: float, after: float, accuracies: list[tuple[float, float]]
) -> None:
    without, having = zip(*accuracies, strict=True)
    said = sentence((before, after), without, having)
    moved = re.search(r"(rose|fell) from (-?\d+\.\d\d) to (-?\d+\.\d\d)", said)
    if moved:
        assert (moved[1] == "rose") == (float(moved[3]) > float(moved[2]))
        assert moved[2] != moved[3]
    else:
        assert re.search(r"stayed at -?\d+\.\d\d", said)
    assert "by 0.0 points" not in said
    assert "-0.0 " not in said
    assert "-0.00" not in said
    assert "nan" not in said
    assert f"({len(accuracies)} seed" in said
    if said.endswith(": supported)."):
        assert "accuracy rose" in said or "stayed the same" in said


def test_a_run_that_was_repeated_counts_once() -> None:
    once = pairs((0.3, 0.1), [0.7], [0.72])
    comparison = compare(once * 5)
    assert comparison is not None
    assert comparison.seeds == 1
    assert comparison.verdict == "not enough seeds"


def test_pairs_that_differ_in_more_than_the_seed_are_not_thrown_together() -> None:
    runs = list(
        itertools.chain.from_iterable(
            pairs((0.3, 0.1), [0.7], [0.72], RunConfig.preset("article", learning_rate=rate))
            for rate in (0.001, 0.002, 0.003)
        )
    )
    comparison = compare(runs)
    assert comparison is not None
    assert comparison.seeds == 1


def test_twins_are_found_in_any_order_and_among_others() -> None:
    runs = pairs((0.3, 0.1), [0.70, 0.71, 0.72], [0.72, 0.72, 0.72])
    lonely = result(RunConfig.preset("article", epochs=3), 0, 0.9, 0.9)
    forward, backward = compare([lonely, *runs]), compare([*reversed(runs), lonely])
    assert forward is not None
    assert backward is not None
    assert forward.seeds == backward.seeds == 3
    assert forward.accuracy == pytest.approx(backward.accuracy)
    assert forward.accuracies == pytest.approx((0.71, 0.72))
    assert forward.gaps == pytest.approx((0.3, 0.1))
    assert forward.gap.mean == pytest.approx(-0.2)


def test_with_several_rates_the_first_with_a_twin_counts() -> None:
    other = RunConfig.preset("article", dropout={"fc1": 0.5})
    runs = [*pairs((0.3, 0.1), [0.7], [0.72]), result(other, 0, 0.2, 0.8)]
    comparison = compare(runs)
    assert comparison is not None
    assert (comparison.rates, comparison.seeds) == ("0.25", 1)


def test_without_twins_there_is_no_comparison() -> None:
    having = [result(ARTICLE, seed, 0.1, 0.7) for seed in range(3)]
    plain = [result(RunConfig(), seed, 0.1, 0.7) for seed in range(3, 6)]
    assert compare([]) is None
    assert compare(having) is None
    assert compare(plain) is None
    assert compare(having + plain) is None
    zero = result(RunConfig(dropout={"fc1": Dropout(0.0)}), 3, 0.1, 0.7)
    assert compare([*plain, zero]) is None


def test_runs_that_ended_before_their_first_epoch_are_left_out() -> None:
    runs = pairs((0.3, 0.1), [0.7, 0.7], [0.72, 0.72])
    runs[0] = Result(runs[0].config, ())
    comparison = compare(runs)
    assert comparison is not None
    assert comparison.seeds == 1


@pytest.mark.parametrize(
    ("dropout", "name", "words"),
    [
        ({}, "no dropout", None),
        ({"fc1": 0.0}, "no dropout", None),
        ({"flatten": 0.25, "fc1": 0.25}, "dropout 0.25", "0.25"),
        ({"flatten": 0.25, "fc1": 0.5}, "dropout 0.25 and 0.5", "0.25 and 0.5"),
        ({"fc1": 0.5}, "dropout 0.5 after fc1", "0.5 at the dense layer"),
        ({"fc1": 0.5, "flatten": 0}, "dropout 0.5 after fc1", "0.5 at the dense layer"),
        (
            {"input": 0.2, "conv1": 0.1, "fc1": 0.2},
            "dropout input 0.2, conv1 0.1, fc1 0.2",
            "0.2 at the image, 0.1 at the first convolution and 0.2 at the dense layer",
        ),
    ],
)
def test_arms_are_named_by_their_rates_and_where_they_stand(
    dropout: dict[str, float], name: str, words: str | None
) -> None:
    config = RunConfig.parse({"dropout": dropout})
    assert arm_name(config) == name
    if words is not None:
        assert rates_in_words(config) == words
        assert f"With dropout {words} the gap" in sentence((0.3, 0.1), [0.7], [0.72], config=config)
    assert tuple(rates_of(config)) == tuple(at for at in LAYERS if dropout.get(at))


def test_every_layer_has_a_name() -> None:
    assert tuple(LAYER_NAMES) == LAYERS


def test_a_portrait_tells_overfitting_from_the_numbers() -> None:
    assert portrait(drawn((1.0, 0.9), (0.8, 0.6), (1.1, 0.3))) == (
        "No dropout: validation loss was least after epoch 2 (0.80) and has risen by 0.30 since "
        "while training loss fell, which is overfitting; validation accuracy ended at 70.0 %."
    )


@pytest.mark.parametrize(
    ("run", "said"),
    [
        (drawn((1.0, 0.9), (0.8, 0.6)), "epoch 2 (0.80) and was still falling at the end;"),
        (drawn((1.0, 0.9)), "epoch 1 (1.00), the only one;"),
        (drawn((0.8, 0.6), (0.8, 0.5)), "epoch 1 (0.80) and has hardly changed since;"),
        (drawn((0.8, 0.6), (0.804, 0.5)), "epoch 1 (0.80) and has hardly changed since;"),
        (drawn((0.8, 0.6), (1.0, 0.9)), "epoch 1 (0.80) and has risen by 0.20 since;"),
    ],
)
def test_a_portrait_claims_no_more_than_there_is(run: Result, said: str) -> None:
    assert said in portrait(run)


def test_a_result_is_its_last_epoch() -> None:
    run = drawn((1.0, 0.9), (0.8, 0.6))
    assert run.last["epoch"] == 2
    assert run.gap == pytest.approx(0.2)
    assert run.accuracy == 0.7
