"""The live version of a card whose numbers do not come from image networks."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial

import streamlit as st
from immutabledict import immutabledict

from dropout_demo.evidence.experiments import RECORDED_SEEDS, Row, Rows
from dropout_demo.evidence.linear import linear_rows
from dropout_demo.lab import lab
from dropout_demo.lessons.cards import Card
from dropout_demo.ui.claims.answers import keep_note
from dropout_demo.ui.claims.seen import seen_of_rows
from dropout_demo.ui.claims.taking import downloads
from dropout_demo.ui.claims.verdicts import evidence_below, verdict_box
from dropout_demo.ui.lab_state import learner
from dropout_demo.ui.plain import plain
from dropout_demo.ui.regularisers.recurrent_live import EPOCHS, FIRST_SEED, Training
from dropout_demo.ui.regularisers.recurrent_told import curves_chart

_MOST_SEED = 100_000
_SECONDS_BETWEEN_LOOKS = 1.0
_TRAINING = "claims_sequence"


def live_experiment(card: Card) -> None:
    """Draw the press and, after it, what came of it."""
    _VERSIONS[card.experiment](card)


def _linear(card: Card) -> None:
    st.fragment(partial(_other_data, card))()


def _other_data(card: Card) -> None:
    """Other data sets than the recorded ones, at once; the note says which."""
    first = _first_seed(card)
    with st.container(horizontal=True, gap="medium", vertical_alignment="center"):
        if st.button(
            "Draw five other data sets", key="claim_train", type="primary", icon=":material/casino:"
        ):
            first = (first or 0) + RECORDED_SEEDS
            keep_note(_note(card), first)
        st.caption("Computed at once. The page Regularisers has sliders for all of it.")
    if first:
        seeds = range(first, first + RECORDED_SEEDS)
        told = linear_rows(seeds)["sgd"]
        rows = Rows("linear", tuple(Row("sgd", seed, told[seed]) for seed in seeds))
        which = f"{RECORDED_SEEDS} other data sets (seeds {seeds[0]} to {seeds[-1]})"
        _judged(card, rows, f"Live, {which}")


def _sequence(card: Card) -> None:
    """Recurrent networks, trained by the process that looks inside; looked at while they train."""
    training: Training | None = st.session_state.get(_TRAINING)
    first = _first_seed(card)
    if training is None and first:  # the page was loaded anew: what was answered is kept there
        training = st.session_state[_TRAINING] = Training.begin(first, card.live.seeds)
    active = training is not None and bool(training.open)
    again = _SECONDS_BETWEEN_LOOKS if active else None
    st.fragment(partial(_sequence_grows, card), run_every=again)()


def _sequence_grows(card: Card) -> None:
    training: Training | None = st.session_state.get(_TRAINING)
    active = training is not None and bool(training.open)
    _sequence_press(card, training if active else None)
    if training is None:
        return
    rows, more = training.look()
    if training.error:
        st.error(plain(training.error), icon=":material/error:")
    if not rows.rows and not more:
        return
    done = sum(len(row.curve) for row in rows.rows)
    asked = card.live.seeds * 3 * EPOCHS
    st.progress(min(1.0, done / asked), f"{done} of {asked} epochs trained")
    curves_chart(rows, "All words", key="claims_sequence_curves", epochs=EPOCHS)
    if active:
        if not more:
            st.rerun()  # once: the page looks no more
        return
    whole = tuple(row for row in rows.rows if len(row.curve) == EPOCHS)
    if whole:
        seeds = len({row.seed for row in whole})
        told = f"Live, {seeds} seed{'s' * (seeds != 1)}, {EPOCHS} epochs"
        _judged(card, Rows("sequence", whole), told)


def _sequence_press(card: Card, active: Training | None) -> None:
    with st.container(horizontal=True, gap="medium", vertical_alignment="center"):
        pressed = st.button(
            "Train it now",
            key="claim_train",
            type="primary",
            icon=":material/play_arrow:",
            disabled=active is not None,
        )
        if active is not None and st.button("Cancel", key="claim_cancel", icon=":material/stop:"):
            active.stop()
            lab().store.forget_note(learner(), _note(card))
            st.rerun()
        networks = 3 * card.live.seeds
        st.caption(f"{networks} small LSTMs ({card.live.seeds} seeds), {EPOCHS} epochs each.")
    if pressed:
        before = _first_seed(card)
        first = before + card.live.seeds if before else FIRST_SEED
        keep_note(_note(card), first)
        st.session_state[_TRAINING] = Training.begin(first, card.live.seeds)
        st.rerun()


def _judged(card: Card, rows: Rows, source: str) -> None:
    seen = seen_of_rows(card, rows)
    verdict_box(seen, source, "live")
    evidence_below(seen, "live", chart=not seen.curves)  # those have grown above
    with st.container(horizontal=True, gap="small"):
        downloads(seen, f"{card.key}-live", lambda: [row.to_json() for row in rows.rows])


def _first_seed(card: Card) -> int:
    """Of this learner's last press; 0 before it."""
    kept = lab().store.notes(learner(), _note(card)).get(_note(card))
    return kept if isinstance(kept, int) and 0 < kept < _MOST_SEED else 0


def _note(card: Card) -> str:
    return f"claims/{card.number:02d}/live"


_VERSIONS: Mapping[str, Callable[[Card], None]] = immutabledict(
    {"linear": _linear, "sequence": _sequence}
)
