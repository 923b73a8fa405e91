"""An axis that keeps its place while one moves through the epochs: it grows, and never shrinks."""

from __future__ import annotations

import math
from collections.abc import Iterable

import streamlit as st

_ROOM = 0.05  # share of the range kept free at each end
_KEPT = "inside_ranges"


def held_range(
    name: str, values: Iterable[float], *, floor: float = -math.inf
) -> tuple[float, float]:
    """The ends of an axis for these values and all that this session saw under this name.

    floor: no end lies below it. Values that are not finite do not count.
    """
    kept: dict[str, tuple[float, float]] = st.session_state.setdefault(_KEPT, {})
    kept[name] = widened(kept.get(name), values)
    low, high = kept[name]
    room = _ROOM * ((high - low) or abs(high) or 1.0)
    return max(floor, low - room), high + room


def widened(before: tuple[float, float] | None, values: Iterable[float]) -> tuple[float, float]:
    """The least and the largest of all; (0, 1) where there is nothing."""
    there = [*(before or ()), *(value for value in values if math.isfinite(value))]
    return (min(there), max(there)) if there else (0.0, 1.0)
