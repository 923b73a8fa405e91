"""Predict first: a guess before a comparison runs, beside its result afterwards. Never a must."""

from __future__ import annotations

from typing import Any

import streamlit as st

from dropout_demo.comparison import arm_names
from dropout_demo.guesses import Guess
from dropout_demo.lab import lab
from dropout_demo.plan import Plan
from dropout_demo.ui.lab_state import learner
from dropout_demo.ui.plain import plain

NO_DIFFERENCE = "no clear difference"
AMOUNTS = {0.5: "by less than 1 point", 2.0: "by 1 to 3 points", 5.0: "by more than 3 points"}


def guess_popover(row: Any, plan: Plan) -> None:
    """One press for the arm that will win, one more for how much."""
    arms = plan.arm_configs()
    if len(arms) < 2:
        return
    names = arm_names(arms)
    if st.session_state.get("guess_for") != names:  # another comparison, another guess
        st.session_state["guess_for"] = names
        st.session_state["guess_arm"] = None
    made = st.session_state.get("guess_arm") is not None
    with row.popover(
        "Your guess is kept" if made else "Guess first",
        icon=":material/psychology_alt:",
        help="Optional: what do you expect? It will stand beside the result.",
    ):
        st.pills(
            "Highest validation accuracy at the end",
            [*range(len(names)), -1],
            format_func=lambda arm: NO_DIFFERENCE if arm < 0 else plain(names[arm]),
            key="guess_arm",
        )
        st.pills(
            "How much better than the best of the others",
            list(AMOUNTS),
            format_func=AMOUNTS.__getitem__,
            key="guess_points",
            disabled=st.session_state.get("guess_arm") in (None, -1),
        )


def keep(plan: Plan, comparison: str | None) -> None:
    """Write the guess, if one was made, beside the comparison that was just started."""
    arm = st.session_state.get("guess_arm")
    if arm is None or comparison is None or arm >= len(plan.arm_configs()):
        return
    points = st.session_state.get("guess_points") or min(AMOUNTS)
    guess = Guess(None, 0.0) if arm < 0 else Guess(arm, points)
    lab().store.set_guess(learner(), comparison, guess.to_json())
    st.session_state["guess_for"] = None  # the next comparison is guessed anew


def guess_of(comparison: str | None) -> Guess | None:
    """What this learner guessed before these runs."""
    found = lab().store.comparison(comparison) if comparison else None
    if found is None or found.guess is None or found.owner != learner():
        return None
    return Guess.from_json(found.guess)
