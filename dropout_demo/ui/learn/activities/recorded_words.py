"""Recorded runs of a claim as numbers and sentences: what all activities with recordings share."""

from __future__ import annotations

from collections.abc import Mapping

import streamlit as st

from dropout_demo.evidence.findings import Finding, findings
from dropout_demo.evidence.known import recorded_table, recorded_told
from dropout_demo.evidence.values import NoValue, Told, value_of
from dropout_demo.evidence.words import amount, evidence
from dropout_demo.lessons.cards import Card, cards
from dropout_demo.ui.learn.activities.kit import show

ByArm = Mapping[str, Mapping[int, Told]]
"""A card's recorded runs by arm and seed."""


def recorded_of(number: int) -> tuple[Card, ByArm]:
    """A claim card and its runs that are recorded by now."""
    card = cards()[number]
    return card, recorded_told(card)


def finding_of(number: int, value: str | None = None) -> Finding:
    """A card's first finding, or the first that is about this value."""
    card, told = recorded_of(number)
    found = findings(card, recorded_table(card, told))
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


def finding_words(finding: Finding) -> str:
    """Such as "+2.4 points (95 % interval 1.4 to 3.4, 5 seeds): supported"."""
    if finding.difference is None:
        return "not recorded yet"
    return f"{size_words(finding)}: {verdict_words(finding)}"


def size_words(finding: Finding) -> str:
    """Such as "+2.4 points (95 % interval 1.4 to 3.4, 5 seeds)" or "1.4 times (1 seed)"."""
    if finding.difference is None:
        return "not recorded yet"
    return f"{amount(finding)} ({evidence(finding)})"


def verdict_words(finding: Finding) -> str:
    """The verdict, as it is said after a number."""
    if finding.verdict == "not enough seeds":
        return "not enough seeds for a verdict"
    return finding.verdict


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
        st.caption(f"{there} of {planned} runs are recorded so far; the others are left out.")
    return False
