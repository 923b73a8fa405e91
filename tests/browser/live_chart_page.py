"""The page of live_chart_app.py: the arms that its address names, and buttons that rerun it."""

from __future__ import annotations

import json

import streamlit as st

from dropout_demo.ui.live_chart import Arm, ChartRun, live_chart


def arms() -> list[Arm]:
    """The arms of `?arms=[{"name", "epochs", "runs": [{"id", "seed", "status", "events"}]}]`."""
    return [
        Arm(
            name=arm["name"],
            epochs=arm["epochs"],
            runs=tuple(
                ChartRun(run["id"], run["seed"], run["status"], tuple(run.get("events", ())))
                for run in arm["runs"]
            ),
        )
        for arm in json.loads(st.query_params.get("arms", "[]"))
    ]


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
    live_chart(arms(), key="chart", on_ended=count_ended)
st.text("Below the chart")
