"""All regularisers on equal terms: what each reaches, alone and with dropout, and what it costs."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

import pandas as pd
import streamlit as st

from dropout_demo.evidence.known import recorded_told
from dropout_demo.lessons.regularisers import regularisers
from dropout_demo.stats import FEWEST_SEEDS
from dropout_demo.ui.plain import plain
from dropout_demo.ui.plot import Level, Series, plot
from dropout_demo.ui.regularisers.rows import HEADS, Row, cells_of, rows_of, values_by_arm

_MEASURES = {"Test accuracy": "accuracy", "Test loss": "loss"}

Rows = Mapping[str, Sequence[Row]]
"""By a regulariser's name, the rows that there are."""


def overview() -> None:
    """A chart of all regularisers, one sentence, and a table with what each costs."""
    st.header("Other ways to regularise, on equal terms", anchor=False)
    st.markdown(
        "The same network, images and epochs; three tries each (batch norm two). Which helps most "
        "alone, and which goes well with dropout?"
    )
    rows = _recorded_rows()
    if not any(row.name in ("alone", "both") for told in rows.values() for row in told):
        st.info(
            "Not recorded yet: `make record` makes it. Choose a regulariser above: its live "
            "version works all the same.",
            icon=":material/pending:",
        )
    else:
        _chart(rows)
        st.markdown(plain(_sentence(rows)))
        with st.expander("Settings chosen, seeds and compute"):
            st.table(_table(rows))
            st.caption(
                "Each at its best setting by validation accuracy; in brackets 95 % intervals over "
                "seeds by Student's t. Time: against the same optimiser without any regulariser. "
                "Max-norm is the one with SGD, so it has plain arms of its own."
            )
    if missing := _missing():
        st.caption(missing)
    with st.expander("What equal terms are, and what they are not"):
        st.markdown(_TERMS)


def _recorded_rows() -> Rows:
    data = regularisers()
    found = {}
    for one in data.regularisers:
        card = data.card(one.key)
        found[one.name] = rows_of(card, values_by_arm(recorded_told(card)))
    return found


def _missing() -> str:
    data = regularisers()
    runs = {
        (one.key, arm): len(told)
        for one in data.regularisers
        for arm, told in recorded_told(data.card(one.key)).items()
    }
    short = sum(count < data.seeds for count in runs.values())
    if not short:
        return ""
    return f"{short} of {len(runs)} arms have fewer than {data.seeds} recorded seeds so far."


def _chart(rows: Rows) -> None:
    measure = st.segmented_control(
        "Show", list(_MEASURES), key="overview-measure", default="Test accuracy", required=True
    )
    assert measure is not None
    field = _MEASURES[measure]
    plain_rows = next((told for told in rows.values() if told), ())
    levels = []
    for row in plain_rows:
        if row.name in ("none", "dropout"):
            mean = getattr(row, field)
            name = "neither (Adam)" if row.name == "none" else f"{row.setting} alone (Adam)"
            levels.append(Level(name, mean.mean, 0 if row.name == "none" else 1))
    series = []
    for name, label, colour in (("alone", "alone", 2), ("both", "with dropout 0.25", 1)):
        found = {key: row for key, told in rows.items() for row in told if row.name == name}
        means = [getattr(row, field) for row in found.values()]
        if means:
            series.append(
                Series(
                    label,
                    list(found),
                    [mean.mean for mean in means],
                    [mean.low if math.isfinite(mean.low) else mean.mean for mean in means],
                    [mean.high if math.isfinite(mean.high) else mean.mean for mean in means],
                    colour,
                    form="points",
                    dash=name == "both",
                )
            )
    plot(
        series,
        key="overview-chart",
        title=f"{measure} of each regulariser, alone and with dropout",
        x_title="regulariser, at its best setting",
        y_title="test accuracy (% of images)" if field == "accuracy" else "test loss (nats)",
        alt=f"{measure} by regulariser with 95 % intervals over seeds. {_sentence(rows)}",
        levels=levels,
        percent=field == "accuracy",
    )


def _sentence(rows: Rows) -> str:
    """Who is ahead by the means; verdicts stand in each section."""
    alone = {key: row for key, told in rows.items() for row in told if row.name == "alone"}
    both = {key: row for key, told in rows.items() for row in told if row.name == "both"}
    said = []
    for told, words in ((alone, "alone"), (both, "with dropout")):
        if told:
            best = max(told, key=lambda key: told[key].accuracy.mean)
            accuracy = 100 * told[best].accuracy.mean
            said.append(f"Highest mean accuracy {words}: {best.lower()}, {accuracy:.1f} %.")
    seeds = min((row.seeds for told in rows.values() for row in told), default=0)
    if 0 < seeds < FEWEST_SEEDS:
        said.append(f"Some arms have {seeds} seed{'s' * (seeds != 1)} so far: too few to judge by.")
    return " ".join([*said, "Whether a difference is more than chance stands in each section."])


def _table(rows: Rows) -> pd.DataFrame:
    """An arm a line; the plain arms once for each optimiser."""
    lines, first = [], next(iter(rows))
    for key, told in rows.items():
        for row, cells in zip(told, cells_of(told), strict=True):
            if row.name in ("alone", "both") or key in (first, _OWN_BASE):
                lines.append([plain(key), *map(plain, cells)])
    return pd.DataFrame(lines, columns=["Section", *HEADS]).set_index("Section")


_OWN_BASE = "Max-norm"
"""The one that stands upon another optimiser, with plain arms of its own."""

_TERMS = """
- **Equal tries.** Three settings each, also for dropout alone; batch norm has no strength, so two
  places. The best by validation accuracy is shown, and the test set is read once a run.
- **Equal epochs, compute shown.** All have 15 epochs; early stopping ends sooner. A regulariser
  that learns more slowly, such as flips and crops, might gain from more. Compute is what training
  and measuring take, by the cost of each part measured alone: recorded seconds would tell how
  busy the machine was.
- **Equal networks.** The article's, on 10,000 images, three seeds, paired: the same weights to
  start from and the same order of images. One more try, or more images, may change the order.
"""
