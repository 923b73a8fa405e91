"""Recorded runs of a claim as numbers and sentences: what all activities with recordings share."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

import streamlit as st

from dropout_demo.evidence.findings import Finding, findings, table_of
from dropout_demo.evidence.known import recorded_told
from dropout_demo.evidence.values import NoValue, Told, value_of
from dropout_demo.lessons.cards import Card, cards
from dropout_demo.sentences import bound, signed
from dropout_demo.stats import summary, t_quantile
from dropout_demo.ui.learn.activities.kit import show

ByArm = Mapping[str, Mapping[int, Told]]
"""A card's recorded runs by arm and seed."""

_SCALES = {
    "fraction": (100.0, 1, " points"),
    "nats": (1.0, 2, " nats"),
    "epochs": (1.0, 1, " epochs"),
}
_OTHERWISE = (1.0, 2, "")


def recorded_of(number: int) -> tuple[Card, ByArm]:
    """A claim card and its runs that are recorded by now."""
    card = cards()[number]
    return card, recorded_told(card)


def finding_of(number: int, value: str | None = None) -> Finding:
    """A card's first finding, or the first that is about this value."""
    card, told = recorded_of(number)
    found = findings(card, table_of(card, told))
    return next((one for one in found if value in (None, one.comparison.value)), found[0])


def values_of(runs: Mapping[int, Told], name: str) -> dict[int, float]:
    """A value by seed, of the runs that have it."""
    told = {}
    for seed, run in runs.items():
        try:
            told[seed] = value_of(run, name)
        except NoValue:
            continue
    return told


def mean_interval(values: Sequence[float]) -> tuple[float, float, float]:
    """Mean with its 95 % interval by Student's t; nan where there is none, all nan for no value."""
    if not values:
        return math.nan, math.nan, math.nan
    told = summary(values)
    if told.count < 2:
        return told.mean, math.nan, math.nan
    half = t_quantile(told.count) * told.sd / math.sqrt(told.count)
    return told.mean, told.mean - half, told.mean + half


def finding_words(finding: Finding) -> str:
    """Such as "+2.4 points (5 seeds, 95 % interval 1.4 to 3.4): supported"."""
    if finding.difference is None:
        return "not recorded yet"
    return f"{size_words(finding)}: {verdict_words(finding)}"


def size_words(finding: Finding) -> str:
    """Such as "+2.4 points (5 seeds, 95 % interval 1.4 to 3.4)" or "1.40 times (1 seed)"."""
    shown, difference = finding.shown, finding.difference
    if shown is None or difference is None:
        return "not recorded yet"
    factor, digits, unit = _SCALES.get(finding.unit, _OTHERWISE)
    if finding.comparison.ratio:
        said = f"{shown[0]:.2f} times"
        ends = [f"{end:.2f}" for end in shown[1:]]
    else:
        plain = finding.comparison.against or not finding.comparison.minus
        mean = f"{factor * shown[0]:.{digits}f}" if plain else signed(factor * shown[0], digits)
        said = f"{mean}{unit}"
        ends = [bound(factor * end, digits) for end in shown[1:]]
    seeds = f"{difference.pairs} seed{'s' * (difference.pairs != 1)}"
    if difference.pairs < 2:
        return f"{_minus(said)} ({seeds})"
    interval = _minus(f"{ends[0]} to {ends[1]}")
    return f"{_minus(said)} ({seeds}, 95 % interval {interval})"


def verdict_words(finding: Finding) -> str:
    """The verdict, as it is said after a number."""
    if finding.verdict == "not enough seeds":
        return "not enough seeds for a verdict"
    return finding.verdict


def capital(text: str) -> str:
    """With its first letter large and all others as they are."""
    return text[:1].upper() + text[1:]


def said(text: str, key: str) -> None:
    """The sentence that tells what the chart of an activity shows, read out when it changes."""
    show("said", {"said": text}, key=f"activity-{key}-said")


def told_if_missing(card: Card, told: ByArm) -> bool:
    """Say which runs are not recorded yet; gives whether none is, so that there is no chart."""
    there = sum(map(len, told.values()))
    planned = len(card.configs())
    if not there:
        st.info(
            "This comparison is not recorded yet: `make record` makes it. "
            f"The short live version of card {card.number}, on the Claims page, works now."
        )
        return True
    if there < planned:
        st.caption(f"{there} of {planned} runs are recorded so far; `make record` makes the rest.")
    return False


def _minus(numbers: str) -> str:
    return numbers.replace("-", "\N{MINUS SIGN}")
