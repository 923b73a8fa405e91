"""Runs that were put away: at once, and back again for a day."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from dropout_demo.lab import lab
from dropout_demo.store import WAITING, Run
from dropout_demo.ui.lab_state import learner, query_on_show, runs_on_show, show_runs

_DELETED, _SHOWN_BEFORE = "deleted_runs", "shown_before"


def delete_runs(runs: Sequence[Run]) -> None:
    """Put runs away; those that wait or train are cancelled first. Reruns the page."""
    for run in runs:
        if run.status in WAITING:
            lab().jobs.cancel(run.id)
    ids, query = [run.id for run in runs], query_on_show()
    shown = [run.id for run in runs_on_show()]
    lab().store.delete(learner(), ids)
    st.session_state[_DELETED] = ids
    st.session_state[_SHOWN_BEFORE] = shown, query
    show_runs([run for run in shown if run not in ids], query)
    st.rerun()


def undo_row() -> None:
    """What was deleted just now can come back at once, to the page too."""
    deleted: list[str] = st.session_state.get(_DELETED, [])
    if not deleted:
        return
    row = st.container(horizontal=True, vertical_alignment="center")
    row.markdown(
        "1 run was deleted." if len(deleted) == 1 else f"{len(deleted)} runs were deleted."
    )
    if row.button("Undo", key="undo_delete", icon=":material/undo:"):
        lab().store.restore(learner(), deleted)
        st.session_state[_DELETED] = []
        show_runs(*st.session_state[_SHOWN_BEFORE])
        st.rerun()


def bring_back_row() -> None:
    """What was deleted earlier can come back for a day."""
    gone = lab().store.runs(learner(), deleted=True)
    if not gone:
        return
    row = st.container(horizontal=True, vertical_alignment="center")
    row.caption("Deleted runs are kept for a day.")
    if row.button(f"Bring back {len(gone)}", key="bring_back", icon=":material/undo:"):
        lab().store.restore(learner(), [run.id for run in gone])
        st.session_state[_DELETED] = []
        st.rerun()
