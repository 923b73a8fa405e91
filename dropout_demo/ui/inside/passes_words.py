"""Sentences about masked passes, scaled passes and ensembles, made from an answer's numbers."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from dropout_demo.readings import number
from dropout_demo.sentences import bound, signed

Answer = Mapping[str, Any]

NEAR = 0.0025
"""Accuracies that differ by no more (0.25 points) are told as reached."""

_NAMES = {"loss": "loss", "calibration": "calibration error"}
_UNITS = {"accuracy": "%", "loss": "nats", "calibration": "%"}

LATE = 50
"""Passes by which the literature makes one expect that the scaled pass is reached."""


def waiting_words(partial: Answer) -> str:
    """Where a drawing stands: such as "10 masked passes: 75.1 %; one scaled pass: 75.7 %"."""
    told = partial["passes"]
    passes = f"{told} masked passes" if told > 1 else "1 masked pass"
    masked, scaled = (partial[who]["accuracy"] for who in ("masked", "scaled"))
    return f"{passes}: {_percent(masked)} %; one scaled pass: {_percent(scaled)} %"


def averages_words(answer: Answer, measure: str) -> str:
    """What is seen of accuracy, loss or calibration; with the ensemble if there is one."""
    told = _accuracy_words(answer) if measure == "accuracy" else _fit_words(answer, measure)
    return f"{told} {_ensemble_words(answer, measure)}" if answer["ensemble"] else told


def reached(answer: Answer) -> int | None:
    """The fewest passes shown whose accuracy comes within `NEAR` of the scaled pass; or None."""
    goal = answer["results"]["scaled"]["accuracy"][0] - NEAR
    return next((p["passes"] for p in answer["curve"] if p["accuracy"][0] >= goal), None)


def unexpected(answer: Answer) -> list[str]:
    """Where the numbers differ from what the literature makes one expect, and what may be why.

    Expected: one masked pass is worse, 20 to 50 are as good, and a real ensemble is best.
    """
    told = []
    at, rates = reached(answer), answer["dropout"].values()
    after = "The network never learned with these masks" if answer["added"] else ""
    if at is None or at > LATE:
        why = after or f"With rates up to {max(rates):g} its masked parts are weak one by one"
        told.append(
            f"Not as expected: {LATE} passes do not reach the scaled pass. {why}, and a mean of "
            "weak answers need not be the answer of the whole network."
        )
    elif at == 1:
        told.append(
            "Not as expected: one masked pass loses nothing here. "
            f"Rates of at most {max(rates):g} change this network's answers little."
        )
    low = answer["differences"]["masked"]["accuracy"][1]
    if low > NEAR:
        told.append(
            "Not as expected: many masked passes are righter than the scaled one. Scaling is exact "
            "only for a linear network; here the mean over masks is the better of the two."
        )
    if answer["ensemble"] and answer["differences"]["ensemble_masked"]["accuracy"][1] <= 0:
        told.append(_no_better_ensemble(answer))
    return told


def calibration_words(answer: Answer) -> str:
    """Whether the one scaled pass is too sure, and whether masks mend it."""
    bins = answer["reliability"]["scaled"]
    count = sum(one["count"] for one in bins)
    over = sum(one["count"] * (one["confidence"] - one["accuracy"]) for one in bins) / count
    errors = {who: told["calibration"][0] for who, told in answer["results"].items()}
    leaning = "about as sure as it is right"
    if abs(over) >= 0.01:
        leaning = f"{'too sure' if over > 0 else 'not sure enough'} by {_percent(abs(over))} points"
    others = [f"{_percent(errors['masked'])} % with {answer['passes']} masked passes"]
    if "ensemble" in errors:
        others.append(f"{_percent(errors['ensemble'])} % with {len(answer['ensemble'])} networks")
    return (
        f"The one scaled pass is {leaning} on average; its calibration error is "
        f"{_percent(errors['scaled'])} %, against {' and '.join(others)}."
    )


def unsure_words(answer: Answer) -> str:
    """How much more often it is wrong where it is unsure."""
    told = answer["unsure"]
    return (
        f"Of the {told['images']:,} images it is least sure of, {_percent(told['wrong'], 0)} % are "
        f"wrong; of all others {_percent(told['others'], 0)} %."
    )


def comparison_rows(answer: Answer) -> list[tuple[str, list[str]]]:
    """Each way with accuracy, loss and calibration error and their intervals over images."""
    names = {
        "scaled": "one scaled pass",
        "masked": f"{answer['passes']} masked passes",
        "ensemble": f"{len(answer['ensemble'])} networks",
    }
    return [
        (names[who], [_cell(told, measure) for measure in ("accuracy", "loss", "calibration")])
        for who, told in answer["results"].items()
    ]


def _accuracy_words(answer: Answer) -> str:
    scaled = answer["results"]["scaled"]["accuracy"][0]
    at, curve = reached(answer), {p["passes"]: p["accuracy"][0] for p in answer["curve"]}
    first, last = curve[1], curve[answer["passes"]]
    if at is None:
        return (
            f"Even {answer['passes']} masked passes stay below the one scaled pass "
            f"(accuracy {_percent(last)} against {_percent(scaled)} %)."
        )
    if at == 1:
        return (
            "A single masked pass already does as well as the one scaled pass "
            f"(accuracy {_percent(first)} against {_percent(scaled)} %)."
        )
    return (
        f"Averaging {at} masked passes reaches the one scaled pass (accuracy {_percent(curve[at])} "
        f"against {_percent(scaled)} %); a single masked pass gets {_percent(first)} %."
    )


def _fit_words(answer: Answer, measure: str) -> str:
    """How well probabilities fit, by loss or calibration error: lower is better."""
    masked, scaled = (_value(answer["results"][who], measure) for who in ("masked", "scaled"))
    _, low, high = answer["differences"]["masked"][measure]
    than = "better than" if high < 0 else "worse than" if low > 0 else "about as well as"
    return (
        f"Averaged over {answer['passes']} masked passes, probabilities fit {than} those of the "
        f"one scaled pass ({_NAMES[measure]} {masked} against {scaled} {_UNITS[measure]})."
    )


def _ensemble_words(answer: Answer, measure: str) -> str:
    factor, digits = (1, 2) if measure == "loss" else (100, 1)
    mean, low, high = (factor * x for x in answer["differences"]["ensemble"][measure])
    value = _value(answer["results"]["ensemble"], measure)
    unit = "nats" if measure == "loss" else "points"
    return (
        f"{len(answer['ensemble'])} networks from different seeds together: {value} "
        f"{_UNITS[measure]} ({signed(mean, digits)} {unit} against this one; 95 % interval over "
        f"images {bound(low, digits)} to {bound(high, digits)})."
    )


def _value(told: Mapping[str, list[float]], measure: str) -> str:
    return number(told[measure][0], 2) if measure == "loss" else _percent(told[measure][0])


def _no_better_ensemble(answer: Answer) -> str:
    count = len(answer["ensemble"])
    mean, low, high = (100 * x for x in answer["differences"]["ensemble_masked"]["accuracy"])
    why = "The interval holds 0: more images or networks may tell them apart."
    if high <= 0:
        why = "Networks that are each worse than the one opened pull their mean down."
    return (
        f"Not as expected: {count} different networks are not surely better than masks "
        f"({signed(mean)} points, 95 % interval {bound(low)} to {bound(high)}). {why}"
    )


def _cell(told: Mapping[str, list[float]], measure: str) -> str:
    value, low, high = told[measure]
    if measure == "loss":
        return f"{number(value, 3)} ({number(low, 3)} to {number(high, 3)})"
    return f"{_percent(value)} % ({_percent(max(0.0, low))} to {_percent(min(1.0, high))})"


def _percent(share: float, digits: int = 1) -> str:
    return number(100 * share, digits)
