"""The shelf: all runs of this learner, to pin, name, colour, hide, sort, show and delete."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd
import streamlit as st

from dropout_demo.arms import arm_name
from dropout_demo.config import MAX_NAME_CHARACTERS, MAX_RUNS_A_STREAM
from dropout_demo.lab import lab
from dropout_demo.readings import Result
from dropout_demo.store import Run, StoreError
from dropout_demo.ui.deleted_runs import bring_back_row, delete_runs, undo_row
from dropout_demo.ui.import_panel import import_panel
from dropout_demo.ui.lab_state import learner, query_of, runs_on_show, show_runs
from dropout_demo.ui.palette import COLOUR_NAMES
from dropout_demo.ui.plain import plain
from dropout_demo.ui.settings import WORDS

SHELF_RUNS = 500
_VERSION = "shelf_version"
_CHOICES = {"shown": "Those on show", "all": "All"}
READ_ONLY = (
    *("on show", "network", "seed", "status", "accuracy", "gap", "epochs", "images", "begun"),
)
OWN_COLUMNS = {"pin": "pinned", "name": "name", "colour": "colour", "hide": "hidden"}


def shelf() -> None:
    """A table to work in; folded away, and read only when it is opened."""
    undo_row()
    # Its label never changes: Streamlit would fold it again.
    fold = st.expander("Your shelf", icon=":material/inventory_2:", key="shelf", on_change="rerun")
    if not fold.open:
        return
    with fold:
        shows_hidden = st.checkbox("Show hidden runs too", key="shows_hidden")
        runs = _sorted(lab().store.runs(owner=learner(), limit=SHELF_RUNS), shows_hidden)
        if runs:
            _table(runs)
        else:
            st.caption("Runs that you train are kept here, also when the server starts anew.")
        bring_back_row()
        import_panel()


def _sorted(runs: Sequence[Run], shows_hidden: bool) -> list[Run]:
    """Pinned ones first, then the newest; hidden ones only if wanted."""
    visible = [run for run in runs if shows_hidden or not run.hidden]
    return sorted(visible, key=lambda run: (not run.pinned, -run.created))


def _table(runs: Sequence[Run]) -> None:
    shown = {run.id for run in runs_on_show()}
    which = st.segmented_control(
        "Choose", list(_CHOICES), format_func=_CHOICES.__getitem__, key="shelf_choice"
    )
    chosen = {"shown": shown, "all": {run.id for run in runs}}.get(which or "", set())
    key = f"{_table_key(runs)}_{which}_{len(chosen)}"
    edited = st.data_editor(
        _frame(runs, chosen, shown),
        key=key,
        hide_index=True,
        height=min(38 + 35 * len(runs), 420),
        disabled=[
            "on show",
            "network",
            "images",
            "epochs",
            "seed",
            "status",
            "accuracy",
            "gap",
            "begun",
        ],
        column_config={
            "choose": st.column_config.CheckboxColumn("choose", help="For the buttons below."),
            "pin": st.column_config.CheckboxColumn("pin", help="Stays on top."),
            "name": st.column_config.TextColumn("name", max_chars=MAX_NAME_CHARACTERS),
            "colour": st.column_config.SelectboxColumn("colour", options=list(COLOUR_NAMES)),
            "hide": st.column_config.CheckboxColumn("hide", help="Off the shelf, but kept."),
            "accuracy": st.column_config.NumberColumn(
                "accuracy", format="%.1f %%", help="On validation images, at the last epoch."
            ),
            "gap": st.column_config.NumberColumn(
                "gap", format="%.2f", help="Validation minus training loss, in nats."
            ),
            "begun": st.column_config.DatetimeColumn("begun", format="D MMM, HH:mm"),
        },
    )
    if _keep_edits(runs, st.session_state[key]["edited_rows"]):
        _forget_edits()
        st.rerun()
    _buttons([run for run, chosen in zip(runs, edited["choose"], strict=True) if chosen])


def _table_key(runs: Sequence[Run]) -> str:
    """Another key where rows moved: Streamlit keeps edits by row, and they must not slip."""
    rows = hashlib.sha256(" ".join(run.id for run in runs).encode()).hexdigest()[:12]
    return f"shelf_table_{st.session_state.get(_VERSION, 0)}_{rows}"


def _forget_edits() -> None:
    """What was edited was written; the table starts anew from the store."""
    st.session_state[_VERSION] = st.session_state.get(_VERSION, 0) + 1


def _frame(runs: Sequence[Run], chosen: set[str], shown: set[str]) -> pd.DataFrame:
    last = _last_epochs(runs)
    colours = list(COLOUR_NAMES)
    return pd.DataFrame(
        {
            "choose": [run.id in chosen for run in runs],
            "on show": [run.id in shown for run in runs],
            "pin": [run.pinned for run in runs],
            "name": [run.name for run in runs],
            "network": [arm_name(run.config) for run in runs],
            "seed": [run.config.seed for run in runs],
            "status": [_status(run) for run in runs],
            "accuracy": [100 * epoch["val"]["accuracy"] if epoch else None for epoch in last],
            "gap": [
                epoch["val"]["loss"] - epoch["train_clean"]["loss"] if epoch else None
                for epoch in last
            ],
            "epochs": [run.config.epochs for run in runs],
            "images": [f"{run.config.train_size:,} {WORDS[run.config.dataset]}" for run in runs],
            "colour": [None if run.colour is None else colours[run.colour] for run in runs],
            "hide": [run.hidden for run in runs],
            "begun": pd.to_datetime([run.created for run in runs], unit="s", utc=True),
        }
    )


def _last_epochs(runs: Sequence[Run]) -> list[Mapping[str, Any] | None]:
    """The epoch that counts of each run: its last, or its best where early stopping went back."""
    stopped = [r.id for r in runs if r.config.patience is not None and r.status == "finished"]
    events = lab().store.events_of(stopped, kinds=("epoch",)) if stopped else {}
    return [
        Result(run.config, tuple(events[run.id])).kept
        if run.id in events
        else run.summary.get("epoch")
        for run in runs
    ]


def _status(run: Run) -> str:
    return f"{run.status}, imported" if run.imported else run.status


def _keep_edits(runs: Sequence[Run], edits: dict[int, dict[str, Any]]) -> bool:
    """Write what was changed in the table; whether anything was."""
    changed = False
    for row, cells in edits.items():
        marks = {OWN_COLUMNS[name]: cell for name, cell in cells.items() if name in OWN_COLUMNS}
        if not marks:
            continue
        if marks.get("colour") is not None:
            marks["colour"] = list(COLOUR_NAMES).index(marks["colour"])
        try:
            lab().store.mark(learner(), [runs[row].id], **marks)
            changed = True
        except (StoreError, ValueError) as error:
            st.error(plain(str(error)), icon=":material/error:")
    return changed


def _buttons(chosen: Sequence[Run]) -> None:
    row = st.container(horizontal=True, vertical_alignment="center")
    none = not chosen
    too_many = len(chosen) > MAX_RUNS_A_STREAM
    if row.button(
        f"Show and compare {len(chosen)}" if chosen else "Show and compare",
        key="show_chosen",
        icon=":material/compare:",
        disabled=none or too_many,
    ):
        shown = sorted(chosen, key=lambda run: run.created)
        show_runs([run.id for run in shown], query_of(shown))
        st.rerun()
    delete = f"Delete {len(chosen)}" if chosen else "Delete"
    if row.button(delete, key="delete_chosen", icon=":material/delete:", disabled=none):
        _forget_edits()
        delete_runs(chosen)
    if too_many:
        row.caption(f"At most {MAX_RUNS_A_STREAM} runs can be shown at once.")
    elif none:
        row.caption("Choose runs in the first column; a click on a heading sorts.")
