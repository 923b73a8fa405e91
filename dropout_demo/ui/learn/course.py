"""The course as a whole: where one is, the ways on and back, and starting over."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from importlib.resources import files

import streamlit as st

from dropout_demo.lessons.steps import Step, steps
from dropout_demo.ui.learn.answers import Answer, answers, place, set_place, start_over
from dropout_demo.ui.learn.progress import progress_line
from dropout_demo.ui.learn.step_view import step_view
from dropout_demo.ui.plain import plain

STEP = "step"
"""The address's name for the step on show."""

_TIMES = "learn-started-over"


def course() -> None:
    """The step of the address, or where this learner left off."""
    st.html(f"<style>{(files('dropout_demo.ui') / 'learn/learn.css').read_text('utf-8')}</style>")
    course_steps = steps()
    here = _here(course_steps)
    given = answers()
    answered = {step.key for step in course_steps if step.key in given}
    progress_line(course_steps, here, answered, _go)
    step_view(here)
    if here is course_steps[-1]:
        _summary(course_steps, given)
    _ways(course_steps, here)


def _here(course_steps: Sequence[Step]) -> Step:
    known = {step.key: step for step in course_steps}
    asked, left = st.query_params.get(STEP), place()
    if asked is not None and asked not in known:
        where = "the one that you saw last" if left in known else "the first"
        st.warning(
            f"There is no step {plain(asked[:20])}; this is {where}.", icon=":material/search_off:"
        )
    here = known.get(asked or "") or known.get(left or "") or course_steps[0]
    if asked != here.key:
        st.query_params[STEP] = here.key
    if left != here.key:
        set_place(here)
    return here


def _go(key: str) -> None:
    st.query_params[STEP] = key


def _ways(course_steps: Sequence[Step], here: Step) -> None:
    """Buttons with one place each, so that pressing on goes on."""
    at = course_steps.index(here)
    with st.container(horizontal=True, horizontal_alignment="distribute", key="learn-ways"):
        with st.container(horizontal=True, width="content"):
            if at:
                _way("Back", course_steps[at - 1], ":material/arrow_back:", "secondary")
            if at + 1 < len(course_steps):
                _way("Next", course_steps[at + 1], ":material/arrow_forward:", "primary")
        _start_over()


def _way(word: str, step: Step, icon: str, kind: str) -> None:
    st.button(
        f"{word}: {step.title}",
        key=f"learn-{word.lower()}",
        icon=icon,
        type="primary" if kind == "primary" else "secondary",
        on_click=_go,
        args=(step.key,),
    )


def _start_over() -> None:
    count = st.session_state.get(_TIMES, 0)  # another key closes the popover
    with st.popover("Start over", icon=":material/restart_alt:", key=f"start-over-{count}"):
        st.markdown("This forgets your answers and begins with the first step.")
        st.button("Forget my answers", key="forget", on_click=_forget)


def _forget() -> None:
    start_over()
    st.query_params.pop(STEP, None)
    st.session_state[_TIMES] = st.session_state.get(_TIMES, 0) + 1


def _summary(course_steps: Sequence[Step], given: Mapping[str, Answer]) -> None:
    told = [given[step.key] for step in course_steps if step.key in given]
    first = sum(one.right_at_first for one in told)
    left = [step for step in course_steps if step.key not in given]
    with st.container(border=True, key="learn-summary"):
        st.subheader("Your course", anchor=False)
        st.markdown(
            f"You answered {len(told)} of {len(course_steps)} questions, "
            f"{first} of them right at the first try."
        )
        if left:
            st.markdown("Still open:")
            with st.container(horizontal=True, gap="small"):
                for step in left:
                    st.button(step.title, key=f"open-{step.key}", on_click=_go, args=(step.key,))
        else:
            st.markdown("The next question is yours: the Lab trains what you ask for.")
