"""Runs from a file that was exported, here or on another server."""

from __future__ import annotations

import json
from typing import Any

import streamlit as st

from dropout_demo.config import MAX_IMPORT_BYTES
from dropout_demo.imports import ImportRefused, import_runs
from dropout_demo.lab import lab
from dropout_demo.plan import Plan
from dropout_demo.problems import ConfigError
from dropout_demo.store import StoreError
from dropout_demo.ui.lab_state import learner, query_of, show_runs
from dropout_demo.ui.plain import plain


def import_panel() -> None:
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
    refused = st.session_state.get("import_refused", ("", ""))
    if file is None:
        return
    if file.file_id == refused[0]:  # it was checked before; only the page runs again
        st.error(refused[1], icon=":material/error:")
        return
    try:
        whole = json.loads(file.getvalue())
        ids = import_runs(lab().store, learner(), whole)
    except (ImportRefused, StoreError) as error:
        _refuse(file.file_id, f"This file cannot be imported: {plain(str(error))}")
        return
    except (ValueError, RecursionError):
        _refuse(file.file_id, "This file is not JSON; choose one that was exported here.")
        return
    st.session_state["import_version"] = version + 1
    st.session_state["import_said"] = (
        "1 run is back." if len(ids) == 1 else f"{len(ids)} runs are back."
    )
    show_runs(ids, _query_in(whole) or query_of(lab().store.some(ids)))
    st.rerun()


def _query_in(whole: Any) -> str:
    """The bench that an exported comparison names, if it makes sense; else ""."""
    query = whole.get("query")
    try:
        return Plan.from_query(query).to_query() if isinstance(query, str) and query else ""
    except ConfigError:
        return ""


def _refuse(file_id: str, why: str) -> None:
    st.session_state["import_refused"] = (file_id, why)
    st.error(why, icon=":material/error:")
