"""The shelf: all runs of this learner, to pin, name, colour, hide, sort, show and delete."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from typing import Any

import pandas as pd
import streamlit as st

from dropout_demo.comparison import arm_name
from dropout_demo.config import MAX_IMPORT_BYTES, MAX_NAME_CHARACTERS, MAX_RUNS_A_STREAM
from dropout_demo.imports import ImportRefused, import_runs
from dropout_demo.lab import lab
from dropout_demo.store import WAITING, Run, StoreError
from dropout_demo.ui.lab_state import learner, runs_on_show, show_runs
from dropout_demo.ui.palette import COLOUR_NAMES
from dropout_demo.ui.plain import plain
from dropout_demo.ui.settings import WORDS

SHELF_RUNS = 500
_VERSION = "shelf_version"
OWN_COLUMNS = {"pin": "pinned", "name": "name", "colour": "colour", "hide": "hidden"}


def shelf() -> None:
    """A table to work in; folded away, and read only when it is opened."""
    _undo(st.session_state.get("deleted_runs", []))
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
        _import()


def _sorted(runs: Sequence[Run], shows_hidden: bool) -> list[Run]:
    """Pinned ones first, then the newest; hidden ones only if wanted."""
    visible = [run for run in runs if shows_hidden or not run.hidden]
    return sorted(visible, key=lambda run: (not run.pinned, -run.created))


def _table(runs: Sequence[Run]) -> None:
    key = _table_key(runs)
    edited = st.data_editor(
        _frame(runs, {run.id for run in runs_on_show()}),
        key=key,
        hide_index=True,
        height=min(38 + 35 * len(runs), 420),
        disabled=["network", "images", "epochs", "seed", "status", "accuracy", "gap", "begun"],
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


def _frame(runs: Sequence[Run], shown: set[str]) -> pd.DataFrame:
    last = [run.summary.get("epoch", {}) for run in runs]
    colours = list(COLOUR_NAMES)
    return pd.DataFrame(
        {
            "choose": [run.id in shown for run in runs],
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
        show_runs([run.id for run in reversed(chosen)])
        st.rerun()
    if row.button("Delete", key="delete_chosen", icon=":material/delete:", disabled=none):
        _delete(chosen)
    if too_many:
        row.caption(f"At most {MAX_RUNS_A_STREAM} runs can be shown at once.")
    elif none:
        row.caption("Choose runs in the first column; a click on a heading sorts.")


def _delete(runs: Sequence[Run]) -> None:
    for run in runs:
        if run.status in WAITING:
            lab().jobs.cancel(run.id)
    ids = [run.id for run in runs]
    lab().store.delete(learner(), ids)
    st.session_state["deleted_runs"] = ids
    kept = [run.id for run in runs_on_show() if run.id not in ids]
    show_runs(kept)
    _forget_edits()
    st.rerun()


def _undo(deleted: Sequence[str]) -> None:
    """Until the next deletion or the end of the session, what was deleted can come back."""
    if not deleted:
        return
    row = st.container(horizontal=True, vertical_alignment="center")
    row.markdown(
        "1 run was deleted." if len(deleted) == 1 else f"{len(deleted)} runs were deleted."
    )
    if row.button("Undo", key="undo_delete", icon=":material/undo:"):
        lab().store.restore(learner(), deleted)
        st.session_state["deleted_runs"] = []
        _forget_edits()
        st.rerun()


def _import() -> None:
    """An exported JSON file becomes runs of the shelf again."""
    version = st.session_state.setdefault("import_version", 0)
    file = st.file_uploader(
        "Import runs from an exported JSON file",
        type="json",
        key=f"import_{version}",
        max_upload_size=MAX_IMPORT_BYTES // 2**20,
    )
    if said := st.session_state.pop("import_said", None):
        st.success(said, icon=":material/check:")
    if file is None:
        return
    try:
        ids = import_runs(lab().store, learner(), json.loads(file.getvalue()))
    except (ImportRefused, StoreError) as error:
        st.error(plain(str(error)), icon=":material/error:")
        return
    except (ValueError, RecursionError):
        st.error("This file is not JSON; choose one that was exported here.")
        return
    st.session_state["import_version"] = version + 1
    st.session_state["import_said"] = (
        "1 run is back." if len(ids) == 1 else f"{len(ids)} runs are back."
    )
    show_runs(ids)
    st.rerun()
