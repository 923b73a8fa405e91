"""The recurrent experiment trained while one watches: asked of the process that looks inside."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial

import streamlit as st

from dropout_demo.evidence.experiments import Rows, sequence_row
from dropout_demo.inside.sequence import SequenceQuestion
from dropout_demo.lab import lab
from dropout_demo.lessons.cards import Card
from dropout_demo.probing import ProbeFailed, Told
from dropout_demo.sequences.setting import SEQUENCE_ARMS
from dropout_demo.store import StoreError
from dropout_demo.ui.lab_state import learner
from dropout_demo.ui.plain import plain
from dropout_demo.ui.regularisers.recurrent_told import (
    curves_chart,
    least_words,
    verdict_lines,
)

EPOCHS = 40
"""Fewer than are recorded, so that three seeds take under a minute."""

FIRST_SEED = 10
"""Recorded ones are below."""

MOST = 3
"""Seeds a press."""

_SECONDS_BETWEEN_LOOKS = 1.0
_PATIENCE = 15.0
"""Seconds after which nobody looks any more: the page was left, and what trains is given up."""

_LIVE, _NOTE = "recurrent_live", "regularisers/recurrent"
_MOST_SEED = 100_000


@dataclass
class Training:
    """What was asked at a press, and what is told of it, by arm and seed; for any thread."""

    curves: dict[tuple[str, int], list[list[float]]] = field(default_factory=dict)
    open: dict[tuple[str, int], Callable[[], None]] = field(default_factory=dict)
    asked: int = 0  # epochs, of all arms and seeds
    error: str | None = None
    looked: float = field(default_factory=time.monotonic)
    lock: threading.Lock = field(default_factory=threading.Lock)

    @classmethod
    def begin(cls, first: int, seeds: int, epochs: int = EPOCHS) -> Training:
        """Ask for all arms, seed by seed; `error` says why where it is not taken."""
        made = cls(asked=seeds * len(SEQUENCE_ARMS) * epochs)
        for seed in range(first, first + seeds):
            for arm in SEQUENCE_ARMS:
                made._ask(SequenceQuestion(arm=arm, seed=seed, epochs=epochs))
        return made

    def _ask(self, question: SequenceQuestion) -> None:
        at = (question.arm, question.seed)
        with self.lock:
            self.open[at] = _nothing
        try:
            leave = lab().probing.listen(question, [], partial(self._hear, at))
        except ProbeFailed as error:
            self._end(at, str(error))
            return
        with self.lock:
            if at in self.open:
                self.open[at] = leave

    def _hear(self, at: tuple[str, int], told: Told) -> None:
        """From another thread."""
        found = told.answer or told.partial
        if found is not None:
            with self.lock:
                self.curves[at] = found["curve"]
        if told.ended:
            self._end(at, told.error)
        elif time.monotonic() - self.looked > _PATIENCE:
            self.stop()

    def _end(self, at: tuple[str, int], error: str | None) -> None:
        with self.lock:
            self.open.pop(at, None)
            self.error = self.error or error

    def stop(self) -> None:
        """Ask no longer; what was told so far stays."""
        with self.lock:
            left, self.open = list(self.open.values()), {}
        for leave in left:
            leave()

    def look(self) -> tuple[Rows, bool]:
        """All that was told so far, and whether more is to come."""
        self.looked = time.monotonic()
        with self.lock:
            told = [sequence_row(*at, curve) for at, curve in self.curves.items() if curve]
            return Rows("sequence", tuple(told)), bool(self.open)


def _nothing() -> None:
    """Stands for leaving until there is something to leave."""


def recurrent_live(card: Card) -> None:
    """The press, the curves as they come, and their own verdicts; for one place of a page.

    While something trains, this part alone is drawn anew each second; the whole page only at a
    press and at the end, because that decides whether it is looked again.
    """
    training: Training | None = st.session_state.get(_LIVE)
    first, seeds = _pressed()
    if training is None and seeds:  # the page was loaded anew: what was answered is kept there
        training = st.session_state[_LIVE] = Training.begin(first, seeds)
    looking = training is not None and bool(training.open)
    again = _SECONDS_BETWEEN_LOOKS if looking else None
    st.fragment(partial(_live, card, looking), run_every=again)()


def _live(card: Card, looking: bool) -> None:
    _controls(looking)
    training: Training | None = st.session_state.get(_LIVE)
    if training is None:
        return
    rows, more = training.look()
    if looking != more:
        st.rerun()
    if training.error:
        st.error(plain(training.error), icon=":material/error:")
    done, asked = _epochs_done(rows), training.asked
    st.progress(min(1.0, done / asked), f"{done} of {asked} epochs trained")
    curves_chart(rows, "All words", key="recurrent_live_curves", epochs=EPOCHS)
    if more:
        st.caption("What came of it will stand here when all have finished.")
    else:
        _outcome(card, rows)


def _controls(active: bool) -> None:
    with st.container(horizontal=True, vertical_alignment="bottom"):
        seeds = st.segmented_control(
            "Seeds",
            range(1, MOST + 1),
            default=1,
            required=True,
            key="recurrent_seeds",
            disabled=active,
        )
        assert seeds is not None
        st.button(
            "Train the three arms",
            key="recurrent_train",
            type="primary",
            icon=":material/play_arrow:",
            disabled=active,
            on_click=_press,
            args=(seeds,),
        )
        if active:
            st.button("Stop", key="recurrent_stop", icon=":material/stop:", on_click=_stop)


def _press(seeds: int) -> None:
    before, count = _pressed()
    first = before + count
    _keep({"first": first, "seeds": seeds})
    st.session_state[_LIVE] = Training.begin(first, seeds)


def _stop() -> None:
    training: Training = st.session_state[_LIVE]
    training.stop()
    first, seeds = _pressed()
    _keep({"first": first + seeds, "seeds": 0})  # a page loaded anew does not go on


def _pressed() -> tuple[int, int]:
    """The first seed of this learner's last press, and how many; none counts as from the first."""
    kept = lab().store.notes(learner(), _NOTE).get(_NOTE)
    found = (kept.get("first"), kept.get("seeds")) if isinstance(kept, Mapping) else (None, None)
    match found:
        case (int(first), int(seeds)) if FIRST_SEED <= first < _MOST_SEED and 0 <= seeds <= MOST:
            return first, seeds
    return FIRST_SEED, 0


def _keep(pressed: Mapping[str, int]) -> None:
    with suppress(StoreError):  # it trains all the same, and only a reload forgets it
        lab().store.set_note(learner(), _NOTE, dict(pressed))


def _epochs_done(rows: Rows) -> int:
    return sum(len(row.curve) for row in rows.rows)


def _outcome(card: Card, rows: Rows) -> None:
    whole = tuple(row for row in rows.rows if len(row.curve) == EPOCHS)
    if len(whole) < len(rows.rows):
        st.caption("It was stopped; only runs that finished count below.")
    finished = Rows(rows.name, whole)
    if whole:
        st.markdown(plain(least_words(finished)))
        verdict_lines(card, finished)
