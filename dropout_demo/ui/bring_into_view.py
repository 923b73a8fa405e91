"""Scrolls to what a press has started, where that lies below the screen."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from importlib.resources import files
from typing import Any

import streamlit as st

_COUNT = "brought_into_view"


def bring_into_view(target: str, *, now: bool) -> None:
    """Draw the unseen component; `now`: scroll to the element with this Streamlit key, once.

    Without motion for whoever prefers that. Nothing moves if the element is on the screen already.
    """
    st.session_state[_COUNT] = st.session_state.get(_COUNT, 0) + now
    _component()(key="bring_into_view", data={"target": target, "count": st.session_state[_COUNT]})


@cache
def _component() -> Callable[..., Any]:
    script = (files("dropout_demo.ui") / "bring_into_view.js").read_text("utf-8")
    return st.components.v2.component("dropout_lab.bring_into_view", js=script)
