"""The panel "Take units away": accuracy without some units of a layer, and what its units do."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd
import streamlit as st

from dropout_demo.anatomy import CLASSES
from dropout_demo.arms import rates_of
from dropout_demo.inside.deletion import (
    UNIT_IMAGES,
    UNIT_LAYERS,
    DeletionQuestion,
    UnitLayer,
    UnitsQuestion,
)
from dropout_demo.ui.inside.asking import images_are_here
from dropout_demo.ui.inside.deletion_words import (
    deletion_words,
    mean_and_band,
    units_row,
    units_words,
)
from dropout_demo.ui.inside.each_run import Told, answers_of_each, waiting_place
from dropout_demo.ui.inside.on_show import OnShow
from dropout_demo.ui.plain import plain
from dropout_demo.ui.plot import Level, Series, plot


def deletion_panel(shown: Sequence[OnShow]) -> None:
    """Draw accuracy against the share of units taken away, for one or two opened runs."""
    st.header("How much is left when units are taken away", anchor=False)
    if not images_are_here(one.config for one in shown):
        return
    row = st.container(horizontal=True, gap="medium", vertical_alignment="bottom")
    layer = row.segmented_control(
        "Layer", UNIT_LAYERS, key="deletion_layer", default="fc1", required=True
    )
    assert layer is not None
    rescaled = row.toggle(
        "Rescale those that stay",
        value=True,
        key="deletion_rescaled",
        help="Multiply what stays by 1 / (1 − k) when a share k is gone, as dropout does.",
    )
    seen = st.container()
    question = DeletionQuestion(layer=layer, rescaled=rescaled)
    with waiting_place("deletion-waiting"):
        told = answers_of_each(shown, question, "taking units away")
        facts = answers_of_each(shown, UnitsQuestion(layer=layer), "looking at its units")
    if told:
        with seen:
            _chart(told, question)
            st.markdown(plain(deletion_words(layer, _named(told))))
    if facts:
        _units(facts, layer)
    _why(question)


def _named(told: Told) -> list[tuple[str, Mapping[str, Any]]]:
    return [(one.name, answer) for one, answer in told]


def _chart(told: Told, question: DeletionQuestion) -> None:
    series = []
    for one, answer in told:
        points = [mean_and_band(draws) for draws in answer["accuracy"]]
        series.append(
            Series(
                name=one.name,
                x=[count / answer["units"] for count in answer["deleted"]],
                y=[mean for mean, _, _ in points],
                low=[low for _, low, _ in points],
                high=[high for _, _, high in points],
                colour=one.colour,
            )
        )
    kind = "channels" if question.layer.startswith("conv") else "units"
    said = deletion_words(question.layer, _named(told))
    plot(
        series,
        key="deletion_accuracy",
        title=f"Accuracy without some {kind} of {question.layer}, with a band of 95 % of draws",
        x_title=f"{kind} taken away",
        y_title="accuracy",
        alt=f"Accuracy against the share of {kind} taken away. {said}",
        levels=[Level("guessing", 1 / CLASSES)],
        x_range=(-0.02, 0.92),
        y_range=(0, 1),
        percent=True,
        percent_x=True,
    )


def _units(told: Told, layer: UnitLayer) -> None:
    st.markdown(f"**What the units of {layer} do over these images**")
    frame = pd.DataFrame({plain(one.name): units_row(answer) for one, answer in told})
    st.table(frame.rename_axis(f"units of {layer}"))
    st.markdown(plain(units_words(layer, _named(told), _dropped([one for one, _ in told]))))


def _dropped(shown: Sequence[OnShow]) -> str | None:
    """The one of two runs that learned under dropout, where the other did not."""
    names = [one.name for one in shown if rates_of(one.config)]
    return names[0] if len(shown) == 2 and len(names) == 1 else None


def _why(question: DeletionQuestion) -> None:
    with st.expander("Why this proves less than it seems"):
        st.markdown(
            "A network that learned under dropout has lost units at every step of its training, "
            "so that it bears their loss follows in part from the way it was trained. It does not "
            "show that its units rely less on one another (Srivastava et al. 2014: less "
            "co-adaptation), nor that this is why dropout helps. "
            "Lower correlation would fit that idea; two networks of one seed do not settle it."
        )
    with st.expander("How this was computed"):
        st.markdown(
            f"For each share, {question.draws} choices of units at random: the same ones "
            "are gone for all images, and both networks lose the same places. The line is the "
            "mean, the band holds the middle 95 % of the choices. Of a convolution whole channels "
            "go, after ReLU and pooling. Nothing is trained anew. Rescaled, what stays is "
            "multiplied by 1 / (1 − k) for the share k that is really gone.\n\n"
            "The correlation is Pearson's, without its sign, over all pairs of units that are not "
            "constant: dead units, never above 0 over these images, have none and are left out. "
            "A channel counts at every place of its map.\n\n"
            f"Over the first {UNIT_IMAGES[question.layer]:,} test images, each class equally "
            "often; no choice in the Lab rests on them. Fewer are used at conv1 and conv2, where "
            "more must be computed anew for every choice."
        )
