from __future__ import annotations

import re
from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dropout_demo.config import RunConfig
from dropout_demo.contrasts import Contrast, contrasts
from dropout_demo.readings import MEASURES, READINGS, Result
from dropout_demo.recorded import recording
from dropout_demo.sentences import (
    CHANCE_NOTE,
    MOST_WORDS,
    answer,
    arms_sentence,
    contrast_sentence,
    readings_table,
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
    said = arms_sentence(contrasts(runs))
    assert said.startswith("Validation accuracy against its twin without dropout (3 seeds")
    assert "no dropout · width 2" not in said


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
        "Seeds 3, 4, 5, 6 and 7 and 2 more are left out: only one of the two networks has "
        "finished there."
    )
    assert re.fullmatch(r"About \d+ more seeds? might settle it, a guess .*\.", said[2])
    one = contrasts([*pairs((0.3, 0.3), [0.7], [0.71]), result(ARTICLE, 1, 0.3, 0.7)])
    assert answer(one)[1].startswith("Seed 1 is left out")


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


def test_without_a_contrast_there_is_nothing_to_say() -> None:
    assert answer([]) == []


def test_the_table_holds_every_measure_at_every_reading_in_points_and_nats() -> None:
    article = recording("article-pair")
    assert article is not None
    (contrast,) = contrasts([run.result for run in article.runs])
    rows = readings_table(contrast)
    assert len(rows) == len(MEASURES) * len(READINGS)
    first = rows[0]
    assert first["difference"] == pytest.approx(100 * contrast.accuracy.mean)
    assert first["arm"] - first["reference"] == pytest.approx(first["difference"])
    assert (first["unit"], first["claim"], first["verdict"]) == ("points", "higher", "supported")
    assert first["low"] < first["difference"] < first["high"]
    by_name = {row["measure"]: row for row in rows[: len(MEASURES)]}
    assert by_name["validation loss"]["unit"] == "nats"
    assert by_name["noise tax in loss"]["verdict"] == "supported"
    assert len({(row["reading"], row["measure"]) for row in rows}) == len(rows)
