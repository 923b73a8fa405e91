"""What wrong ways of evaluating came to, in words and in a table made from the numbers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from dropout_demo.inside.breaking import WAY_WORDS, WAYS, Way
from dropout_demo.stats import summary

_FACTORS: tuple[Way, ...] = ("unscaled", "wrong", "twice")

Measured = Mapping[str, Sequence[float]]
"""One way's {"accuracy": [0..1 by pass], "loss": [nats by pass]}."""


def breaking_words(answer: Mapping[str, Any]) -> str:
    """What broke, in a sentence or three, for one network's answer to a BreakQuestion."""
    ways = answer["ways"]
    said = [f"{percent(ways['right']['accuracy'][0])} as it should be"]
    if answer["masks"]:
        said[0] += f"; without eval() {_at_each_pass(ways['training']['accuracy'])}."
        said.append(_factors(answer))
    else:
        said[0] += "; it has no dropout, so there is no mask to forget and nothing to rescale."
        if ways["training"] != ways["right"]:
            said.append(
                "But without eval() its batch norm goes by each batch of "
                f"{answer['batch']} images: {percent(_mean(ways['training']['accuracy']))}."
            )
    said.append(f"Masks on its scores: {percent(_mean(ways['scores']['accuracy']))}.")
    return " ".join(said)


def breaking_table(told: Sequence[tuple[str, Mapping[str, Any]]]) -> list[dict[str, str]]:
    """A row for each way of each network, with the spread over its passes.

    told: each network's name and its answer.
    """
    return [
        {
            "evaluated": WAY_WORDS[way].name,
            "network": name,
            "accuracy": spread_words(answer["ways"][way]["accuracy"], 100, 1, " %"),
            "cross-entropy (nats)": spread_words(answer["ways"][way]["loss"], 1, 3),
        }
        for way in WAYS
        for name, answer in told
    ]


def spread_words(values: Sequence[float], factor: float, digits: int, unit: str = "") -> str:
    """Such as "61.2 % (sd 0.4, 60.5 to 62.0, 20 passes)"; one value stands alone."""
    told = summary([factor * value for value in values])
    mean = f"{told.mean:.{digits}f}{unit}"
    if told.count == 1:
        return mean
    low, high = (f"{factor * end:.{digits}f}" for end in (min(values), max(values)))
    return f"{mean} (sd {told.sd:.{digits}f}, {low} to {high}, {told.count} passes)"


def percent(share: float) -> str:
    """A share (0..1) as "61.2 %"."""
    return f"{100 * share:.1f} %"


def _at_each_pass(values: Sequence[float]) -> str:
    low, high = (f"{100 * end:.1f}" for end in (min(values), max(values)))
    mean = percent(_mean(values))
    if low == high:
        return mean
    return f"{mean}, and another answer at each pass ({low} to {high} over {len(values)})"


def _factors(answer: Mapping[str, Any]) -> str:
    """What the three factors do to a network with dropout."""
    if not answer["kept"]:
        return "Its noise has mean 1: nothing was scaled, so there is no factor to get wrong."
    ways: Mapping[str, Measured] = answer["ways"]
    rights = [100 * ways[way]["accuracy"][0] for way in _FACTORS]
    losses = [ways[way]["loss"][0] for way in _FACTORS]
    said = (
        f"Wrong factors: {_range(rights, 1)} %, and cross-entropy {_range(losses, 2)} instead of "
        f"{ways['right']['loss'][0]:.2f} nats."
    )
    if all(abs(kept - 0.5) < 1e-9 for kept in answer["kept"].values()):
        said += " At p = 0.5 the factor p is the right one by luck."
    return said


def _range(values: Sequence[float], digits: int) -> str:
    low, high = f"{min(values):.{digits}f}", f"{max(values):.{digits}f}"
    return low if low == high else f"{low} to {high}"


def _mean(values: Sequence[float]) -> float:
    return summary(values).mean
