"""The panel "What it learned": filters, channels, confusions, classes and the worst mistakes."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any, get_args

import streamlit as st

from dropout_demo.anatomy import anatomy
from dropout_demo.data import status as data_status
from dropout_demo.inside.learned import (
    PEAK_IMAGES,
    PEAKS_SHOWN,
    ConvLayer,
    FiltersQuestion,
    MapsQuestion,
    PeaksQuestion,
)
from dropout_demo.ui.inside.asking import answer_to, images_are_here
from dropout_demo.ui.inside.learned_layout import columns, with_images
from dropout_demo.ui.inside.learned_mistakes import classes_view, confusions_view, worst_view
from dropout_demo.ui.inside.learned_pictures import (
    filters_picture,
    gallery,
    head,
)
from dropout_demo.ui.inside.learned_words import (
    filters_words,
    peaks_words,
)
from dropout_demo.ui.inside.on_show import OnShow
from dropout_demo.ui.plain import plain

_CHOICE = "learned_view"
_FIRST = "Filters"


def learned_panel(shown: Sequence[OnShow]) -> None:
    """Draw the view that the learner chose, for one or two opened runs."""
    view = st.segmented_control("Show", list(_VIEWS), key=_CHOICE, default=_FIRST, required=True)
    assert view is not None
    # A place each: what was there before goes at once, not when the new view has been computed.
    places = {name: st.container() if name == view else st.empty() for name in _VIEWS}
    with places[view]:
        if view == _FIRST or images_are_here(one.config for one in shown):  # weights need none
            _VIEWS[view](shown)


def _filters(shown: Sequence[OnShow]) -> None:
    st.header("Each filter of the first layer looks for a small pattern", anchor=False)
    every = [replace(one.network, epoch=at) for one in shown for at in one.epochs]
    answer = answer_to(FiltersQuestion(), every, waiting="Opening the networks …")
    if answer is None:
        return
    place = _example(shown)
    networks, before = [], 0
    for one in shown:
        found = answer["networks"][before + one.epochs.index(one.epoch)]
        before += len(one.epochs)
        example = None
        if place is not None and data_status(one.config.dataset).ready:
            example = answer_to(MapsQuestion(image=place), [one.network])
        networks.append(head(one.name, one.colour) | found | {"example": example})
    filters_picture(networks, key="learned_filters", scale=answer["scale"])
    st.markdown("  \n".join(plain(filters_words(found)) for found in networks))
    with st.expander("How to read this"):
        st.markdown(
            "A filter weighs 3 × 3 pixels in red, green and blue. Middle grey is a weight of 0; "
            f"full colour is {answer['scale']:.2f}, black the same below 0, for all epochs "
            "of what is open, so colours may be compared while you move through the epochs. "
            "Press a filter to see what it makes of the example (after ReLU, before pooling). "
            "Networks of one seed begin with the same filters, so the same place may be compared."
        )


def _example(shown: Sequence[OnShow]) -> int | None:
    """Which of the first ten test images; None where the images are not here."""
    ready = [one for one in shown if data_status(one.config.dataset).ready]
    if not ready:
        st.caption("The images are not here, so no map of an example can be shown.")
        return None
    return st.segmented_control(
        "Example: one of the first ten test images",
        range(10),
        format_func=lambda at: str(at + 1),
        key="learned_example",
        default=0,
        required=True,
    )


def _channels(shown: Sequence[OnShow]) -> None:
    st.header("What excites a channel most", anchor=False)
    shown = with_images(shown)
    if not shown:
        return
    left, right = st.columns([1, 2], vertical_alignment="bottom")
    layer: ConvLayer | None = left.segmented_control(
        "Layer", get_args(ConvLayer), key="learned_layer", default="conv3", required=True
    )
    assert layer is not None
    most, key = _channel_count(shown, layer), f"learned_{layer}"
    if st.session_state.get(key, 1) > most:  # chosen while a wider network was open
        st.session_state[key] = most
    number = right.slider("Channel", 1, most, key=key)
    for column, one in zip(columns(shown), shown, strict=True):
        with column:
            _channel(one, layer, number)
    with st.expander("How to read this"):
        st.markdown(
            f"Of the first {PEAK_IMAGES:,} test images, each class equally often, those in which "
            "the channel's largest output (after ReLU and pooling, masks off) is largest. The "
            "frame is all that this output can see; below it the same pixels, enlarged. Test "
            "images are only looked at here: no choice in the Lab rests on them."
        )


def _channel_count(shown: Sequence[OnShow], layer: ConvLayer) -> int:
    """Channels that every opened run has at this layer."""
    shapes = ({facts.name: facts.shape for facts in anatomy(one.config)} for one in shown)
    return max(2, min(shape[layer][0] for shape in shapes))


def _channel(one: OnShow, layer: ConvLayer, number: int) -> None:
    question = PeaksQuestion(layer=layer, channel=number - 1)
    body = st.container()  # above the bar: what was drawn stays in place while this is computed
    answer = answer_to(question, [one.network], waiting="Looking at the test images …")
    if answer is None:
        return
    with body:
        _peaks_picture(one, answer)
        st.markdown(plain(peaks_words(answer, f"Channel {number} of {layer}")))


def _peaks_picture(one: OnShow, answer: Mapping[str, Any]) -> None:
    images = [
        {
            "picture": peak["picture"],
            "window": peak["window"],
            "alt": f"{peak['label']}, output {peak['value']:.2f}, {_where(peak['window'])}",
            "lines": [peak["label"], f"{peak['value']:.2f}"],
        }
        for peak in answer["peaks"]
    ]
    gallery(
        head(one.name, one.colour),
        images,
        key=f"learned_peaks_{one.colour}",
        places=PEAKS_SHOWN,
        lines=2,
        framed=True,
    )


def _where(window: Mapping[str, int]) -> str:
    return f"{window['side']} pixels from row {window['top'] + 1}, column {window['left'] + 1}"


_VIEWS: Mapping[str, Callable[[Sequence[OnShow]], None]] = {
    _FIRST: _filters,
    "Channels": _channels,
    "Confusions": confusions_view,
    "Classes": classes_view,
    "Worst mistakes": worst_view,
}
