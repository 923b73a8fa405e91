"""The way from a comparison to the Inside page, with two of its networks opened."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from dropout_demo.arms import arm_of, rates_of
from dropout_demo.config import RunConfig

Named = tuple[str, RunConfig]
"""A run's id and its configuration."""


def look_inside(runs: Sequence[Named]) -> None:
    """A link that opens two of these finished runs; nothing when there is none."""
    pair = two_to_open(runs)
    if pair:
        names = ("run", "beside")
        st.page_link(
            "inside.py",
            label="Look inside",
            icon=":material/visibility:",
            query_params=dict(zip(names, pair, strict=False)),
            help="Open these networks: masks, what breaks them, what they have learned.",
        )


def two_to_open(runs: Sequence[Named]) -> list[str]:
    """The first run with dropout and, of its seed, one without or else of another arm."""
    if not runs:
        return []
    first = next((run for run in runs if rates_of(run[1])), runs[0])
    others = [
        run for run in runs if run[1].seed == first[1].seed and arm_of(run[1]) != arm_of(first[1])
    ]
    bare = [run for run in others if not rates_of(run[1])]
    return [run for run, _ in (first, *(bare or others)[:1])]
