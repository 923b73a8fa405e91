"""One regulariser: what it is, what was recorded of it, and the live version."""

from __future__ import annotations

import streamlit as st

from dropout_demo.evidence.known import recorded_told
from dropout_demo.lessons.regularisers import regularisers
from dropout_demo.lessons.sources import source
from dropout_demo.ui.plain import plain
from dropout_demo.ui.regularisers.live import live_version
from dropout_demo.ui.regularisers.pictures import seen_in_training
from dropout_demo.ui.regularisers.told import how_many_seeds, told_in_full


def section(key: str) -> None:
    """Raises KeyError for a key that is none."""
    one = regularisers()[key]
    st.header(one.name, anchor=False)
    st.markdown(plain(one.does))
    st.latex(one.formula)
    st.caption(plain(one.reads))
    seen_in_training(key)
    card = regularisers().card(key)
    told = recorded_told(card)
    st.subheader("Recorded: alone, and with dropout", anchor=False)
    told_in_full(card, told, key=f"recorded-{key}")
    if gap := how_many_seeds(card, told):
        st.info(gap, icon=":material/pending:")
    st.caption(
        f"CIFAR-10, 10,000 images, 15 epochs, {card.seeds} seeds, the article's network, "
        f"{plain(regularisers().bases[one.base].name)}. Tuned: {plain(one.settings_are)}; "
        "dropout has three rates. The setting shown is the best by validation accuracy; the test "
        "set is looked at once a run. Times were measured while other runs trained beside them."
    )
    live_version(key)
    with st.expander("Why, and what to mind"):
        st.markdown(plain(one.why))
        tries = ", ".join(plain(setting.name) for setting in one.settings)
        st.markdown(f"Settings tried: {tries}; each alone and with dropout 0.25.")
        for name in one.sources:
            said = source(name)
            label = plain(said.label)
            st.markdown(f"- [{label}]({said.url})" if said.url else f"- {label}")
