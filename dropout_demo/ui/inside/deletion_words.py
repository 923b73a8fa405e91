"""What a layer without some of its units came to, in words made from the numbers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from dropout_demo.arms import listed

BAND = 0.95
"""Share of the draws that the band holds."""


def mean_and_band(values: Sequence[float]) -> tuple[float, float, float]:
    """The mean of some draws, and between which two values the middle 95 % of them lie."""
    low, high = np.quantile(values, [(1 - BAND) / 2, (1 + BAND) / 2])
    return float(np.mean(values)), float(low), float(high)


def half_gone(answer: Mapping[str, Any]) -> int:
    """The place of the count that is nearest to half of all units; not of 0 where it can be."""
    counts, units = answer["deleted"], answer["units"]
    return min(range(len(counts)), key=lambda at: abs(counts[at] - units / 2))


def deletion_words(layer: str, told: Sequence[tuple[str, Mapping[str, Any]]]) -> str:
    """Such as "Without half of fc1's units, dropout 0.5 goes from 62.1 % to 60.0 % (58.7 to 61.2)
    and no dropout goes from …: dropout 0.5 loses 7.7 points less."

    told: each network's name and its answer to a DeletionQuestion.
    """
    clauses, losses = [], []
    for name, answer in told:
        at = half_gone(answer)
        [whole], (part, low, high) = answer["accuracy"][0], mean_and_band(answer["accuracy"][at])
        losses.append(100 * (whole - part))
        band = f"{100 * low:.1f} to {100 * high:.1f}"
        clauses.append(f"{name} goes from {_percent(whole)} to {_percent(part)} ({band})")
    share = _share([answer for _, answer in told])
    said = f"Without {share} of {layer}'s {_kind(layer)}, {listed(clauses)}"
    if len(told) < 2:
        return f"{said}."
    less = min(range(2), key=losses.__getitem__)
    gap = f"{losses[1 - less] - losses[less]:.1f}"
    if gap == "0.0":
        return f"{said}: both lose as much."
    return f"{said}: {told[less][0]} loses {gap} points less."


def units_row(answer: Mapping[str, Any]) -> dict[str, str]:
    """One network's row of the table, from its answer to a UnitsQuestion."""
    correlation, units = answer["correlation"], answer["units"]
    return {
        "mean correlation of pairs": "none" if correlation is None else f"{correlation:.3f}",
        "mean activation": f"{answer['mean']:.3g}",
        "above 0 at a time": _percent(answer["active"]),
        "dead units": f"{answer['dead']:,} of {units:,} ({_percent(answer['dead'] / units)})",
        "units compared": f"{answer['varying']:,}",
    }


def units_words(
    layer: str, told: Sequence[tuple[str, Mapping[str, Any]]], dropped: str | None
) -> str:
    """How alike the units of two networks are; nothing to say of one.

    told: each network's name and its answer to a UnitsQuestion. dropped: the name of the one that
    learned under dropout, where the other did not.
    """
    pairs = [(name, answer["correlation"]) for name, answer in told]
    if len(pairs) < 2 or any(value is None for _, value in pairs):
        return ""
    (less, low), (more, high) = sorted(pairs, key=lambda pair: pair[1])
    kind = _kind(layer)
    if f"{low:.3f}" == f"{high:.3f}":
        return f"In {layer}, {kind} are as much alike in both networks."
    said = f"In {layer}, {kind} of “{more}” are more alike ({high:.3f}) than those of “{less}”"
    expected = {less: ": as one would expect", more: ": not what one would expect"}
    after = f"{expected[dropped]} if dropout made units independent" if dropped else ""
    return f"{said} ({low:.3f}){after}."


def _share(answers: Sequence[Mapping[str, Any]]) -> str:
    exactly = all(2 * answer["deleted"][half_gone(answer)] == answer["units"] for answer in answers)
    return "half" if exactly else "about half"


def _kind(layer: str) -> str:
    return "channels" if layer.startswith("conv") else "units"


def _percent(share: float) -> str:
    return f"{100 * share:.1f} %"
