"""The line of all steps: which are answered, which is open, and the way to each."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence

import streamlit as st

from dropout_demo.lessons.steps import Step
from dropout_demo.ui.component import component

_KEY = "learn-progress"


def progress_line(
    steps: Sequence[Step], here: Step, answered: Collection[str], on_go: Callable[[str], None]
) -> None:
    """Draw it; the key of a step that is pressed is told to `on_go` before the page runs again.

    When another step opens, the browser goes up to the line, and the keyboard with it.
    """
    told = [
        {"key": step.key, "title": step.title, "answered": step.key in answered} for step in steps
    ]

    def go() -> None:
        on_go(str(st.session_state[_KEY].get("go")))

    component("learn_progress", ("nodes.js", "learn/progress.js"), ("learn/progress.css",))(
        key=_KEY, data={"steps": told, "here": here.key}, on_go_change=go
    )
