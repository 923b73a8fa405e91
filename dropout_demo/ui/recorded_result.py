"""The finished comparison that the app opens on, with where its numbers come from."""

from __future__ import annotations

import streamlit as st

from dropout_demo.arms import arm_name
from dropout_demo.recorded import Recording, recording
from dropout_demo.ui.inside.link import look_inside
from dropout_demo.ui.inside.on_show import recorded_runs
from dropout_demo.ui.results import answer_in_full, details
from dropout_demo.ui.run_charts import recorded_charts, recorded_colours


def recorded_pair() -> None:
    """Drawn by the same code as live runs."""
    recorded = recording("article-pair")
    if recorded is None:
        st.info("The recorded comparison is not part of this copy; `make record` makes it.")
        return
    st.subheader(recorded.title, anchor=False)
    with st.container(border=True, key="recorded-verdict"):
        results = [run.result for run in recorded.runs]
        answer_in_full(results, recorded_colours(recorded), key="recorded_intervals")
    recorded_charts(recorded)
    details(results)
    _provenance(recorded)


def _provenance(recorded: Recording) -> None:
    look_inside([(run.id, run.config) for run in recorded_runs()])
    with st.popover("Where these numbers come from", icon=":material/fact_check:"):
        for name, value in recorded.provenance.items():
            st.text(f"{name}: {value}")
        for config in dict.fromkeys(r.config.with_seed(0) for r in recorded.runs):
            st.text(f"{arm_name(config)}: {config.to_query() or 'all settings at their defaults'}")
