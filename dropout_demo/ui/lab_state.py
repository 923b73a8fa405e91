"""What the Lab's address and session hold: the plan, the runs on show, the learner."""

from __future__ import annotations

from collections.abc import Sequence
from urllib.parse import parse_qsl, urlencode

import streamlit as st

from dropout_demo.config import MAX_RUNS_A_STREAM, RunConfig
from dropout_demo.data import status as data_status
from dropout_demo.lab import lab
from dropout_demo.owners import COOKIE, is_token, new_token, owner_of
from dropout_demo.plan import Plan
from dropout_demo.problems import ConfigError
from dropout_demo.store import WAITING, Comparison, Run
from dropout_demo.ui.assets import base_path
from dropout_demo.ui.plain import plain

START_PRESET = "quick"
NOT_THE_PLAN = ("run", "show")


def learner() -> str:
    """The owner's name of whoever looks at this page: by cookie, else for this session alone."""
    token = st.context.cookies.get(COOKIE)
    if not is_token(token):
        token = st.session_state.setdefault("learner_token", new_token())
    assert token is not None
    return owner_of(token)


def plan_from_address() -> Plan:
    """The address's plan, or the start preset's pair; says what makes no sense in it."""
    pairs = [(k, v) for k in st.query_params for v in st.query_params.get_all(k)]
    query = urlencode([p for p in pairs if p[0] not in NOT_THE_PLAN and not _embeds(p[0])])
    if not query and (shared := _shared()) is not None:
        query = shared.query
    start = Plan(RunConfig.preset(START_PRESET, dataset=_dataset_at_hand()), "pair")
    if not query:
        return start
    try:
        return Plan.from_query(query)
    except ConfigError as error:
        st.session_state["address_problem"] = str(error)
        return start


def last_plan() -> Plan | None:
    """What the bench said when this session last saw the Lab; None before it did."""
    plan: Plan | None = st.session_state.get("plan")
    return plan


def remember(plan: Plan | None) -> None:
    """Keep plan and runs on show in session and address: a reload loses nothing."""
    if plan is None:
        return
    st.session_state["plan"] = plan
    address: dict[str, list[str]] = {}
    for name, value in parse_qsl(plan.to_query(), keep_blank_values=True):
        address.setdefault(name, []).append(value)
    address |= {k: st.query_params.get_all(k) for k in st.query_params if _embeds(k)}
    if show := comparison_on_show():
        address["show"] = [show]
    elif ids := st.session_state.get("shown"):
        address["run"] = ids
    st.query_params.from_dict(address)


def show_runs(ids: Sequence[str], plan: Plan | None = None) -> None:
    """Put these runs on show under an address of their own; none: the recorded result."""
    plan = plan or last_plan()
    query = plan.to_query() if plan else ""
    ids = list(dict.fromkeys(ids))[-MAX_RUNS_A_STREAM:]  # the newest, when there are too many
    st.session_state["shown"] = ids
    show = lab().store.add_comparison(learner(), query, ids) if ids else None
    st.session_state["show"] = show
    st.query_params.pop("run", None)
    st.query_params.pop("show", None)
    if show:
        st.query_params["show"] = show


def comparison_on_show() -> str | None:
    """The id under which the runs on show are shared."""
    show: str | None = st.session_state.get("show")
    return show


def share_path(show: str) -> str:
    """The short address, on this server, of a comparison with its configuration."""
    return f"{base_path()}/?{urlencode({'show': show})}"


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


def active(runs: Sequence[Run]) -> list[Run]:
    """Those that wait or train."""
    return [run for run in runs if run.ended is None]


def _ids_on_show() -> list[str]:
    """By the address; else by the session; a new session shows what its learner has training."""
    ids = st.query_params.get_all("run")
    shared = None if ids else _shared()
    if shared is not None:
        st.session_state["show"] = shared.id
        ids = list(shared.runs)
    elif ids:
        st.session_state["show"] = None
    elif "shown" not in st.session_state:
        ids = [run.id for run in lab().store.runs(learner(), status=WAITING)]
    ids = list(dict.fromkeys(ids or st.session_state.get("shown", [])))[:MAX_RUNS_A_STREAM]
    st.session_state["shown"] = ids
    return ids


def _shared() -> Comparison | None:
    """What the address shows by its short name; says when there is no such thing here."""
    name = st.query_params.get("show")
    if name is None:
        return None
    shared = lab().store.comparison(name[:64])
    if shared is None:
        st.warning(
            f"There is no comparison {plain(name[:20])} on this server.",
            icon=":material/search_off:",
        )
        del st.query_params["show"]
    return shared


def _embeds(name: str) -> bool:
    return name.startswith("embed")


def _dataset_at_hand() -> str:
    return "cifar10" if data_status("cifar10").ready else "shapes"
