"""What is compared with what, and over how many seeds."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import streamlit as st

from dropout_demo.arms import arm_names
from dropout_demo.config import MAX_ARMS, MAX_SEEDS_AN_ARM, RunConfig
from dropout_demo.plan import Design, Plan
from dropout_demo.sweeps import SWEEPS, suggested
from dropout_demo.ui.plain import plain
from dropout_demo.ui.settings import SETTINGS, in_words

DESIGNS: Mapping[Design, str] = {
    "pair": "With and without",
    "places": "Where it stands",
    "sweep": "Sweep",
    "arms": "My arms",
    "single": "Alone",
}
SEED_COUNTS = tuple(range(1, MAX_SEEDS_AN_ARM + 1))
SWEEP_NAMES = {"rate": "Dropout rate", "place": "Place of dropout", "kind": "Kind of dropout"}


_OWN_ARMS = "own_arms"
_CHOSEN = "design_chosen"
_USUAL: dict[str, Any] = {"design": "pair", "seeds": 1, "twins": False}


def set_design(plan: Plan) -> None:
    """Let the panel show a plan's design. Before its widgets are drawn, or in a callback."""
    state = st.session_state
    state["design"], state["seeds"], state["twins"] = plan.design, plan.seeds, plan.twins
    if plan.arms:
        state[_OWN_ARMS] = list(plan.arms)
    if plan.design == "sweep":
        state["sweep_field"] = plan.field
        state[_values_key(plan.field)] = list(plan.values)


def restore_choice() -> None:
    """Back from another page: what was last chosen, though it was no whole plan yet."""
    st.session_state.update(st.session_state.get(_CHOSEN, {}))


def restore_design() -> None:
    """Let the widgets show what was last chosen: Streamlit forgets those that were not drawn."""
    for name, value in (_USUAL | st.session_state.get(_CHOSEN, {})).items():
        if st.session_state.get(name) is None:
            st.session_state[name] = value


def compare_panel(base: RunConfig) -> Plan | None:
    """The plan that base and widgets stand for; None while something is still to be chosen.

    Raises ConfigError where they make no sense.
    """
    restore_design()
    row = st.container(horizontal=True, gap="medium", vertical_alignment="bottom")
    design: Design | None = row.segmented_control(
        "Compare",
        list(DESIGNS),
        format_func=DESIGNS.__getitem__,
        key="design",
        required=True,
        help="With and without: the network above and its twin without dropout. Where it stands: "
        "none, dense layers, convolutions, both. Sweep: one setting over several values. "
        "My arms: networks that you put together.",
    )
    seeds = row.segmented_control(
        "Seeds",
        SEED_COUNTS,
        key="seeds",
        required=True,
        help="Each seed trains every network again from other weights, in another order. "
        "A verdict takes at least 3.",
    )
    assert design is not None
    assert seeds is not None
    more: dict[str, Any] = {}
    if design == "sweep":
        more = _sweep(base)
    elif design == "arms":
        more = {"arms": _own_arms(base)}
    st.session_state[_CHOSEN] = {name: st.session_state[name] for name in _USUAL}
    if any(len(choice) < 2 for choice in more.values() if isinstance(choice, tuple)):
        st.info("Two at least, to have a comparison.", icon=":material/info:")
        return None
    plan = Plan(base=base, design=design, seeds=seeds, **more)
    st.caption(_arms_in_words(plan))
    return plan


def _sweep(base: RunConfig) -> dict[str, Any]:
    columns = st.columns([1, 2], gap="large", vertical_alignment="bottom")
    field = columns[0].selectbox(
        "Setting", list(SWEEPS), format_func=_field_name, key="sweep_field"
    )
    key = _values_key(field)
    offered = suggested(field, base)
    kept = st.session_state.get(key, offered)
    st.session_state[key] = list(kept)
    values = columns[1].multiselect(
        "Values",
        list(dict.fromkeys([*offered, *kept])),
        format_func=in_words(field),
        key=key,
        max_selections=MAX_ARMS,
    )
    twins = st.checkbox(
        "Each with and without dropout",
        key="twins",
        help="Compares every value with its own twin without dropout.",
    )
    return {"field": field, "values": tuple(values), "twins": twins}


def _own_arms(base: RunConfig) -> tuple[RunConfig, ...]:
    """The arms that the learner has put together so far; the first is the reference."""
    arms: list[RunConfig] = st.session_state.setdefault(_OWN_ARMS, [])
    known = {arm.with_seed(0).hash for arm in arms}
    fresh = base.with_seed(0).hash not in known
    if st.button(
        "Add this network as an arm",
        key="add_arm",
        icon=":material/add:",
        disabled=not fresh or len(arms) >= MAX_ARMS,
        help="Set the network above, add it, change it, and add it again. "
        "An arm whose twin without dropout is here is compared with that, every other one with "
        "the first.",
    ):
        arms.append(base)
        st.rerun()
    for place, name in enumerate(arm_names(arms)):
        row = st.container(horizontal=True, vertical_alignment="center")
        row.markdown(f"{place + 1}. {plain(name)}" + (" (reference)" if place == 0 else ""))
        if row.button(
            "Remove", key=f"remove_arm_{place}", icon=":material/close:", type="tertiary"
        ):
            del arms[place]
            st.rerun()
    return tuple(arms)


def _arms_in_words(plan: Plan) -> str:
    arms = plan.arm_configs()
    names = " · ".join(plain(name) for name in arm_names(arms))
    seeds = "1 seed" if plan.seeds == 1 else f"{plan.seeds} seeds"
    networks = "1 network" if len(arms) == 1 else f"{len(arms)} networks"
    return f"{networks}, {seeds}: {names}"


def _field_name(field: str) -> str:
    return SWEEP_NAMES.get(field) or SETTINGS[field].label


def _values_key(field: str) -> str:
    return f"values_{field}"
