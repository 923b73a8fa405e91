from __future__ import annotations

import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dropout_demo.config import RunConfig
from dropout_demo.diagnosis import Diagnosis, diagnose, noise_floor
from dropout_demo.readings import Result
from dropout_demo.recorded import recording
from tests.made_runs import drawn

# Validation and clean training loss of real runs: the quick preset (5,000 images of CIFAR-10) and
# changes to it, one thread, fp32 or bf16 as the machine had it.
REAL: dict[str, tuple[str, str, str]] = {
    "quick": (
        "still learning",
        "1.92 1.68 1.60 1.49 1.44 1.41 1.34 1.35 1.27 1.29 1.23 1.24",
        "1.92 1.64 1.53 1.39 1.31 1.26 1.17 1.11 1.02 1.01 0.89 0.88",
    ),
    "quick without dropout": (
        "overfits since epoch 5",
        "1.79 1.61 1.53 1.49 1.34 1.40 1.35 1.35 1.35 1.35 1.44 1.54",
        "1.77 1.52 1.41 1.27 1.05 1.02 0.87 0.75 0.62 0.52 0.42 0.32",
    ),
    "quick without dropout, 4 epochs": (
        "still learning",
        "1.79 1.61 1.53 1.49",
        "1.77 1.52 1.41 1.27",
    ),
    "quick, 40 epochs": (
        "overfits since epoch 17",
        "1.92 1.68 1.60 1.49 1.44 1.41 1.34 1.35 1.27 1.29 1.23 1.24 1.26 1.21 1.22 1.20 1.19 "
        "1.24 1.19 1.20 1.21 1.19 1.28 1.24 1.21 1.22 1.21 1.38 1.27 1.26 1.30 1.31 1.26 1.31 "
        "1.35 1.34 1.32 1.35 1.39 1.38",
        "1.92 1.64 1.53 1.39 1.31 1.26 1.17 1.11 1.02 1.01 0.89 0.88 0.84 0.77 0.74 0.70 0.66 "
        "0.65 0.54 0.52 0.47 0.48 0.44 0.39 0.40 0.35 0.31 0.36 0.28 0.25 0.22 0.22 0.20 0.17 "
        "0.19 0.16 0.17 0.15 0.14 0.14",
    ),
    "rate 0.8 everywhere": (
        "underfits",
        "2.30 2.30 2.30 2.30 2.30 2.30 2.31 2.32 2.33 2.35 2.37 2.40",
        "2.30 2.30 2.30 2.30 2.30 2.30 2.31 2.32 2.33 2.35 2.37 2.40",
    ),
    "learning rate 0.01": (
        "underfits",
        "2.30 2.30 2.30 2.30 2.30 2.30 2.30 2.30 2.30 2.30 2.30 2.30",
        "2.30 2.30 2.30 2.30 2.30 2.30 2.30 2.30 2.30 2.30 2.30 2.30",
    ),
    "learning rate 0.00005": (
        "still learning",
        "2.20 2.02 1.91 1.85 1.82 1.80 1.75 1.72 1.69 1.67 1.65 1.64",
        "2.20 2.01 1.90 1.83 1.79 1.75 1.70 1.67 1.63 1.60 1.58 1.56",
    ),
    "width 0.125": (
        "still learning",
        "2.17 2.02 1.97 1.92 1.88 1.86 1.83 1.81 1.81 1.77 1.80 1.75",
        "2.16 2.01 1.96 1.90 1.86 1.83 1.80 1.78 1.77 1.74 1.75 1.71",
    ),
    "width 0.125, 40 epochs": (
        "underfits",
        "2.17 2.02 1.97 1.92 1.88 1.86 1.83 1.81 1.81 1.77 1.80 1.75 1.76 1.73 1.71 1.69 1.70 "
        "1.69 1.66 1.66 1.66 1.66 1.64 1.64 1.63 1.62 1.61 1.61 1.61 1.60 1.60 1.58 1.58 1.59 "
        "1.59 1.58 1.57 1.62 1.57 1.55",
        "2.16 2.01 1.96 1.90 1.86 1.83 1.80 1.78 1.77 1.74 1.75 1.71 1.71 1.68 1.66 1.64 1.65 "
        "1.64 1.60 1.59 1.58 1.58 1.58 1.56 1.55 1.53 1.53 1.53 1.52 1.51 1.51 1.49 1.48 1.49 "
        "1.49 1.47 1.46 1.53 1.47 1.44",
    ),
    "500 images, without dropout": (
        "overfits since epoch 8",
        "2.21 2.01 1.96 2.01 1.90 1.88 1.87 1.85 1.91 1.90 1.94 1.98",
        "2.18 1.92 1.78 1.84 1.67 1.56 1.47 1.39 1.31 1.22 1.22 1.12",
    ),
}


