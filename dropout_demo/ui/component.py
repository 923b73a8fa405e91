"""Registering our components: their scripts and style sheets are files of this package."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cache
from importlib.resources import files
from typing import Any

import streamlit as st


@cache
def component(
    name: str, scripts: Sequence[str], styles: Sequence[str] = (), *, isolated: bool = True
) -> Callable[..., Any]:
    """The component of a name, registered at the first call in a process.

    scripts, styles: paths below `dropout_demo/ui`, joined in their order to one module and one
    sheet; tuples, since the result is kept. isolated: its styles are kept apart from the page's.
    """
    return st.components.v2.component(
        f"dropout_lab.{name}",
        css=_joined(styles) if styles else None,
        js=_joined(scripts),
        isolate_styles=isolated,
    )


def _joined(paths: Sequence[str]) -> str:
    here = files("dropout_demo.ui")
    return "\n".join((here / path).read_text("utf-8") for path in paths)
