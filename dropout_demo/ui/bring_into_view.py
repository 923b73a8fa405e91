"""Scrolls to what a press has started, where that lies below the screen."""

from __future__ import annotations

import streamlit as st

from dropout_demo.ui.component import component

_COUNT = "brought_into_view"


def bring_into_view(target: str, *, now: bool) -> None:
    """Draw the unseen component; `now`: scroll to the element with this Streamlit key, once.

    Without motion for whoever prefers that. Nothing moves if the element is on the screen already.
    """
    st.session_state[_COUNT] = st.session_state.get(_COUNT, 0) + now
    component("bring_into_view", ("bring_into_view.js",))(
        key="bring_into_view", data={"target": target, "count": st.session_state[_COUNT]}
    )
