"""The course's claims: a guess first, then what the recorded runs say."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import streamlit as st

from dropout_demo.evidence.words import heading
from dropout_demo.lab import lab
from dropout_demo.lessons.cards import Card, cards
from dropout_demo.store.database import StoreFull
from dropout_demo.ui.lab_state import learner
from dropout_demo.ui.learn.activities.recorded_words import finding_of, finding_words

CARDS = (1, 2, 3, 4, 5, 6, 7, 9, 12, 20)
GUESSES = ("supported", "contradicted", "too close to call")
NOTE = "takeaways"


def takeaways(options: Mapping[str, Any]) -> None:
    """Options: cards, the numbers of the claims (CARDS if left out)."""
    numbers: Sequence[int] = options.get("cards", CARDS)
    kept = lab().store.notes(learner(), f"{NOTE}/")
    for number in numbers:
        _claim(cards()[number], kept.get(f"{NOTE}/{number:02d}"))
    guesses = [kept.get(f"{NOTE}/{number:02d}") for number in numbers]
    st.markdown(_score(numbers, guesses))


def _claim(card: Card, kept: Any) -> None:
    with st.container(border=True):
        st.markdown(f"**{card.claim}**")
        key = f"activity-takeaways-{card.number}"
        guess = st.segmented_control(
            f"Your guess: what do our runs say? {card.claim}",
            GUESSES,
            default=kept if kept in GUESSES else None,
            key=key,
            label_visibility="collapsed",
            on_change=_keep,
            args=(card.number, key),
        )
        st.markdown(answer(card.number, guess) if guess else "Guess first; then the result shows.")


def answer(number: int, guess: str) -> str:
    """The recorded result beside a guess."""
    finding = finding_of(number)
    if finding.difference is None:
        return "Not recorded yet: `make record` makes it."
    words = f"{heading(finding.comparison)}: {finding_words(finding)}."
    if finding.verdict == "not enough seeds":
        return words
    return f"{words} {'As you guessed.' if finding.verdict == guess else f'You guessed: {guess}.'}"


def _score(numbers: Sequence[int], guesses: Sequence[Any]) -> str:
    told = [(n, g) for n, g in zip(numbers, guesses, strict=True) if g in GUESSES]
    if not told:
        return f"{len(numbers)} claims to guess at."
    right = sum(finding_of(number).verdict == guess for number, guess in told)
    return f"{len(told)} of {len(numbers)} guessed, {right} as our runs say."


def _keep(number: int, key: str) -> None:
    guess = st.session_state.get(key)
    try:
        if guess is None:
            lab().store.forget_note(learner(), f"{NOTE}/{number:02d}")
        else:
            lab().store.set_note(learner(), f"{NOTE}/{number:02d}", guess)
    except StoreFull as error:
        st.toast(str(error))
