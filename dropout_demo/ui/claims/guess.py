"""The guess before the result: one of a few options, kept, changeable until the result shows."""

from __future__ import annotations

import streamlit as st

from dropout_demo.lessons.cards import Card
from dropout_demo.ui.claims.answers import Answer, answer_to_card, keep_answer
from dropout_demo.ui.plain import plain


def guess(card: Card) -> Answer:
    """Ask, or say what was guessed; what this learner has answered by now."""
    answer = answer_to_card(card)
    return _guessed(card, answer) if answer.seen else _asked(card, answer)


def _asked(card: Card, answer: Answer) -> Answer:
    st.header("Your guess", anchor=False)
    options = list(dict.fromkeys(card.guess.options))
    chosen = st.radio(
        plain(card.guess.question),
        options,
        index=options.index(answer.guess) if answer.guess else None,
        format_func=plain,
        key=f"claim_guess_{card.number}",
    )
    if chosen != answer.guess and chosen is not None:
        answer = Answer(chosen, seen=False)
        keep_answer(card, answer)
    with st.container(horizontal=True, gap="medium", vertical_alignment="center"):
        if st.button(
            "See the result",
            key="claim_see",
            type="primary",
            icon=":material/visibility:",
            disabled=answer.guess is None,
        ) or st.button("Show it without a guess", key="claim_see_anyway", type="tertiary"):
            keep_answer(card, Answer(answer.guess, seen=True))
            st.rerun()
    return answer


def _guessed(card: Card, answer: Answer) -> Answer:
    with st.container(horizontal=True, gap="medium", vertical_alignment="center"):
        if answer.guess:
            st.markdown(
                f":material/psychology_alt: You guessed: **{plain(answer.guess)}**", width="content"
            )
        else:
            st.markdown("You looked without a guess.", width="content")
        if st.button("Guess again", key="claim_again", icon=":material/replay:", type="tertiary"):
            keep_answer(card, Answer())
            st.session_state.pop(f"claim_guess_{card.number}", None)
            st.rerun()
    return answer
