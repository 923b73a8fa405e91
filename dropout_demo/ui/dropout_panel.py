"""Dropout by layer: the drawing of the network, or plain widgets for whoever prefers them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import streamlit as st
from immutabledict import immutabledict

from dropout_demo.config import KINDS_AT, LAYERS, RATES, Dropout, Layer, RunConfig
from dropout_demo.explanations import KINDS, SCHEDULES
from dropout_demo.ui.network_diagram import KIND_LABELS, drawn, network_diagram, overrule
from dropout_demo.ui.plain import plain
from dropout_demo.ui.settings import WORDS

LAYER_NAMES: Mapping[Layer, str] = {
    "input": "Image",
    "conv1": "After convolution 1",
    "conv2": "After convolution 2",
    "conv3": "After convolution 3",
    "flatten": "Before the dense layer",
    "fc1": "After the dense layer",
    "logits": "On the scores",
}
VIEWS = ("Drawing", "Sliders")
_DROPOUT = "dropout"
_DIAGRAM = "diagram"


def dropout_now() -> Mapping[Layer, Dropout]:
    """What the bench holds."""
    now: Mapping[Layer, Dropout] = st.session_state.get(_DROPOUT, immutabledict())
    return now


def set_dropout(dropout: Mapping[Layer, Dropout]) -> None:
    """Let the bench hold this. Rates of 0 are no dropout."""
    st.session_state[_DROPOUT] = immutabledict(
        {layer: drop for layer, drop in dropout.items() if drop.p > 0}
    )


def load_dropout(dropout: Mapping[Layer, Dropout]) -> None:
    """As `set_dropout`, and what was drawn before counts no more: a preset, a link."""
    set_dropout(dropout)
    overrule(_DIAGRAM)


def view_control(row: Any) -> str:
    """Drawing or plain widgets."""
    st.session_state.setdefault("view", VIEWS[0])
    view: str = row.segmented_control("Set dropout by", VIEWS, key="view", required=True)
    return view


def dropout_panel(config: RunConfig, view: str) -> RunConfig:
    """The configuration with the dropout that the learner set."""
    if view == VIEWS[0]:
        set_dropout(network_diagram(config, key=_DIAGRAM, on_change=_drew))
    else:
        _sliders()
    _explanations(config)
    return config.model_copy(update={"dropout": dropout_now()})


def _explanations(config: RunConfig) -> None:
    """One line, with its source, on each kind of dropout that is set and on its schedule."""
    kinds = dict.fromkeys(drop.kind for drop in dropout_now().values())
    told = [(KIND_LABELS[kind], KINDS[kind]) for kind in kinds]
    if kinds and config.dropout_schedule != "always":
        schedule = config.dropout_schedule
        told.append((WORDS[schedule], SCHEDULES[schedule]))
    for name, explained in told:
        st.caption(
            f"**{name[0].upper()}{name[1:]}.** {plain(explained.text)} "
            f"[{plain(explained.source)}]({explained.link})"
        )


def _sliders() -> None:
    """A rate and a kind for each layer."""
    for layer in LAYERS:
        drop = dropout_now().get(layer)
        left, right = st.columns([3, 2], gap="medium", vertical_alignment="bottom")
        rate = drop.p if drop else 0.0
        st.session_state[f"rate_{layer}"] = rate
        left.select_slider(
            LAYER_NAMES[layer],
            sorted({*RATES, rate}),
            key=f"rate_{layer}",
            on_change=_slid,
            args=(layer,),
            help="Probability of dropping while training; 0 is no dropout.",
        )
        if drop:
            st.session_state[f"kind_{layer}"] = drop.kind
        right.selectbox(
            f"Kind: {LAYER_NAMES[layer].lower()}",
            KINDS_AT[layer],
            format_func=KIND_LABELS.__getitem__,
            key=f"kind_{layer}",
            on_change=_slid,
            args=(layer,),
        )


def _drew() -> None:
    """Before the script runs, so that what stands above the drawing knows too."""
    set_dropout(drawn(_DIAGRAM, dropout_now()))


def _slid(layer: Layer) -> None:
    state = st.session_state
    set_dropout({**dropout_now(), layer: Dropout(state[f"rate_{layer}"], state[f"kind_{layer}"])})
