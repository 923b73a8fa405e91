"""The recurrent view: where an LSTM may be masked, and what that does to its memory."""

from __future__ import annotations

import streamlit as st

from dropout_demo.evidence.experiments import RECORDED_SEEDS, Rows, recorded_rows
from dropout_demo.lessons.cards import cards
from dropout_demo.lessons.sources import source
from dropout_demo.sequences.grammar import ONE_MORE
from dropout_demo.sequences.setting import EPOCHS, RATE, SEQUENCE_ARMS, UNITS
from dropout_demo.sequences.text import LENGTH, TRAIN, VAL, texts
from dropout_demo.ui.plain import plain
from dropout_demo.ui.regularisers.lstm_drawing import lstm_drawing
from dropout_demo.ui.regularisers.recurrent_live import EPOCHS as LIVE_EPOCHS
from dropout_demo.ui.regularisers.recurrent_live import recurrent_live
from dropout_demo.ui.regularisers.recurrent_told import (
    PARTS,
    Part,
    curves_chart,
    least_words,
    verdict_lines,
)

CARD = 19
_PART = "recurrent_part"


def recurrent_view() -> None:
    """Drawing, recorded result, live version, and what it rests on."""
    st.header("A recurrent network: which way may be masked?", anchor=False)
    st.markdown(
        "An LSTM reads word after word and hands what it remembers to its next step. Press an arm "
        "to see where its masks stand."
    )
    lstm_drawing("lstm_drawing")
    st.subheader("Recorded: three arms of equal size", anchor=False)
    _recorded()
    st.subheader("Live: train the three arms here", anchor=False)
    st.caption(
        f"{LIVE_EPOCHS} epochs in place of {EPOCHS}, other seeds than the recorded ones; three "
        "seeds take about a minute on two cores, and leaving the page stops it. Its verdict is "
        "not the recorded one."
    )
    recurrent_live(cards()[CARD])
    _why()


def _recorded() -> None:
    rows = recorded_rows("sequence")
    if rows is None:
        st.info(
            "Not recorded yet: `make record` makes it. The live version below works all the same.",
            icon=":material/pending:",
        )
        return
    there, planned = len(rows.rows), RECORDED_SEEDS * len(SEQUENCE_ARMS)
    if there < planned:
        st.info(
            f"{there} of {planned} runs are recorded so far; `make record` makes the others.",
            icon=":material/pending:",
        )
    _recorded_chart(rows)
    st.markdown(plain(least_words(rows)))
    verdict_lines(cards()[CARD], rows)
    with st.popover("Where these numbers come from", icon=":material/fact_check:"):
        for name, value in rows.provenance.items():
            st.text(f"{name}: {value}")


@st.fragment
def _recorded_chart(rows: Rows) -> None:
    part: Part | None = st.segmented_control(
        "Loss on", list(PARTS), key=_PART, default="All words", required=True
    )
    assert part is not None
    curves_chart(rows, part, key="recurrent_curves", epochs=EPOCHS)
    seeds = len({row.seed for row in rows.rows})
    st.caption(
        f"Means over {seeds} seeds; bands: 95 % intervals. Masks are off when it is measured."
    )


def _why() -> None:
    with st.expander("The made language, the setting, and why it matters where masks stand"):
        st.markdown(
            f"“{plain(' '.join(texts()[1].said().split()[:26]))} …” The verb follows from the "
            "first noun of its sentence alone; other nouns stand between, one more with a chance "
            f"of {ONE_MORE:g}. Whoever remembers the subject makes no mistake at verbs. "
            "Everything else is drawn from fixed tables, so the least loss that is possible is "
            "known exactly. To learn from there are "
            f"only {TRAIN} sequences of {LENGTH} words; {VAL} others measure.\n\n"
            "A mask on a connection that goes up strikes a word's trace once. A mask on what a "
            "layer hands to its next step strikes again at each step that the memory must last. "
            "Here the cell state is never masked, so a layer can keep a memory there.\n\n"
            f"Two layers of {UNITS} units; equal first weights and batches in all arms of a seed; "
            f"rate {RATE:g}, of 0.2, 0.4 and 0.6 the best between layers on two other seeds. On "
            "those, masks at every step did slightly better with 0.2 than with 0.4: each arm at "
            "its own best rate may lie closer together than here."
        )
        for name in ("zaremba-2014",):
            told = source(name)
            st.markdown(
                f"- [{plain(told.label)}]({told.url}). Their networks with and without dropout "
                "differ in size, so their figures are no matched comparison; ours are of one size."
            )
