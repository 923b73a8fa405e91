"""Below a comparison: one suggestion, a link, files, and the way back."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from dropout_demo.config import MAX_SEEDS_AN_ARM, RunConfig
from dropout_demo.contrasts import contrasts, group_arms
from dropout_demo.plan import Plan
from dropout_demo.readings import Result
from dropout_demo.stats import FEWEST_SEEDS, seeds_to_settle
from dropout_demo.store import Run
from dropout_demo.ui.actions import more_seeds, train_more
from dropout_demo.ui.inside.link import look_inside
from dropout_demo.ui.lab_state import active, comparison_on_show, query_of, show_runs
from dropout_demo.ui.share import export_popover, share_popover


def next_steps(plan: Plan | None, runs: Sequence[Run], results: Sequence[Result]) -> None:
    """What to do with the runs on show."""
    row = st.container(horizontal=True, vertical_alignment="center")
    with row:
        show = comparison_on_show()
        if show is None:  # runs named one by one in the address get a short name when shared
            show_runs([run.id for run in runs], plan.to_query() if plan else query_of(runs))
            show = comparison_on_show()
        if not active(runs):
            _more_seeds(runs, results)
            look_inside([(run.id, run.config) for run in runs if run.status == "finished"])
        if show is not None:
            share_popover(show)
            export_popover(show)
        if st.button("Back to the recorded result", key="back", icon=":material/arrow_back:"):
            show_runs([])
            st.rerun()


def _more_seeds(runs: Sequence[Run], results: Sequence[Result]) -> None:
    """To three for a verdict; from there to as many as might settle what is too close to call."""
    told = contrasts(results)
    if not told:
        return
    seeds = min(len(contrast.seeds) for contrast in told)
    wanted = FEWEST_SEEDS
    if seeds >= FEWEST_SEEDS:
        undecided = [c.accuracy for c in told if c.verdict() == "too close to call"]
        needed = [n for difference in undecided if (n := seeds_to_settle(difference))]
        wanted = min(min(needed, default=0), MAX_SEEDS_AN_ARM)
    more = wanted - seeds
    if more <= 0:
        return
    label = f"Repeat with {more} more seed" + ("s" if more > 1 else "")
    if wanted == MAX_SEEDS_AN_ARM:
        label += f", {wanted} in all"
    if st.button(label, key="more_seeds", icon=":material/repeat:"):
        arms: list[RunConfig] = list(group_arms(results))
        used = sorted({result.config.seed for result in results})
        train_more(more_seeds(arms, used, more), [run.id for run in runs])
