"""What came of runs, in a sentence, with curves, and what to do next."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import count, islice

import pandas as pd
import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from dropout_demo.comparison import Result, arm_name, compare, portrait, rates_of
from dropout_demo.lab import lab
from dropout_demo.recorded import Recording, recording
from dropout_demo.store import Run
from dropout_demo.ui.config_panel import DATASETS, SEEDS, pair_over_seeds
from dropout_demo.ui.lab_state import active, learner, show_runs, submit
from dropout_demo.ui.plain import plain
from dropout_demo.ui.run_charts import recorded_charts

EARLIER_RUNS = 200


def verdict_slot(runs: Sequence[Run]) -> None:
    """What came of the runs, or its place kept free while they train, so that nothing jumps."""
    with st.container(border=True, key="verdict"):
        if active(runs):
            st.markdown("The answer will stand here when the networks have finished.")
            return
        results = _finished(runs)
        comparison = compare(results)
        if comparison is not None:
            st.markdown(plain(comparison.sentence()))
        elif results:
            for result in results:
                st.markdown(plain(portrait(result)))
        else:
            st.markdown("None of these runs finished, so there is nothing to compare.")


def next_steps(runs: Sequence[Run]) -> None:
    """One suggestion, more seeds while they are few, then another rate; and the way back."""
    if active(runs):
        return
    results = _finished(runs)
    comparison = compare(results)
    row = st.container(horizontal=True, vertical_alignment="center")
    if comparison is not None and comparison.seeds < SEEDS[1]:
        _more_seeds_button(row, runs, results, SEEDS[1] - comparison.seeds)
    if row.button("Back to the recorded result", key="back", icon=":material/arrow_back:"):
        show_runs([])
        st.rerun()
    if comparison is not None and comparison.seeds >= SEEDS[1]:
        row.caption("Try next: a rate of 0.7, or dropout at one of the two layers only.")


def recorded_pair() -> None:
    """The finished comparison that the app opens on."""
    recorded = recording("article-pair")
    if recorded is None:
        st.info("The recorded comparison is not part of this copy; `make record` makes it.")
        return
    st.subheader(recorded.title, anchor=False)
    comparison = compare([run.result for run in recorded.runs])
    if comparison is not None:
        with st.container(border=True, key="recorded-verdict"):
            st.markdown(plain(comparison.sentence()))
    recorded_charts(recorded)
    _provenance(recorded)


def _finished(runs: Sequence[Run]) -> list[Result]:
    """The finished ones among these runs, with their epochs."""
    events = {run.id: lab().store.events(run.id) for run in runs if run.status == "finished"}
    return [
        Result(run.config, tuple(e for e in events[run.id] if e["kind"] == "epoch"))
        for run in runs
        if run.id in events
    ]


def _more_seeds_button(
    row: DeltaGenerator, runs: Sequence[Run], results: Sequence[Result], more: int
) -> None:
    label = f"Repeat with {more} more seed" + ("s" if more > 1 else "")
    if not row.button(label, key="more_seeds", icon=":material/repeat:"):
        return
    config = next(result.config for result in results if rates_of(result.config))
    used = {result.config.seed for result in results}
    fresh = islice((seed for seed in count() if seed not in used), more)
    started = submit(pair_over_seeds(config, fresh))
    if started:
        show_runs([*(run.id for run in runs), *started])
        st.rerun()


def _provenance(recorded: Recording) -> None:
    with st.popover("Where these numbers come from", icon=":material/fact_check:"):
        for name, value in recorded.provenance.items():
            st.text(f"{name}: {value}")
        for config in dict.fromkeys(r.config.with_seed(0) for r in recorded.runs):
            st.text(f"{arm_name(config)}: {config.to_query() or 'all settings at their defaults'}")


def earlier_runs() -> None:
    """This learner's runs; those selected are shown."""
    runs = list(reversed(lab().store.runs(owner=learner(), limit=EARLIER_RUNS)))
    if not runs:
        return
    with st.expander(f"Your earlier runs ({len(runs)})", icon=":material/history:"):
        chosen = st.dataframe(
            _runs_frame(runs),
            key="earlier",
            hide_index=True,
            on_select="rerun",
            selection_mode="multi-row",
            column_config={
                "validation accuracy": st.column_config.NumberColumn(format="percent"),
                "begun": st.column_config.DatetimeColumn(format="D MMM, HH:mm"),
            },
        )
        rows = chosen["selection"]["rows"]
        if st.button("Show the selected runs", key="show_earlier", disabled=not rows):
            show_runs([runs[row].id for row in rows])
            st.rerun()


def _runs_frame(runs: Sequence[Run]) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "begun": pd.to_datetime([run.created for run in runs], unit="s", utc=True),
            "network": [arm_name(run.config) for run in runs],
            "images": [f"{run.config.train_size:,} {DATASETS[run.config.dataset]}" for run in runs],
            "epochs": [run.config.epochs for run in runs],
            "seed": [run.config.seed for run in runs],
            "status": [run.status for run in runs],
            "validation accuracy": [
                run.summary.get("epoch", {}).get("val", {}).get("accuracy") for run in runs
            ],
        }
    )
