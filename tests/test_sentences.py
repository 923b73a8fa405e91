from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dropout_demo.config import RunConfig
from dropout_demo.contrasts import Contrast, contrasts
from dropout_demo.readings import Result
from dropout_demo.sentences import (
    CHANCE_NOTE,
    DIVERGED_NOTE,
    MOST_WORDS,
    STOPPING_NOTE,
    answer,
    arms_sentence,
    bound,
    contrast_sentence,
    signed,
)
from dropout_demo.sweeps import SWEEPS, sweep
from tests.made_runs import ARTICLE, epoch, pairs, result

PLAIN = RunConfig()


def rates(*accuracies: Sequence[float]) -> list[Contrast]:
    """Arms of ever higher rate by their accuracies over seeds, the first without dropout."""
    arms = sweep("rate", [at / 12 for at in range(len(accuracies))], PLAIN)
    return contrasts(
        [
            result(arm, seed, 0.1, value)
            for arm, values in zip(arms, accuracies, strict=True)
            for seed, value in enumerate(values)
        ]
    )


def sentence(*args: Any, **kwargs: Any) -> str:
    (contrast,) = contrasts(pairs(*args, **kwargs))
    return contrast_sentence(contrast)


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
    assert not re.search(r"\de-\d", said)
    assert "nan" not in said
    assert f"({len(accuracies)} seed" in said
    if said.endswith(": supported)."):
        assert "accuracy rose" in said or "stayed the same" in said


def test_several_arms_are_better_worse_or_undecided_with_their_numbers() -> None:
    told = rates([0.7, 0.7, 0.7], [0.72, 0.721, 0.719], [0.65, 0.66, 0.64], [0.70, 0.72, 0.705])
    assert arms_sentence(told) == (
        "Validation accuracy against no dropout (3 seeds, 95 % intervals in points): "
        "higher with dropout 0.0833333 (+2.0, 1.8 to 2.2); "
        "lower with dropout 0.166667 (-5.0, -7.5 to -2.5); "
        "too close to call with dropout 0.25 (+0.8)."
    )
    assert answer(told)[1] == CHANCE_NOTE


def test_the_best_looking_arm_is_named_with_a_guess_when_it_is_undecided() -> None:
    told = rates([0.7, 0.7, 0.7], [0.71, 0.72, 0.705], [0.65, 0.66, 0.64])
    assert re.search(
        r"\. Dropout 0\.0833333 looks best but is undecided\. "
        r"About \d+ more seeds? might settle it, a guess from the spread of these few\.$",
        arms_sentence(told),
    )


def test_a_hopeless_guess_is_not_made() -> None:
    told = rates([0.7] * 3, [0.60, 0.80, 0.701], [0.65, 0.66, 0.64])
    assert arms_sentence(told).endswith("More seeds are not likely to settle it soon.")


def test_too_few_seeds_are_said_for_several_arms() -> None:
    said = arms_sentence(rates([0.7], [0.72], [0.6]))
    assert "(1 seed, in points): not enough seeds for a verdict with" in said
    assert "(+2.0)" in said
    assert answer(rates([0.7], [0.72], [0.6])) == [said]  # no interval that could mislead
    assert "nan" not in said


def test_pairs_of_twins_are_told_as_such() -> None:
    arms = [
        RunConfig(width=width, dropout=drop)
        for width in (0.5, 2.0)
        for drop in ({}, ARTICLE.dropout)
    ]
    runs = [
        result(arm, seed, 0.1, 0.7 + 0.01 * at) for seed in range(3) for at, arm in enumerate(arms)
    ]
    twins, others, *_ = answer(contrasts(runs))
    assert twins.startswith("Validation accuracy against its twin without dropout (3 seeds")
    assert "no dropout · width 2" not in twins
    assert others == (
        "Validation accuracy against no dropout · width 0.5 (3 seeds, 95 % intervals in points): "
        "higher with no dropout · width 2 (+2.0, 2.0 to 2.0)."
    )


