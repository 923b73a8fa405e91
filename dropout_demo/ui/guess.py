"""Predict first: a guess before a comparison runs, beside its result afterwards. Never a must."""

from __future__ import annotations

from typing import Any

import streamlit as st

from dropout_demo.arms import arm_names
from dropout_demo.guesses import BANDS, Guess
from dropout_demo.lab import lab
from dropout_demo.plan import Plan
from dropout_demo.ui.lab_state import learner
from dropout_demo.ui.plain import plain

NO_DIFFERENCE = "no clear difference"
_FOR, _COUNT = "guess_for", "guess_count"


def guess_popover(row: Any, plan: Plan) -> None:
    """One press for the arm that will win, one more for how much."""
    arms = plan.arm_configs()
    if len(arms) < 2:
        return
    names = arm_names(arms)
    if st.session_state.get(_FOR) != names:  # another comparison, another guess
        st.session_state[_FOR] = names
        _begin_anew()
    arm_key, points_key = _keys()
    with row.popover(
        "Guess first",
        icon=":material/psychology_alt:",
        help="Optional: what do you expect? It will stand beside the result.",
    ):
        st.pills(
            "Highest validation accuracy at the end",
            [*range(len(names)), -1],
            format_func=lambda arm: NO_DIFFERENCE if arm < 0 else plain(names[arm]),
            key=arm_key,
        )
        st.pills(
            "How much better than the best of the others",
            list(BANDS),
            format_func=lambda band: f"by {BANDS[band]}",
            key=points_key,
            disabled=st.session_state.get(arm_key) in (None, -1),
        )
    arm = st.session_state.get(arm_key)
    if arm is not None:
        row.caption(f"Your guess: {plain(NO_DIFFERENCE if arm < 0 else names[arm])}.")


def _keys() -> tuple[str, str]:
    """New widgets for every guess: a browser sends the old value of one that it has not shown."""
    count = st.session_state.get(_COUNT, 0)
    return f"guess_arm_{count}", f"guess_points_{count}"


def _begin_anew() -> None:
    st.session_state[_COUNT] = st.session_state.get(_COUNT, 0) + 1


def keep(plan: Plan, comparison: str | None) -> None:
    """Write the guess, if one was made, beside the comparison that was just started."""
    arm_key, points_key = _keys()
    arm = st.session_state.get(arm_key)
    arms = plan.arm_configs()
    if arm is None or comparison is None or arm >= len(arms):
        return
    if arm < 0:
        guess = Guess.among(arms, None)
    else:
        guess = Guess.among(arms, arm, st.session_state.get(points_key))
    lab().store.set_guess(learner(), comparison, guess.to_json())
    _begin_anew()


def guess_of(comparison: str | None) -> Guess | None:
    """What this learner guessed before these runs."""
    found = lab().store.comparison(comparison) if comparison else None
    if found is None or found.guess is None or found.owner != learner():
        return None
    return Guess.from_json(found.guess)
