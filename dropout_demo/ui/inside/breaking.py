"""The panel "Break it": one set of weights, evaluated rightly and in five wrong ways."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

import pandas as pd
import streamlit as st

from dropout_demo.inside.breaking import BREAK_BATCH, BREAK_IMAGES, WAY_WORDS, WAYS, BreakQuestion
from dropout_demo.stats import summary
from dropout_demo.ui.inside.asking import images_are_here
from dropout_demo.ui.inside.breaking_words import breaking_table, breaking_words
from dropout_demo.ui.inside.each_run import Told, answers_of_each, waiting_place
from dropout_demo.ui.inside.held_range import held_range
from dropout_demo.ui.inside.on_show import OnShow
from dropout_demo.ui.plain import plain
from dropout_demo.ui.plot import Series, plot

_QUESTION = BreakQuestion()


def breaking_panel(shown: Sequence[OnShow]) -> None:
    """Draw accuracy and cross-entropy of one or two opened runs, evaluated in six ways."""
    st.header("The same weights, evaluated rightly and in five wrong ways", anchor=False)
    if not images_are_here(one.config for one in shown):
        return
    seen = st.container()
    with waiting_place("breaking-waiting"):
        told = answers_of_each(shown, _QUESTION, f"{_QUESTION.passes} passes over test images")
    if not told:
        return
    with seen:
        left, right = st.columns(2)
        with left:
            _chart(told, "accuracy")
        with right:
            _chart(told, "loss")
        for one, answer in told:
            st.markdown(f"**{plain(one.name)}**: {plain(breaking_words(answer))}")
    _why()
    _numbers(told)


def _chart(told: Told, measure: Literal["accuracy", "loss"]) -> None:
    names = [WAY_WORDS[way].name for way in WAYS]
    series = []
    for one, answer in told:
        values = [answer["ways"][way][measure] for way in WAYS]
        series.append(
            Series(
                name=one.name,
                x=names,
                y=[summary(each).mean for each in values],
                low=[min(each) for each in values],
                high=[max(each) for each in values],
                colour=one.colour,
                form="bars",
            )
        )
    said = "Accuracy" if measure == "accuracy" else "Cross-entropy"
    bars = "; ".join(f"{one.name}: {_alternative(one)}" for one in series)
    plot(
        series,
        key=f"breaking_{measure}",
        title=f"{said} over {BREAK_IMAGES:,} test images",
        x_title="evaluated",
        y_title="accuracy" if measure == "accuracy" else "cross-entropy (nats)",
        alt=f"{said} of each network in six ways of evaluating it. {bars}.",
        y_range=(0, 1) if measure == "accuracy" else _held([one for one, _ in told], series),
        percent=measure == "accuracy",
        height=300,
    )


def _held(shown: Sequence[OnShow], series: Sequence[Series]) -> tuple[float, float]:
    """The axis of the loss: from 0, and as high as it was at any epoch of these runs."""
    name = f"breaking {' '.join(one.run for one in shown)}"
    return held_range(name, [0.0, *(y for one in series for y in one.high or one.y)], floor=0.0)


def _alternative(one: Series) -> str:
    return ", ".join(f"{x} {y:.2f}" for x, y in zip(one.x, one.y, strict=True))


def _why() -> None:
    with st.expander("What each way does, and why"):
        st.markdown(
            "x is what a layer gives where dropout stands, p the rate of dropping.\n\n"
            + "\n".join(
                f"- **{words.name}**: `{words.formula}`. {words.why}"
                for words in WAY_WORDS.values()
            )
            + "\n\nClassic dropout (Srivastava et al. 2014, section 4) and ours give the same "
            "network when its next weights are 1/(1 − p) times ours; that is how a network "
            "trained in our way can be evaluated wrongly in the classic one. Where dropout "
            "multiplies by noise of mean 1 nothing is scaled, and no factor can be wrong. A factor "
            "often moves accuracy little and cross-entropy much: all scores grow or shrink "
            "together, so the largest stays the largest but is believed too much or too little.\n\n"
            f"Masks on the scores use p = {_QUESTION.scores_rate}. Without eval(), batch "
            f"normalisation goes by the {BREAK_BATCH} images that it is given at once."
        )


def _numbers(told: Told) -> None:
    with st.expander("All numbers, with their spread over passes"):
        rows = [
            {column: plain(text) for column, text in row.items()}
            for row in breaking_table([(one.name, answer) for one, answer in told])
        ]
        st.table(pd.DataFrame(rows).set_index("evaluated"))
        st.caption(
            f"Over the first {BREAK_IMAGES:,} test images, each class equally often; no choice in "
            "the Lab rests on them. Bars are means, whiskers reach from the least to the most of "
            f"{_QUESTION.passes} passes. With these few images, two networks that differ by under "
            "3 points may not differ at all; ways of evaluating one network are "
            "compared on the same images."
        )
