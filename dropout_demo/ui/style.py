"""The style sheet that no theme setting covers."""

from __future__ import annotations

from importlib.resources import files

import streamlit as st


def use_style() -> None:
    """Add our few rules to the page. The text is our own file; nothing foreign enters it."""
    sheet = (files("dropout_demo.ui") / "style.css").read_text("utf-8")
    st.html(f"<style>{sheet}</style>")
