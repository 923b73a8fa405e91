"""All claims at a glance: what was guessed of each and, after that, what the data say."""

from __future__ import annotations

from collections.abc import Mapping

import streamlit as st
from immutabledict import immutabledict

from dropout_demo.evidence.words import short
from dropout_demo.lessons.cards import Card
from dropout_demo.stats import Verdict
from dropout_demo.ui.claims.answers import Answer, answers
from dropout_demo.ui.claims.places import CARD, PAGE, VERDICTS, grouped
from dropout_demo.ui.claims.seen import recorded_seen
from dropout_demo.ui.plain import plain

ICONS: Mapping[Verdict, str] = immutabledict(
    {
        "supported": ":material/check_circle:",
        "contradicted": ":material/cancel:",
        "too close to call": ":material/balance:",
        "not enough seeds": ":material/hourglass_empty:",
    }
)


def overview() -> None:
    """Every card as a row: a link, the guess, and the verdict once there was a guess."""
    st.markdown(
        "Twenty things that are said about dropout. Guess first, then see what recorded networks "
        "on CIFAR-10 say, and train a short version yourself."
    )
    told = answers()
    _progress(told)
    shows_all = st.toggle(
        "Show all verdicts",
        value=st.query_params.get(VERDICTS) == "all",
        key="claims_verdicts",
        help="Also of claims that you have not guessed yet.",
    )
    _remember(shows_all)
    for title, group in grouped().items():
        st.header(title, anchor=False)
        for card in group:
            _row(card, told.get(card.number, Answer()), shows_all)


def _progress(told: Mapping[int, Answer]) -> None:
    count = sum(len(group) for group in grouped().values())
    guessed = sum(bool(answer.guess) for answer in told.values())
    if guessed:
        st.caption(f"You have guessed {guessed} of {count}.")


def _remember(shows_all: bool) -> None:
    """A reload or a link shows the same; the address of a card that one came from goes."""
    address: dict[str, str | list[str]] = {
        name: st.query_params.get_all(name) for name in st.query_params if name.startswith("embed")
    }
    if shows_all:
        address[VERDICTS] = "all"
    st.query_params.from_dict(address)


def _row(card: Card, answer: Answer, shows_all: bool) -> None:
    with st.container(
        horizontal=True,
        vertical_alignment="center",
        horizontal_alignment="distribute",
        gap="small",
        key=f"claim-row-{card.number}",
    ):
        st.page_link(
            PAGE,
            label=f"**{card.number}** {plain(card.title)}",
            query_params={CARD: str(card.number)},
        )
        st.markdown(_state(card, answer, shows_all), width="content")


def _state(card: Card, answer: Answer, shows_all: bool) -> str:
    """The verdict with its size where it may be shown, else whether there is a guess."""
    if not (answer.seen or shows_all):
        if answer.guess:
            return ":material/psychology_alt: guessed, not looked up"
        return ":material/help: not guessed yet"
    found = recorded_seen(card.number).first
    if found.difference is None:
        return ":material/hourglass_empty: not recorded yet"
    return f"{ICONS[found.verdict]} **{found.verdict}** · {plain(short(found))}"
