"""One of a few readings to choose from above a picture."""

from __future__ import annotations

from collections.abc import Mapping

import streamlit as st


def reading(label: str, readings: Mapping[str, str], first: str | None = None, *, key: str) -> str:
    """The name of the reading chosen; one is always.

    readings: names and what is said of them. first: the one to begin with, else the first of all.
    """
    chosen: str = st.segmented_control(
        label,
        list(readings),
        format_func=readings.__getitem__,
        default=first or next(iter(readings)),
        required=True,
        key=key,
    )
    return chosen
