"""What the Lab's address and session hold: the configuration, the runs on show, the learner."""

from __future__ import annotations

from collections.abc import Sequence
from urllib.parse import urlencode

import streamlit as st

from dropout_demo.config import MAX_RUNS_A_STREAM, RunConfig
from dropout_demo.data import status as data_status
from dropout_demo.lab import lab
from dropout_demo.owners import COOKIE, is_token, new_token, owner_of
from dropout_demo.problems import ConfigError
from dropout_demo.store import Run

START_PRESET = "quick"


def learner() -> str:
    """The owner's name of whoever looks at this page: by cookie, else for this session alone."""
    token = st.context.cookies.get(COOKIE)
    if not is_token(token):
        token = st.session_state.setdefault("learner_token", new_token())
    assert token is not None
    return owner_of(token)


def config_from_address() -> RunConfig:
    """The address's configuration, or the start preset; says what makes no sense in it."""
    pairs = [(k, v) for k in st.query_params for v in st.query_params.get_all(k) if k != "run"]
    pairs = [pair for pair in pairs if not pair[0].startswith("embed")]
    start = RunConfig.preset(START_PRESET, dataset=_dataset_at_hand())
    if not pairs:
        return start
    try:
        return RunConfig.from_query(urlencode(pairs))
    except ConfigError as error:
        st.session_state["address_problem"] = str(error)
        return start


def sync_address(config: RunConfig) -> None:
    """Write configuration and runs on show into the address, so a reload loses nothing."""
    runs = [] if not st.query_params.get("run") else st.query_params.get_all("run")
    wanted = dict(pair.split("=", 1) for pair in config.to_query().split("&") if "=" in pair)
    embed = {k: st.query_params.get_all(k) for k in st.query_params if k.startswith("embed")}
    full: dict[str, str | list[str]] = {**wanted, **embed}
    if runs:
        full["run"] = runs
    st.query_params.from_dict(full)


def show_runs(ids: Sequence[str]) -> None:
    """Put these runs on show."""
    st.query_params["run"] = list(ids)


def runs_on_show() -> list[Run]:
    """The runs that the address names; says when one of them is not there."""
    ids = list(dict.fromkeys(st.query_params.get_all("run")))[:MAX_RUNS_A_STREAM]
    if not ids:
        return []
    found = lab().store.some([run[:64] for run in ids])
    if len(found) < len(ids):
        missing = len(ids) - len(found)
        st.warning(
            f"{missing} of the {len(ids)} runs in the address are not on this server.",
            icon=":material/search_off:",
        )
    return found


def active(runs: Sequence[Run]) -> list[Run]:
    """Those that wait or train."""
    return [run for run in runs if run.ended is None]


def _dataset_at_hand() -> str:
    return "cifar10" if data_status("cifar10").ready else "shapes"
