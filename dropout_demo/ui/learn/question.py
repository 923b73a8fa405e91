"""A step's question: choose, commit, and only then read why. A repeat is allowed."""

from __future__ import annotations

import streamlit as st

from dropout_demo.lessons.sources import source
from dropout_demo.lessons.steps import Option, Question, Step
from dropout_demo.ui.learn.answers import Answer, answer, answers
from dropout_demo.ui.plain import plain

_AGAIN = "learn-again"  # the step that is being answered once more


@st.fragment
def question(step: Step) -> None:
    """Choosing reruns the question alone; an answer the page, whose progress it changes."""
    before = answers().get(step.key)
    with st.container(border=True, key="question"):
        st.subheader("Question", anchor=False)
        chosen = step.question.option(before.chosen) if before else None
        if before is None or chosen is None or st.session_state.get(_AGAIN) == step.key:
            _ask(step, before)
        else:
            _answered(step, chosen)


def _ask(step: Step, before: Answer | None) -> None:
    count = before.tries if before else 0
    chosen = st.radio(
        step.question.prompt,
        [option.text for option in step.question.options],
        index=None,
        key=f"option-{step.key}-{count}",
    )
    if st.button("Answer", key="answer", type="primary", disabled=chosen is None) and chosen:
        answer(step, chosen, before)
        st.session_state.pop(_AGAIN, None)
        st.rerun()


def _answered(step: Step, chosen: Option) -> None:
    st.markdown(f"**{step.question.prompt}**")
    st.markdown(f"You answered: {chosen.text}")
    if chosen.right:
        st.success(_right(chosen), icon=":material/check_circle:")
    else:
        st.info(f"Not quite. {chosen.says}", icon=":material/lightbulb:")
        st.markdown(f"The answer: **{step.question.right.text}**")
    _explanation(step, step.question)
    if st.button("Answer again", key="again", icon=":material/replay:"):
        st.session_state[_AGAIN] = step.key
        st.rerun(scope="fragment")


def _right(chosen: Option) -> str:
    return chosen.says if chosen.says.startswith("Right") else f"Right. {chosen.says}"


def _explanation(step: Step, asked: Question) -> None:
    st.markdown(asked.explanation)
    for told in step.literature:
        origin = source(told.source)
        word = "Reported" if told.mark == "b" else "Published"
        name = plain(short_label(origin.label))
        where = f"[{name}]({origin.url})" if origin.url else name
        st.markdown(f":material/menu_book: **{word}** ({where}): {told.text}")


def short_label(label: str) -> str:
    """Such as "Srivastava et al. 2014", of a label that begins with authors and a year."""
    authors, _, _ = label.partition(", ")
    head = label.split(" 20")[0].split(" 19")[0]
    year = label[len(head) : len(head) + 5]
    if not year.strip().isdecimal():
        return authors
    names = head.split(", ")
    return f"{names[0]} et al.{year}" if len(names) > 2 else f"{' and '.join(names)}{year}"