@given(st.lists(st.sampled_from(["", "0.25", "0.5"]), min_size=4, max_size=12), st.data())
def test_no_arm_of_a_comparison_is_passed_over(rates: list[str], data: st.DataObject) -> None:
    arms = [
        RunConfig.parse({"width": 0.5 + at // 3, "dropout": {"fc1": float(rate)} if rate else {}})
        for at, rate in enumerate(rates[:10])
    ]
    reference = data.draw(st.sampled_from(arms))
    told = contrasts([result(arm, 0, 0.1, 0.7 + at / 99) for at, arm in enumerate(arms)], reference)
    said = [line for line in answer(told) if line.startswith("Validation accuracy against")]
    if len(told) > 1:
        named = sum(len(re.findall(r"\([+-]\d", line)) for line in said)
        others = sum(int(n) for line in said for n in re.findall(r"(\d+) (?:other|arm)s?\b", line))
        assert named + others == len(told)


accuracy = st.lists(st.floats(0, 1), min_size=1, max_size=5)


@given(st.lists(accuracy, min_size=3, max_size=12))
def test_an_answer_over_arms_is_short_and_counts_every_arm(rows: list[list[float]]) -> None:
    told = rates(*rows)
    said = arms_sentence(told)
    assert len(said.split()) <= MOST_WORDS
    assert "nan" not in said
    assert "(+0.0)" not in said
    assert "-0.0)" not in said
    first = said.split(" looks best")[0]
    named = len(re.findall(r"dropout 0\.\d+ \(", first))
    others = sum(map(int, re.findall(r"(\d+) (?:other|arm)s?\b", first)))
    assert named + others == len(told)


@pytest.mark.parametrize("field", SWEEPS)
def test_every_sweep_ends_in_an_answer(field: str) -> None:
    arms = sweep(field, SWEEPS[field] if field != "kind" else ("element", "connect"), PLAIN)
    runs = [result(arm, seed, 0.1, 0.7 + seed / 100) for seed in range(3) for arm in arms]
    said = answer(contrasts(runs))
    assert said
    assert len(said[0].split()) <= MOST_WORDS


def test_an_arm_that_is_no_twin_is_told_against_the_reference_by_name() -> None:
    runs = [
        result(RunConfig(width=width), seed, 0.3, 0.7 + width / 100)
        for width in (1.0, 2.0)
        for seed in range(3)
    ]
    assert contrast_sentence(contrasts(runs)[0]) == (
        "With width 2 instead of width 1 the gap between training and validation loss stayed at "
        "0.30, but validation accuracy rose by 1.0 points (3 seeds, 95 % interval 1.0 to 1.0: "
        "supported)."
    )
    assert "that it raises accuracy is contradicted" in contrast_sentence(
        contrasts(runs, RunConfig(width=2.0))[0]
    )


def test_left_out_seeds_and_a_close_call_are_remarked_upon() -> None:
    runs = pairs((0.3, 0.3), [0.70, 0.71, 0.70], [0.71, 0.73, 0.705])
    runs += [result(ARTICLE, seed, 0.3, 0.7) for seed in range(3, 10)]
    said = answer(contrasts(runs))
    assert said[1] == (
        "Seeds 3, 4, 5, 6, 7 and 2 more are left out: only one of the two networks has "
        "finished there."
    )
    assert re.fullmatch(r"About \d+ more seeds? might settle it, a guess .*\.", said[2])
    one = contrasts([*pairs((0.3, 0.3), [0.7], [0.71]), result(ARTICLE, 1, 0.3, 0.7)])
    assert answer(one)[1].startswith("Seed 1 is left out")


def test_left_out_seeds_are_said_once_for_several_arms() -> None:
    told = rates([0.7] * 5, [0.72, 0.721, 0.719], [0.65, 0.66, 0.64, 0.65])
    (said,) = (line for line in answer(told) if "left out" in line)
    assert said == "Seeds 3 and 4 are left out where only one of two networks has finished."
    assert not any("left out" in line for line in answer(rates([0.7], [0.72], [0.6])))


def test_with_early_stopping_it_is_said_which_epoch_counts() -> None:
    stopping = RunConfig.preset("article", patience=2)
    pair = contrasts(pairs((0.3, 0.1), [0.7] * 3, [0.72] * 3, stopping))
    assert STOPPING_NOTE in answer(pair)
    runs = [result(RunConfig(patience=p), s, 0.1, 0.7) for s in range(3) for p in (None, 2, 3)]
    assert answer(contrasts(runs)).count(STOPPING_NOTE) == 1
    assert STOPPING_NOTE not in answer(rates([0.7], [0.72], [0.6]))


def close(loss: float) -> list[Contrast]:
    """Twins of equal accuracy, and this validation loss with dropout against 1 without."""

    def run(config: RunConfig, seed: int, val: float) -> Result:
        one = epoch(1, val + seed / 100, 0.5, 0.7)
        return Result(config.with_seed(seed), (one,))

    told = [(PLAIN, 1.0), (ARTICLE, loss)]
    return contrasts([run(c, seed, val + seed * val / 50) for c, val in told for seed in range(3)])


@pytest.mark.parametrize(
    ("loss", "how", "fit"), [(0.6, "lower", "better"), (1.4, "higher", "worse")]
)
def test_where_accuracy_hides_a_difference_in_loss_it_is_said(
    loss: float, how: str, fit: str
) -> None:
    said = " ".join(answer(close(loss)))
    assert re.search(
        rf"with dropout 0\.25 validation loss is {how} by 0\.4\d? nats \(95 % interval 0\.\d+ to "
        rf"0\.\d+\): right about as often, its probabilities fit {fit}\.",
        said,
    )
    assert "probabilities" not in " ".join(answer(close(1.0)))


def test_random_labels_are_not_passed_over() -> None:
    noisy = RunConfig.preset("article", label_noise=0.2)
    said = answer(contrasts(pairs((0.3, 0.1), [0.7] * 3, [0.72] * 3, noisy)))
    assert "training labels are random" in said[1]


@given(st.floats(-200, 200), st.sampled_from([1, 2]))
def test_the_end_of_an_interval_is_never_0_by_rounding(value: float, digits: int) -> None:
    said = bound(value, digits)
    if said[0] in "<>":
        assert said == ("<0.001" if value > 0 else ">-0.001")
        assert 0 < abs(value) < 0.001
    else:
        assert (float(said) > 0, float(said) < 0) == (value > 0, value < 0)
        assert float(said) == pytest.approx(value, abs=0.51 * 10**-digits)
    assert "e" not in said


def test_a_plus_stands_only_before_what_is_more_than_0() -> None:
    told = [signed(value) for value in (2.11, 0.04, 0.0, -0.04, -2.11)]
    assert told == ["+2.1", "0.0", "0.0", "0.0", "-2.1"]


def losing(*counts: int, runs: int = 3) -> list[Contrast]:
    """Arms of ever higher learning rate, so many of whose runs diverged."""

    def run(arm: RunConfig, seed: int, lost: bool) -> Result:
        val, clean, accuracy = (154_666.0, 1.03, 0.1) if lost else (1.0, 0.5, 0.7 + seed / 100)
        return Result(arm.with_seed(seed), (epoch(1, val, clean, accuracy),))

    rates = (RunConfig(learning_rate=(at + 1) / 8) for at in range(len(counts)))
    return contrasts(
        [run(a, seed, seed < n) for a, n in zip(rates, counts, strict=True) for seed in range(runs)]
    )


def test_a_diverged_run_is_said_in_place_of_a_gap_that_means_nothing() -> None:
    sentence, note = answer(losing(0, 3))
    assert sentence == (
        "With learning rate 0.25 instead of learning rate 0.125 no gap can be told, because 3 of 3 "
        "runs with learning rate 0.25 diverged; validation accuracy fell by 61.0 points "
        "(3 seeds, 95 % interval -63.5 to -58.5: that it raises accuracy is contradicted)."
    )
    assert note == DIVERGED_NOTE
    assert "2 of 3 runs with learning rate 0.125 and 1 of 3 runs with" in answer(losing(2, 1))[0]
    assert "because 1 run with learning rate 0.25 diverged" in answer(losing(0, 1, runs=1))[0]
    assert "far beyond the 2.30 of guessing" in note


def test_diverged_runs_of_several_arms_are_named_and_no_loss_of_theirs_is_told() -> None:
    said = answer(losing(0, 1, 0, 3))
    assert said[-2:] == [
        "Diverged: 1 of 3 runs with learning rate 0.25 and 3 of 3 runs with learning rate 0.5.",
        DIVERGED_NOTE,
    ]
    assert "nats" not in " ".join(said)
    assert "2 other arms with some." in " ".join(answer(losing(1, 1, 1, 1, 1)))


def test_own_names_stand_in_every_sentence() -> None:
    told = contrasts(pairs((0.3, 0.1), [0.7] * 3, [0.72] * 3))
    arm = {ARTICLE: "my <b>net</b>"}
    assert answer(told, arm)[0].startswith("With my <b>net</b> instead of no dropout the gap")
    assert answer(told, {PLAIN: "base"})[0].startswith("With dropout 0.25 instead of base the gap")
    assert answer(told, {ARTICLE: " "}) == answer(told, {}) == answer(told)
    several = rates([0.7] * 3, [0.72, 0.721, 0.719], [0.65, 0.66, 0.64])
    assert "higher with mine (+2.0, 1.8 to 2.2)" in answer(several, {several[0].arm: "mine"})[0]
    both = {PLAIN: "mine", ARTICLE: "mine"}
    twice = "With mine (dropout 0.25) instead of mine (no dropout) the gap"
    assert answer(told, both)[0].startswith(twice)


def test_without_a_contrast_there_is_nothing_to_say() -> None:
    assert answer([]) == []
