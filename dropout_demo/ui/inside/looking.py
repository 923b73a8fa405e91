"""One panel at a time: only what is looked at is computed."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from dropout_demo.ui.inside.on_show import OnShow
from dropout_demo.ui.inside.opening import LOOK
from dropout_demo.ui.inside.panels import PANELS

FIRST = "masks"


def look_at(shown: Sequence[OnShow]) -> str:
    """Draw the chosen panel for these runs; its name."""
    if LOOK not in st.session_state:
        asked = st.query_params.get("look", FIRST)
        st.session_state[LOOK] = asked if asked in PANELS else FIRST
    look = st.segmented_control(
        "Look at",
        list(PANELS),
        format_func=lambda name: PANELS[name][0],
        key=LOOK,
        required=True,
        disabled=not shown,
    )
    assert look is not None
    if shown:
        with st.container(key=f"panel-{look}"):
            _panel(look, tuple(shown))
    return look


@st.fragment
def _panel(look: str, shown: Sequence[OnShow]) -> None:
    """What happens within a panel reruns that panel alone."""
    PANELS[look][1](shown)
