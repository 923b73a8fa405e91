"""Sentences about passes say what the numbers say."""

from __future__ import annotations

from typing import Any

import pytest

from dropout_demo.ui.inside.passes_words import (
    averages_words,
    calibration_words,
    comparison_rows,
    reached,
    unexpected,
    unsure_words,
    waiting_words,
)


def interval(value: float, half: float = 0.01) -> list[float]:
    return [value, value - half, value + half]


def measures(accuracy: float, loss: float = 0.7, calibration: float = 0.03) -> dict[str, Any]:
    return {
        "accuracy": interval(accuracy),
        "loss": interval(loss),
        "calibration": interval(calibration),
    }


def answer(
    curve: dict[int, float], scaled: float = 0.757, ensemble: float = 0.0, **more: Any
) -> dict[str, Any]:
    """An answer whose masked passes have these accuracies."""
    last = curve[max(curve)]
    results = {"scaled": measures(scaled, 0.74, 0.05), "masked": measures(last, 0.71, 0.02)}
    differences = {"masked": {"accuracy": interval(last - scaled), "loss": interval(-0.03),
                              "calibration": interval(-0.03)}}  # fmt: skip
    if ensemble:
        results["ensemble"] = measures(ensemble, 0.6, 0.04)
        differences["ensemble"] = measures(ensemble - scaled, -0.1, -0.01)
        differences["ensemble_masked"] = measures(ensemble - last)
    return {
        "passes": max(curve),
        "curve": [{"passes": t, **measures(a)} for t, a in curve.items()],
        "results": results,
        "differences": differences,
        "ensemble": [{"networks": m} for m in range(1, 6)] if ensemble else [],
        "dropout": {"flatten": 0.25, "fc1": 0.25},
        "added": False,
        **more,
    }


USUAL = {1: 0.724, 10: 0.7549, 20: 0.757, 100: 0.758}


def test_it_says_at_how_many_passes_the_scaled_one_is_reached() -> None:
    assert averages_words(answer(USUAL), "accuracy") == (
        "Averaging 10 masked passes reaches the one scaled pass (accuracy 75.5 against 75.7 %); "
        "a single masked pass gets 72.4 %."
    )


def test_what_the_literature_expects_needs_no_excuse() -> None:
    assert unexpected(answer(USUAL, ensemble=0.79)) == []


def test_loss_and_calibration_say_which_fits_better() -> None:
    assert averages_words(answer(USUAL), "loss") == (
        "Averaged over 100 masked passes, probabilities fit better than those of the one scaled "
        "pass (loss 0.71 against 0.74 nats)."
    )
    assert "(calibration error 2.0 against 5.0 %)" in averages_words(answer(USUAL), "calibration")


def test_an_ensemble_is_told_with_its_interval() -> None:
    assert averages_words(answer(USUAL, ensemble=0.79), "accuracy").endswith(
        "5 networks from different seeds together: 79.0 % (+3.3 points against this one; 95 % "
        "interval over images 2.3 to 4.3)."
    )


def test_never_reached_is_said_and_explained() -> None:
    told = answer({1: 0.3, 50: 0.6, 100: 0.61})
    assert reached(told) is None
    assert averages_words(told, "accuracy").startswith("Even 100 masked passes stay below")
    assert "With rates up to 0.25" in unexpected(told)[0]
    added = answer({1: 0.3, 100: 0.61}, added=True)
    assert "never learned with these masks" in unexpected(added)[0]


def test_one_pass_that_loses_nothing_is_said_and_explained() -> None:
    told = answer({1: 0.756, 100: 0.757})
    assert averages_words(told, "accuracy").startswith("A single masked pass already does as well")
    assert "change this network's answers little" in unexpected(told)[0]


def test_masks_that_beat_scaling_and_ensembles_that_do_not_beat_masks_are_explained() -> None:
    told = answer({1: 0.7, 20: 0.77, 100: 0.78}, ensemble=0.781)
    better, undecided = unexpected(told)
    assert "righter than the scaled one" in better
    assert "The interval holds 0" in undecided
    worse = unexpected(answer(USUAL, ensemble=0.7))
    assert "pull their mean down" in worse[0]


@pytest.mark.parametrize(
    ("confidence", "leaning"),
    [
        (0.9, "too sure by 10.0 points"),
        (0.7, "not sure enough by 10.0 points"),
        (0.801, "about as"),
    ],
)
def test_too_sure_is_more_confident_than_right(confidence: float, leaning: str) -> None:
    bins = [{"count": 10, "confidence": confidence, "accuracy": 0.8}]
    told = calibration_words(answer(USUAL, reliability={"scaled": bins}))
    assert leaning in told
    assert "5.0 %, against 2.0 % with 100 masked passes." in told


def test_the_other_sentences() -> None:
    unsure = {"images": 200, "wrong": 0.66, "others": 0.1956}
    assert unsure_words(answer(USUAL, unsure=unsure)) == (
        "Of the 200 images it is least sure of, 66 % are wrong; of all others 20 %."
    )
    partial = {"passes": 1, "masked": {"accuracy": 0.7}, "scaled": {"accuracy": 0.75}}
    assert waiting_words(partial) == "1 masked pass: 70.0 %; one scaled pass: 75.0 %"
    assert comparison_rows(answer(USUAL))[0] == (
        "one scaled pass",
        ["75.7 % (74.7 to 76.7)", "0.740 (0.730 to 0.750)", "5.0 % (4.0 to 6.0)"],
    )
