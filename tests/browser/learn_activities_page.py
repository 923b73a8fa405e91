"""One activity of Learn alone; `?activity=` chooses it, `?options=` is JSON."""

from __future__ import annotations

import json

import streamlit as st

from dropout_demo.ui.learn.activities import ACTIVITIES

st.set_page_config(layout="wide")
st.title("Dropout")
name = st.query_params.get("activity", "fit")
options = json.loads(st.query_params.get("options", "{}"))


@st.fragment
def activity() -> None:
    """As a step draws it."""
    ACTIVITIES[name](options)


activity()
st.write("below")
