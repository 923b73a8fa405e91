"""The code twice, and the numbers that both give under the same mask."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from typing import Any

import numpy as np
import streamlit as st

from dropout_demo.config import RATES
from dropout_demo.lessons.dropout_numbers import VALUES, Passed, code, passed
from dropout_demo.ui.learn.activities.choice import reading
from dropout_demo.ui.learn.activities.kit import show

MODES = {"training": "training: layer.train()", "evaluation": "evaluation: layer.eval()"}
CODES = {"from_scratch": "From scratch", "with_torch": "With PyTorch"}

# Side by side where there is room for lines of code, else one below the other.
_STYLE = """<style>
.st-key-activity-code-twice { flex-wrap: wrap; }
.st-key-activity-code-twice > div { flex: 1 1 26rem; width: auto; min-width: min(26rem, 100%); }
</style>"""

_SEED = "activity-code-seed"
_NEW_SEEDS = 10_000


def code_twice(options: Mapping[str, Any]) -> None:
    """Options: rate, the one to begin with (one of RATES; 0.5 if left out)."""
    st.html(_STYLE)
    with st.container(horizontal=True, key="activity-code-twice"):
        for name, title in CODES.items():
            with st.container(key=f"activity-code-{name}"):
                st.markdown(f"**{title}**")
                st.code(code(name), language="python", wrap_lines=True)
    with st.container(horizontal=True, vertical_alignment="bottom"):
        rate = st.select_slider(
            "Rate p", RATES, options.get("rate", 0.5), key="activity-code-rate", width=260
        )
        mode = reading("Mode", MODES, key="activity-code-mode")
        st.button("New mask", on_click=_renew, key="activity-code-new", type="primary")
    done = passed(rate, st.session_state.get(_SEED, 2), training=mode == "training")
    show("code", table(done) | {"said": sentence(done, rate, training=mode == "training")})


def table(done: Passed) -> dict[str, Any]:
    """What the browser draws: rows of text, and which columns are dropped."""
    rows = [
        ["x", *(_number(x) for x in VALUES)],
        ["mask", *("1" if keep else "0" for keep in done.keep)],
        ["from scratch", *(_number(y) for y in done.from_scratch)],
        ["nn.Dropout", *(_number(y) for y in done.torchs)],
    ]
    return {"rows": rows, "dropped": [not keep for keep in done.keep.tolist()]}


def sentence(done: Passed, rate: float, *, training: bool) -> str:
    """What both did, and how far apart they are."""
    apart = float(np.abs(done.from_scratch - done.torchs).max())
    same = (
        "both give the same numbers"
        if apart < 1e-6
        else f"they differ by as much as {apart:.3f}"  # which a test rules out
    )
    if not training:
        return f"In evaluation nothing drops and nothing is scaled: {same}, x itself."
    out = int((~done.keep).sum())
    return (
        f"{out} of {len(VALUES)} numbers are 0, the others are divided by 1 − {rate:g}: {same}. "
        "A test of this project runs nn.Dropout itself and finds these very numbers."
    )


def _renew() -> None:
    st.session_state[_SEED] = secrets.randbelow(_NEW_SEEDS)


def _number(value: float) -> str:
    return f"{value + 0.0:.2f}".replace("-", "\N{MINUS SIGN}")
