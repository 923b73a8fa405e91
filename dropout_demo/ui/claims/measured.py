"""What is found inside the networks that a learner trained, for cards that ask it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import streamlit as st

from dropout_demo.evidence.measures import MEASURES
from dropout_demo.inside.networks import NetworkRef
from dropout_demo.lab import lab
from dropout_demo.lessons.cards import Card
from dropout_demo.opening import NotOpen, open_run
from dropout_demo.store import Run, StoreError
from dropout_demo.ui.inside.asking import answer_to
from dropout_demo.ui.lab_state import learner
from dropout_demo.ui.plain import plain

Measured = dict[str, dict[str, Any]]
"""By run and the name of a measure, its values."""


def measured_in(card: Card, runs: Sequence[Run]) -> dict[str, Measured]:
    """Ask each network what the card wants to know, once; a bar shows how far it is."""
    told: dict[str, Measured] = {run.id: {} for run in runs}
    if not card.measures:
        return told
    known = lab().store.notes(learner(), "measured/")
    asked = [(run, name) for run in runs for name in card.measures]
    for at, (run, name) in enumerate(asked, start=1):
        note = f"measured/{run.id}/{name}"
        found = known.get(note) or st.session_state.get(note)
        if found is None:
            found = _asked(run, name, f"Looking inside the networks: {at} of {len(asked)} …")
        if found is None:
            break
        told[run.id][name] = found
        _keep(note, found, new=note not in known)
    return told


def _asked(run: Run, name: str, waiting: str) -> dict[str, Any] | None:
    """None after the page has said why there is no answer."""
    network = _network(run)
    if network is None:
        return None
    measure = MEASURES[name]
    answer = answer_to(measure.question, [network], waiting=waiting)
    return None if answer is None else measure.values(answer)


def _network(run: Run) -> NetworkRef | None:
    try:
        return open_run(lab().store, run.id).network()
    except NotOpen as error:
        st.warning(plain(str(error)), icon=":material/search_off:")
        return None


def _keep(note: str, found: dict[str, Any], *, new: bool) -> None:
    """For the next time; where there is no room, for this session."""
    st.session_state[note] = found
    if new:
        try:
            lab().store.set_note(learner(), note, found)
        except StoreError:
            return
