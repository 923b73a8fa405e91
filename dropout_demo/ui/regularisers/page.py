"""The Regularisers page: which part is on show, kept in the address."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial

import streamlit as st

from dropout_demo.lessons.regularisers import regularisers
from dropout_demo.ui.plain import plain
from dropout_demo.ui.regularisers.combination import RUN, combination_view
from dropout_demo.ui.regularisers.linear import linear_view
from dropout_demo.ui.regularisers.overview import overview
from dropout_demo.ui.regularisers.recurrent import recurrent_view
from dropout_demo.ui.regularisers.section import section

VIEW = "view"
_WIDGET = "regularisers-view"


def views() -> Mapping[str, tuple[str, Callable[[], None]]]:
    """By name in the address: title, and what draws it."""
    own = {one.key: (one.name, partial(section, one.key)) for one in regularisers().regularisers}
    return {
        "overview": ("Overview", overview),
        **own,
        "combination": ("Model combination", combination_view),
        "linear": ("Linear regression", linear_view),
        "recurrent": ("Recurrent", recurrent_view),
    }


def regularisers_page() -> None:
    """Everything below the page's title."""
    there = views()
    if st.session_state.get(_WIDGET) not in there:
        asked = st.query_params.get(VIEW, "")
        if asked and asked not in there:
            st.warning(f"There is no view {plain(asked[:20])}.", icon=":material/search_off:")
        st.session_state[_WIDGET] = asked if asked in there else next(iter(there))
    chosen = st.pills(
        "View",
        list(there),
        format_func=lambda name: there[name][0],
        key=_WIDGET,
        required=True,
        label_visibility="collapsed",
    )
    assert chosen is not None
    _remember(chosen)
    there[chosen][1]()


def _remember(chosen: str) -> None:
    kept = {k: st.query_params.get_all(k) for k in st.query_params if k.startswith("embed")}
    address: dict[str, str | list[str]] = {**kept, VIEW: chosen}
    if chosen == "combination" and (runs := st.query_params.get_all(RUN)):
        address[RUN] = runs
    st.query_params.from_dict(address)
