"""One card: the claim, a guess, the recorded result, what to think of it, and the live version."""

from __future__ import annotations

from collections.abc import Iterator

import streamlit as st

from dropout_demo.lessons.cards import Card
from dropout_demo.lessons.sources import sources
from dropout_demo.ui.claims.guess import guess
from dropout_demo.ui.claims.live import live_version
from dropout_demo.ui.claims.places import ways
from dropout_demo.ui.claims.seen import Seen, recorded_seen
from dropout_demo.ui.claims.taking import taking
from dropout_demo.ui.claims.verdicts import evidence_below, verdict_box
from dropout_demo.ui.plain import plain


def card_page(card: Card) -> None:
    """Everything of one card; its result only after a guess."""
    ways(card)
    st.title(f"{card.number}. {plain(card.title)}", anchor=False)
    with st.container(key="claim-text"):
        st.markdown(plain(card.claim))
    st.markdown(plain(card.why))
    with st.expander("What is compared, and how", icon=":material/science:"):
        st.markdown(f"**Compared.** {plain(card.compared)}")
        st.markdown(f"**Measured.** {plain(card.statistic)}")
    seen = recorded_seen(card.number)
    if not guess(card).seen:
        _unfinished(seen)
        return
    _recorded(card, seen)
    live_version(card)


def _unfinished(seen: Seen) -> None:
    """Before the guess: that the answer is not whole yet."""
    source = _source(seen)
    if "so far" in source or "not yet" in source:
        st.caption(plain(f"{source}. The answer may still change."))


def _recorded(card: Card, seen: Seen) -> None:
    st.header("Recorded result", anchor=False)
    if not seen.runs:
        st.info(
            "This claim is not recorded yet: `make record` makes it. The live version below works.",
            icon=":material/hourglass_empty:",
        )
        _thoughts(card, seen)
        return
    verdict_box(seen, _source(seen), "recorded")
    evidence_below(seen, "recorded")
    if card.note:
        st.caption(plain(card.note))
    _thoughts(card, seen)
    taking(seen)


def _source(seen: Seen) -> str:
    """Such as "Recorded on CIFAR-10: 10 of 40 runs so far"; the teams, if any, after that."""
    if seen.card.experiment:
        return f"Recorded: {seen.runs} runs"
    planned = len(seen.card.configs())
    runs = f"{seen.runs} of {planned} runs so far" if seen.runs < planned else f"{planned} runs"
    return "; ".join([f"Recorded on CIFAR-10: {runs}", *_teams(seen)])


def _teams(seen: Seen) -> Iterator[str]:
    """Such as "ensemble of five: 2 of 5 seeds so far"."""
    for key, team in seen.card.teams.items():
        there = len(seen.table.get(key, {}))
        of = f" of {team.seeds}" if there < team.seeds else ""
        so_far = " so far" if of else ""
        yield f"{team.name}: {there}{of} seeds{so_far}" if there else f"{team.name}: not yet"


def _thoughts(card: Card, seen: Seen) -> None:
    """What was expected, what people get wrong, and what may explain a surprise."""
    st.header("What to think of it", anchor=False)
    told = [f"{plain(one.text)} {_source_words(one.source, one.mark)}" for one in card.expected]
    if len(told) == 1:
        st.markdown(f"**Expected.** {told[0]}")
    else:
        st.markdown("\n".join(["**Expected.**", "", *(f"- {line}" for line in told)]))
    st.markdown(f"**Often misunderstood.** {plain(card.misunderstanding)}")
    surprise = seen.first.verdict in ("contradicted", "too close to call")
    if card.may_explain and surprise:
        st.markdown(f"**What may explain it.** {plain(card.may_explain)}")


def _source_words(key: str, mark: str) -> str:
    found = sources().get(key)
    if found is None:
        return ""
    link = f"[{plain(found.label)}]({found.url})" if found.url else plain(found.label)
    return f"({link}{', reported' if mark == 'b' else ''})"
