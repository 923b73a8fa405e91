"""A link with a button that copies it in one press."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from importlib.resources import files
from typing import Any

import streamlit as st


def copy_link(path: str, *, key: str) -> None:
    """Show the absolute address of a path on this server, as the browser knows it, to copy."""
    _component()(key=key, data={"path": path})


@cache
def _component() -> Callable[..., Any]:
    here = files("dropout_demo.ui")
    return st.components.v2.component(
        "dropout_lab.copy_link",
        css=(here / "copy_link.css").read_text("utf-8"),
        js=(here / "copy_link.js").read_text("utf-8"),
    )
