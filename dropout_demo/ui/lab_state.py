"""What the Lab's address and session hold: the plan, the runs on show, the learner."""

from __future__ import annotations

from collections.abc import Sequence
from urllib.parse import parse_qsl, urlencode

import streamlit as st

from dropout_demo.arms import arm_of, rates_of
from dropout_demo.config import (
    LAYERS,
    MAX_ARMS,
    MAX_RUNS_A_STREAM,
    MAX_SEEDS_AN_ARM,
    RunConfig,
)
from dropout_demo.data import status as data_status
from dropout_demo.lab import lab
from dropout_demo.owners import COOKIE, is_token, new_token, owner_of
from dropout_demo.plan import PLAN_WORDS, Plan
from dropout_demo.problems import ConfigError
from dropout_demo.store import WAITING, Comparison, Run
from dropout_demo.ui.assets import base_path
from dropout_demo.ui.plain import plain

START_PRESET = "quick"
NOT_THE_PLAN = ("run", "show")
MEANINGFUL = frozenset((*RunConfig.model_fields, *LAYERS, *PLAN_WORDS, "preset"))
"""Names that say something of a plan; others come from whoever linked here."""


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
    pairs = [p for p in pairs if p[0] not in NOT_THE_PLAN and not _embeds(p[0])]
    if not pairs and (shared := _shared()) is not None:
        pairs = parse_qsl(shared.query, keep_blank_values=True)
    start = Plan(RunConfig.preset(START_PRESET, dataset=_dataset_at_hand()), "pair")
    if not pairs:
        return start
    plan, problem = _what_makes_sense(pairs)
    if problem:
        st.session_state["address_problem"] = problem
    return plan or start


def _what_makes_sense(pairs: Sequence[tuple[str, str]]) -> tuple[Plan | None, str]:
    """The plan of an address, without its parts that mean nothing; and what was wrong with them."""
    told = []
    left = [pair for pair in pairs if pair[0] in MEANINGFUL]
    strange = dict.fromkeys(name for name, _ in pairs if name not in MEANINGFUL)
    if strange:
        names = ", ".join(name[:20] for name in list(strange)[:3])
        told.append(f"{names} in the address mean{'s' * (len(strange) == 1)} nothing here.")
    while left:
        try:
            return Plan.from_query(urlencode(left)), " ".join(told)
        except ConfigError as error:
            told.append(str(error))
            wrong = {_name_in_address(problem.field) for problem in error.problems}
            kept = [pair for pair in left if pair[0] not in wrong]
            if len(kept) == len(left):
                break
            left = kept
    return None, " ".join(told)


def _name_in_address(field: str) -> str:
    """`dropout.fc1.kind` is said as `fc1=...`, `arm 2: epochs` as `arm=...`."""
    layer = field.removeprefix("dropout.").split(".")[0]
    return "arm" if field.startswith("arm") else layer


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


def show_runs(ids: Sequence[str], query: str = "") -> None:
    """Put these runs on show under an address of their own; none: the recorded result.

    query: the bench that the address opens, a `Plan`'s.
    """
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


def query_on_show() -> str:
    """The bench that belongs to the runs on show; "" when they have no name of their own."""
    show = comparison_on_show()
    shared = lab().store.comparison(show) if show else None
    return shared.query if shared else ""


def query_of(runs: Sequence[Run]) -> str:
    """A bench for runs that were put together by hand: their arms, where a bench holds so many."""
    arms = list(dict.fromkeys(arm_of(run.config) for run in runs))
    base = next((run.config for run in runs if rates_of(run.config)), runs[0].config)
    seeds = {run.config.seed for run in runs}
    base = base.with_seed(min(seeds))
    count = min(len(seeds), MAX_SEEDS_AN_ARM)
    if not 2 <= len(arms) <= MAX_ARMS or len({arm.dataset for arm in arms}) > 1:
        return Plan(base).to_query()
    if set(arms) == {arm_of(base), arm_of(base.without_dropout())}:
        return Plan(base, "pair", count).to_query()
    try:
        return Plan(base, "arms", count, arms=tuple(arms)).to_query()
    except ConfigError:  # an address of too many characters
        return Plan(base).to_query()


def share_path(show: str) -> str:
    """The short address, on this server, of a comparison with its configuration."""
    return f"{base_path()}/?{urlencode({'show': show})}"


def runs_on_show() -> list[Run]:
    """The runs on show that there are; says when one of them is not."""
    ids = _ids_on_show()
    found = lab().store.some([run[:64] for run in ids])
    if len(found) < len(ids):
        missing = len(ids) - len(found)
        what = "A run of this address is" if missing == 1 else f"{missing} runs of this address are"
        st.warning(f"{what} not on this server.", icon=":material/search_off:")
        st.session_state["shown"] = [run.id for run in found]  # said once
        st.query_params.pop("run", None)
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
