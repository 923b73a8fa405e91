"""A page with the drawing: presets and a slider beside it, and what Python knows of it."""

from __future__ import annotations

import time
from typing import Any

import streamlit as st

from dropout_demo.config import RATES, Dropout, RunConfig
from dropout_demo.ui.network_diagram import drawn, network_diagram, overrule

PRESETS: dict[str, RunConfig] = {
    "Article": RunConfig.preset("article"),
    "Plain": RunConfig.preset("article-baseline"),
    "Channels": RunConfig(dropout={"conv1": Dropout(0.1, "channel"), "logits": Dropout(0.5)}),
    "Every kind": RunConfig(
        dropout={
            "input": Dropout(0.1),
            "conv1": Dropout(0.3, "channel"),
            "conv2": Dropout(0.3, "block"),
            "conv3": Dropout(0.5, "gaussian"),
            "flatten": Dropout(0.37),
            "fc1": Dropout(0.5, "connect"),
            "logits": Dropout(0.25, "gaussian"),
        }
    ),
    "Wide": RunConfig(width=4, padding=1, batch_norm="after", dropout={"fc1": 0.5}),
    "Thin": RunConfig(width=0.125, dropout={"conv1": 0.5, "conv3": 0.5}),
}
state = st.session_state


def keep(config: RunConfig) -> None:
    """The page holds this configuration from now on."""
    state.config = config


def load(config: RunConfig) -> None:
    """A preset: it counts even where it changes nothing."""
    keep(config)
    overrule("net")


def with_dropout(dropout: Any) -> RunConfig:
    """The page's configuration with other dropout."""
    config: RunConfig = state.config
    return config.model_copy(update={"dropout": dropout})


def take() -> None:
    """Keep up with the drawing before the script runs."""
    keep(with_dropout(drawn("net", state.config.dropout)))


def slid() -> None:
    """The plain widget changes one layer."""
    keep(with_dropout(RunConfig(dropout={**state.config.dropout, "fc1": state.fc1}).dropout))


st.set_page_config(layout="wide")
state.runs = state.get("runs", 0) + 1
if "config" not in state:
    keep(RunConfig.from_query(st.query_params.get("config", "preset=article")))
st.title("Lab")
time.sleep(float(st.query_params.get("slow", 0)))
row = st.container(horizontal=True)
for name, preset in PRESETS.items():
    row.button(name, on_click=load, args=(preset,))
if "slider" in st.query_params:
    state.fc1 = state.config.dropout["fc1"].p if "fc1" in state.config.dropout else 0.0
    st.select_slider("fc1", sorted({*RATES, state.fc1}), key="fc1", on_change=slid)
if "returned" in st.query_params:
    keep(with_dropout(network_diagram(state.config, key="net")))
else:
    network_diagram(state.config, key="net", on_change=take)
said = ", ".join(f"{at} {drop.p} {drop.kind}" for at, drop in state.config.dropout.items())
st.text(f"Python has {said or 'none'}.")
st.text(f"After {state.runs} runs")