def numbers(text: str) -> list[float]:
    return [float(word) for word in text.split()]


@pytest.mark.parametrize("name", REAL)
def test_real_runs_are_told_apart(name: str) -> None:
    words, val, clean = REAL[name]
    told = diagnose(drawn(*zip(numbers(val), numbers(clean), strict=True)))
    assert told.words == words
    assert told.sentence.startswith("No dropout ")
    assert told.sentence.endswith(".")


def recorded() -> list[Result]:
    article = recording("article-pair")
    assert article is not None
    return [run.result for run in article.runs]


def spoilt(run: Result, at: int, factor: float) -> Result:
    epochs: list[Any] = [dict(one) for one in run.epochs]
    val = epochs[at]["val"]
    epochs[at]["val"] = {**val, "loss": factor * val["loss"]}
    return Result(run.config, tuple(epochs))


@pytest.mark.parametrize("factor", [0.9, 1, 1.1, 3, 30])
def test_no_single_noisy_epoch_hides_that_the_article_without_dropout_overfits(
    factor: float,
) -> None:
    for run in recorded()[::2]:
        for at in range(len(run.epochs)):
            told = diagnose(spoilt(run, at, factor))
            assert told.word == "overfits"
            assert told.since_epoch is not None
            assert 4 <= told.since_epoch <= 11


@pytest.mark.parametrize("factor", [0.9, 1, 1.1, 3, 30])
def test_no_single_noisy_epoch_makes_the_article_with_dropout_overfit_or_underfit(
    factor: float,
) -> None:
    for run in recorded()[1::2]:
        for at in range(len(run.epochs)):
            assert diagnose(spoilt(run, at, factor)).word in ("still learning", "has settled")


@pytest.mark.parametrize("count", [1, 2])
def test_a_run_of_an_epoch_or_two_is_too_short_to_tell(count: int) -> None:
    told = diagnose(drawn(*[(1.0, 0.9), (0.8, 0.6)][:count]))
    assert (told.word, told.since_epoch) == ("too short", None)
    with pytest.raises(ValueError, match="no diagnosis"):
        diagnose(Result(RunConfig(), ()))


def test_level_curves_fit_well_when_the_gap_is_small_and_have_settled_otherwise() -> None:
    assert diagnose(drawn(*[(0.5, 0.4)] * 8)).sentence == (
        "No dropout fits well: validation loss has levelled out, 0.10 above training loss."
    )
    assert diagnose(drawn(*[(0.9, 0.4)] * 8)).word == "has settled"


def test_a_loss_far_beyond_that_of_guessing_has_diverged_however_short_the_run() -> None:
    losses = [(2.3, 2.3), (9e3, 8e3), (154_664.97, 1.5e5)]
    for count in (1, 2, 3):
        assert diagnose(drawn(*losses[-count:])).word == "diverged"
    assert diagnose(drawn(*losses, *losses[2:])).sentence == (
        "No dropout diverged: its loss grew to 1.5e5, far beyond the 2.30 of guessing; "
        "a smaller learning rate may help."
    )
    assert diagnose(drawn(*[(22.0, 0.1)] * 5)).word != "diverged"
    assert diagnose(drawn(*[(1.0, 0.5)] * 5, (99.0, 0.5))).word != "diverged"  # one epoch alone


