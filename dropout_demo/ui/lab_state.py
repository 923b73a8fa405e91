"""What the Lab's address and session hold: the configuration, the runs on show, the learner."""

from __future__ import annotations

from collections.abc import Sequence
from urllib.parse import urlencode

import streamlit as st

from dropout_demo.config import MAX_RUNS_A_STREAM, RunConfig
from dropout_demo.data import status as data_status
from dropout_demo.jobs import QueueFull
from dropout_demo.lab import lab
from dropout_demo.owners import COOKIE, is_token, new_token, owner_of
from dropout_demo.problems import ConfigError
from dropout_demo.store import WAITING, Run, StoreError
from dropout_demo.ui.plain import plain

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


def last_config() -> RunConfig | None:
    """What the panel said when this session last saw the Lab; None before it did."""
    config: RunConfig | None = st.session_state.get("lab_config")
    return config


def remember(config: RunConfig) -> None:
    """Keep configuration and runs on show in session and address: a reload loses nothing."""
    st.session_state["lab_config"] = config
    pairs = dict(pair.split("=", 1) for pair in config.to_query().split("&") if pair)
    embed = {k: st.query_params.get_all(k) for k in st.query_params if k.startswith("embed")}
    runs = {"run": ids} if (ids := _ids_on_show()) else {}
    st.query_params.from_dict({**pairs, **embed, **runs})


def show_runs(ids: Sequence[str]) -> None:
    """Put these runs on show; none: the recorded result."""
    st.session_state["shown"] = list(ids)
    st.query_params["run"] = list(ids)


def runs_on_show() -> list[Run]:
    """The runs on show that there are; says when one of them is not."""
    ids = _ids_on_show()
    found = lab().store.some([run[:64] for run in ids])
    if len(found) < len(ids):
        missing = len(ids) - len(found)
        st.warning(
            f"{missing} of the {len(ids)} runs in the address are not on this server.",
            icon=":material/search_off:",
        )
    return found


def _ids_on_show() -> list[str]:
    """By the address; else by the session; a new session shows what its learner has training."""
    ids = st.query_params.get_all("run")
    if not ids and "shown" not in st.session_state:
        ids = [run.id for run in lab().store.runs(learner(), status=WAITING)]
    ids = list(dict.fromkeys(ids or st.session_state.get("shown", [])))[:MAX_RUNS_A_STREAM]
    st.session_state["shown"] = ids
    return ids


def submit(configs: Sequence[RunConfig]) -> list[str]:
    """Queue runs for this learner; their ids, or none and a sentence on the page why not."""
    source = data_status(configs[0].dataset)
    if not source.ready:
        st.error(plain(source.detail), icon=":material/database:")
        return []
    try:
        return lab().jobs.submit(configs, learner())
    except (QueueFull, StoreError) as error:
        st.error(plain(str(error)), icon=":material/error:")
        return []


def active(runs: Sequence[Run]) -> list[Run]:
    """Those that wait or train."""
    return [run for run in runs if run.ended is None]


def _dataset_at_hand() -> str:
    return "cifar10" if data_status("cifar10").ready else "shapes"
