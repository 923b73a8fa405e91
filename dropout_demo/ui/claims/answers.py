"""What a learner guessed of each card, kept in their notes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import streamlit as st

from dropout_demo.lab import lab
from dropout_demo.lessons.cards import Card
from dropout_demo.store import StoreError
from dropout_demo.ui.lab_state import learner
from dropout_demo.ui.plain import plain


@dataclass(frozen=True)
class Answer:
    """guess: one of the card's options, None before one is chosen. seen: whether the result was."""

    guess: str | None = None
    seen: bool = False


def answers() -> dict[int, Answer]:
    """By card, what this learner has answered."""
    notes = lab().store.notes(learner(), "claims/")
    return {int(name[7:9]): _answer(note) for name, note in notes.items() if name[7:].isdecimal()}


def answer_to_card(card: Card) -> Answer:
    """What this learner has answered; an option that the card has no more counts as none."""
    kept = _answer(lab().store.notes(learner(), _name(card)).get(_name(card)))
    return kept if kept.guess in card.guess.options else Answer(None, kept.seen)


def keep_answer(card: Card, answer: Answer) -> None:
    """Write it; the page says why where that fails."""
    keep_note(_name(card), {"guess": answer.guess, "seen": answer.seen})


def keep_note(name: str, value: Any) -> None:
    """Write a note of this learner's; the page says why where that fails."""
    try:
        lab().store.set_note(learner(), name, value)
    except StoreError as error:
        st.error(plain(str(error)), icon=":material/error:")


def _name(card: Card) -> str:
    return f"claims/{card.number:02d}"


def _answer(note: Any) -> Answer:
    if not isinstance(note, Mapping):
        return Answer()
    guess = note.get("guess")
    return Answer(guess if isinstance(guess, str) else None, bool(note.get("seen")))