def test_a_name_within_a_sentence_keeps_its_capitals() -> None:
    connect = RunConfig.parse({"dropout": {"fc1": {"p": 0.5, "kind": "connect"}}})
    told = diagnose(Result(connect, drawn(*[(0.5, 0.4)] * 8).epochs))
    assert told.sentence.startswith("DropConnect 0.5 in fc1 fits well")


def test_a_loss_that_rises_in_training_too_is_no_overfitting() -> None:
    told = diagnose(drawn(*[(0.5 + at / 10, 0.4 + at / 10) for at in range(8)]))
    assert told.word == "unstable"


def test_with_random_labels_a_high_training_loss_may_be_as_low_as_it_gets() -> None:
    run = drawn(*[(1.3, 1.3)] * 8)
    assert diagnose(run).word == "underfits"
    noisy = Result(RunConfig(label_noise=0.4), run.epochs)
    assert diagnose(noisy).word == "fits well"


def test_validation_loss_clearly_below_training_loss_is_no_good_fit() -> None:
    noisy = Result(RunConfig(label_noise=0.4), drawn(*[(1.0, 1.5)] * 8).epochs)
    assert diagnose(noisy).sentence == (
        "No dropout has settled: validation loss has levelled out, 0.50 below training loss, "
        "which counts the random labels."
    )
    assert diagnose(drawn(*[(0.4, 0.5)] * 8)).sentence.endswith("0.10 below training loss.")
    assert diagnose(drawn(*[(0.40, 0.43)] * 8)).words == "fits well"  # within what chance does
    assert diagnose(drawn(*[(0.4, 0.4)] * 8)).sentence.endswith("out, level with training loss.")


@pytest.mark.parametrize("last", [0.0, 0.1])
def test_a_validation_loss_of_0_is_diagnosed_too(last: float) -> None:
    told = diagnose(drawn(*[(0.0, 0.0)] * 5, *[(last, 0.0)] * 3))
    assert told.word == ("fits well" if last == 0 else "unstable")


@pytest.mark.parametrize(("noise", "floor"), [(0.0, 0.0), (1.0, math.log(10))])
def test_the_floor_of_training_loss_is_the_entropy_of_the_noise(noise: float, floor: float) -> None:
    assert noise_floor(noise) == pytest.approx(floor)


def test_early_stopping_is_said_with_the_epoch_it_went_back_to() -> None:
    run = drawn((1.0, 0.9), (0.8, 0.7), (0.9, 0.6), (1.0, 0.5), (1.1, 0.4))
    stopped = Result(RunConfig(patience=3, epochs=30), run.epochs)
    assert diagnose(stopped).sentence.endswith(
        "; early stopping ended it and went back to epoch 2."
    )
    to_the_end = Result(RunConfig(patience=5, epochs=5), run.epochs)
    assert diagnose(to_the_end).sentence.endswith("; early stopping went back to epoch 2.")
    assert "early stopping" not in diagnose(run).sentence


losses = st.floats(0, 100)


@given(st.lists(st.tuples(losses, losses), min_size=1, max_size=30), st.floats(0, 1))
def test_any_run_has_a_diagnosis(epochs: list[tuple[float, float]], noise: float) -> None:
    told = diagnose(Result(RunConfig(label_noise=noise), drawn(*epochs).epochs))
    assert isinstance(told, Diagnosis)
    assert (told.since_epoch is not None) == (told.word == "overfits")
    if told.since_epoch is not None:
        assert 1 <= told.since_epoch <= len(epochs)
    assert "nan" not in told.sentence
    assert "-0.00" not in told.sentence
    assert "e+" not in told.sentence
    assert "0.00 above" not in told.sentence
    assert "0.00 below" not in told.sentence
