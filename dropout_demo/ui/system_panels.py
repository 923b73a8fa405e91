"""The parts of the System page."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from dropout_demo.cores import cores
from dropout_demo.data import status as data_status
from dropout_demo.datajobs import DataWork
from dropout_demo.lab import Lab
from dropout_demo.ui.assets import base_path
from dropout_demo.ui.plain import plain

REFRESH_SECONDS = 1.0
LAST_RUNS = 50
MEGABYTE = 1_000_000


def data_panel(lab: Lab) -> None:
    """The data sets, and the download of CIFAR-10 with progress, cancel and resume."""
    st.subheader("Images", anchor=False)
    work = lab.data.work()
    busy = work is not None and not work.ended
    st.fragment(_data_work, run_every=REFRESH_SECONDS if busy else None)(lab)
    for name, title in (("cifar10", "CIFAR-10"), ("shapes", "Drawn shapes")):
        state = data_status(name)
        icon = ":material/check_circle:" if state.ready else ":material/cloud_off:"
        with st.container(border=True):
            st.markdown(f"**{title}** {icon}")
            st.text(state.detail)
            if name == "cifar10" and not state.ready:
                _download_button(lab, busy)


def _download_button(lab: Lab, busy: bool) -> None:
    pressed = st.button(
        "Download CIFAR-10 (170 MB)", key="download", icon=":material/download:", disabled=busy
    )
    if pressed:
        lab.data.begin("cifar10", download=True)
        st.rerun()


def _data_work(lab: Lab) -> None:
    """What is being fetched or prepared; reruns by itself while that goes on."""
    work = lab.data.work()
    if work is None:
        return
    if work.ended:
        if work.error is not None:
            st.warning(plain(work.error), icon=":material/error:")
        if st.session_state.pop("data_was_busy", False):
            st.rerun()  # the whole page: the data set's state has changed
        return
    st.session_state["data_was_busy"] = True
    st.progress(min(1.0, work.done / work.total) if work.total else 0.0, text=_progress_text(work))
    if st.button("Cancel", key="cancel_data", icon=":material/stop:"):
        lab.data.cancel()


def _progress_text(work: DataWork) -> str:
    if not work.total:
        return f"{work.phase} …"
    if work.downloads and work.total > MEGABYTE:
        return f"{work.phase}: {work.done / MEGABYTE:.0f} of {work.total / MEGABYTE:.0f} MB"
    return f"{work.phase}: {work.done:,} of {work.total:,}"


def machine_panel(lab: Lab) -> None:
    """Device, workers and queue."""
    st.subheader("Device, workers, queue", anchor=False)
    counts, device, workers = lab.jobs.counts(), lab.backend.device(), lab.backend.workers()
    columns = st.columns(4)
    columns[0].metric("Training now", f"{counts['running']} of {counts['slots']}", border=True)
    columns[1].metric("Waiting", counts["queued"], border=True)
    columns[2].metric("Cores", cores(), border=True)
    columns[3].metric("Threads a run", counts["threads"], border=True)
    if device is None:
        st.text("The workers are starting; in a few seconds they will say what they compute on.")
    else:
        st.text(f"Runs compute on {device['device']} in {device['precision']}: {device['reason']}.")
    if workers:
        listed = ", ".join(f"process {worker.pid} ({worker.state})" for worker in workers)
        st.text(f"Workers: {listed}.")
    elif lab.backend.name == "thread":
        st.text("Runs train inside the server's own process.")


def runs_panel(lab: Lab) -> None:
    """The newest runs on this server, whoever started them."""
    runs = list(reversed(lab.store.runs(limit=LAST_RUNS)))
    st.subheader("Latest runs", anchor=False)
    if not runs:
        st.text("No run yet.")
        return
    frame = pd.DataFrame(
        {
            "run": [f"{base_path()}/?run={run.id}" for run in runs],
            "status": [run.status for run in runs],
            "configuration": [run.config.to_query() or "defaults" for run in runs],
            "begun": pd.to_datetime([run.created for run in runs], unit="s", utc=True),
            "what went wrong": [run.summary.get("failed", {}).get("error", "") for run in runs],
        }
    )
    st.dataframe(
        frame,
        hide_index=True,
        column_config={
            "run": st.column_config.LinkColumn(display_text=r"run=(.*)"),
            "begun": st.column_config.DatetimeColumn(format="D MMM, HH:mm"),
        },
    )
