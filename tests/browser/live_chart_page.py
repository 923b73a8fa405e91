"""The page of live_chart_app.py: the arms that its address names, and buttons that rerun it."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import urljoin

import httpx
import streamlit as st

from dropout_demo.events import END_KINDS
from dropout_demo.ui.live_chart import Arm, ChartRun, live_chart


def arms() -> list[Arm]:
    """The arms of `?arms=[{"name", "epochs", "runs": [{"id", "seed", "status", "events"}]}]`.

    A run that has ended is given as such, but with `&stale=1` as the address says for ever.
    """
    return [
        Arm(
            name=arm["name"],
            epochs=arm["epochs"],
            runs=tuple(
                ChartRun(run["id"], run["seed"], status(run), tuple(run.get("events", ())))
                for run in arm["runs"]
            ),
        )
        for arm in json.loads(st.query_params.get("arms", "[]"))
    ]


def status(run: dict[str, Any]) -> str:
    """How the run stands, as a page would read it in the store."""
    if "stale" in st.query_params or run["status"] not in ("queued", "running"):
        return str(run["status"])
    url = urljoin(str(st.context.url), "/fake/ended")
    return httpx.get(url, params={"run": run["id"]}).json() or str(run["status"])


def count_ended() -> None:
    """Count the calls of `on_ended`."""
    st.session_state.ended = st.session_state.get("ended", 0) + 1


st.set_page_config(layout="wide")
st.session_state.reruns = st.session_state.get("reruns", -1) + 1
st.title("Dropout")
st.text(f"{st.session_state.reruns} reruns, ended {st.session_state.get('ended', 0)} times")
st.button("Rerun")
if st.toggle("More above"):
    st.text_input("Above")
if not st.toggle("Away"):
    shown = arms()
    live_chart(shown, key="chart", on_ended=count_ended)
    runs = [run for arm in shown for run in arm.runs]
    st.text(f"{sum(run.status in END_KINDS for run in runs)} of {len(runs)} ended for Python")
st.text("Below the chart")
