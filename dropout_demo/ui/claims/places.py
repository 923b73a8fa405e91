"""Where one is on the Claims page, by its address, and the ways from card to card."""

from __future__ import annotations

from collections.abc import Mapping
from importlib.resources import files

import streamlit as st
from immutabledict import immutabledict

from dropout_demo.lessons.cards import Card, cards
from dropout_demo.ui.plain import plain

PAGE = "claims.py"
CARD, LIVE, VERDICTS = "card", "live", "verdicts"

GROUPS: Mapping[str, tuple[int, ...]] = immutabledict(
    {
        "Overfitting, and what dropout does about it": (1, 2, 3, 4, 5),
        "How much, where, and for whom": (6, 7, 8, 17, 18, 20),
        "Beside other methods": (9, 10, 11, 12),
        "Inside a trained network": (13, 14, 16),
        "Beyond this network": (15, 19),
    }
)
"""The overview's headings; cards that are in none stand under "More"."""


def use_style() -> None:
    """Add the page's own rules. The text is our own file."""
    sheet = (files("dropout_demo.ui.claims") / "claims.css").read_text("utf-8")
    st.html(f"<style>{sheet}</style>")


def card_on_show() -> Card | None:
    """The card that the address names; None for the overview. Says which there is not."""
    name = st.query_params.get(CARD)
    if name is None:
        return None
    card = cards().get(int(name)) if name.isdecimal() and len(name) < 4 else None
    if card is None:
        st.warning(f"There is no claim {plain(name[:20])}.", icon=":material/search_off:")
        del st.query_params[CARD]
    else:  # a link within the page changes what the script is told, but not the browser's address
        st.query_params[CARD] = str(card.number)
    return card


def grouped() -> dict[str, list[Card]]:
    """All cards by heading, in the overview's order."""
    known = cards()
    told = {title: [known[n] for n in numbers if n in known] for title, numbers in GROUPS.items()}
    placed = {number for numbers in GROUPS.values() for number in numbers}
    more = [card for number, card in known.items() if number not in placed]
    return told | ({"More": more} if more else {})


def ways(card: Card) -> None:
    """Back to all claims, and to the claims before and after this one."""
    known = list(cards())
    at = known.index(card.number)
    with st.container(horizontal=True, gap="medium", key="claim-ways"):
        st.page_link(PAGE, label="All claims", icon=":material/list:")
        if at > 0:
            _way(known[at - 1], f"Claim {known[at - 1]}", ":material/arrow_back:")
        if at + 1 < len(known):
            _way(known[at + 1], f"Claim {known[at + 1]}", ":material/arrow_forward:")


def _way(number: int, label: str, icon: str) -> None:
    title = cards()[number].title
    st.page_link(PAGE, label=label, icon=icon, query_params={CARD: str(number)}, help=title)
