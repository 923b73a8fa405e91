"""The panel on which a learner draws or brings a picture, and sees what the networks make of it."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from typing import Any

import streamlit as st

from dropout_demo.data import CLASSES
from dropout_demo.ui.component import component
from dropout_demo.ui.inside.on_show import OnShow
from dropout_demo.ui.inside.picture_choice import (
    BLANK,
    Picture,
    chosen_picture,
    classify_path,
    to_ask,
)

_SCRIPTS = (
    "nodes.js",
    *(f"inside/{name}.js" for name in ("pixels", "classify_drawing", "classify_bars", "classify")),
)
_DRAWN = (
    "A drawing is not like the pictures that the network learned from: it must choose one of its "
    "ten classes all the same, and being sure does not make it right."
)
_WHY = """
- The probabilities of the ten classes always add up to 100 %. There is no answer *none of these*,
  so a network can be sure of a scribble.
- With masks off, *sure* means that one class has at least 95 %, *fairly sure* 80 %; else the
  classes are named that together reach 90 %. The table adds the entropy, which is 0 when one
  class has everything and log 10 = 2.30 nats when all ten are alike.
- Each masked pass strikes out other units, as in training. Where the passes disagree, the answer
  hangs on a few units. Where they agree it may still be wrong: all passes share one network's
  weights. Source: Gal and Ghahramani 2016, *Dropout as a Bayesian Approximation*.
- The masks stay the same while you draw, so what changes from stroke to stroke is the drawing.
"""


def classify_panel(shown: Sequence[OnShow]) -> None:
    """A sheet to draw on, blank or begun from a picture, beside what each network sees in it."""
    st.header("Draw something, or bring a picture: the bars follow the pen", anchor=False)
    picture = chosen_picture(shown, "try_picture", show=False, sheet=True)
    if picture is not None:
        component("classify", _SCRIPTS, ("drawing.css", "inside/classify.css"))(
            key="try_sheet", data=sheet_data(shown, picture)
        )
    with st.expander("Why is it so sure of a scribble?"):
        st.markdown(_WHY)


def sheet_data(shown: Sequence[OnShow], picture: Picture) -> dict[str, Any]:
    """What the browser is told, as JSON values."""
    networks = [
        {**told, "classes": list(CLASSES[one.config.dataset])}
        for told, one in zip(to_ask(shown), shown, strict=True)
    ]
    return {
        "networks": networks,
        "path": classify_path(),
        "picture": base64.b64encode(picture.pixels).decode(),
        "blank": picture == BLANK,
        "alternative": _sentence(picture.words),
        "notes": {"untouched": _note(shown, picture), "drawn": _DRAWN},
    }


def _note(shown: Sequence[OnShow], picture: Picture) -> str:
    if picture == BLANK:
        names = CLASSES[shown[0].config.dataset]
        return f"It knows {', '.join(names[:-1])} and {names[-1]}: draw one of them, or anything."
    if picture.label is None:
        return (
            "Your picture as the network gets it: the middle square, 32 × 32 pixels. "
            "Whatever it shows, the answer is one of the ten classes."
        )
    return f"{_sentence(picture.words)}. Draw on it and see what changes its mind."


def _sentence(words: str) -> str:
    return words[0].upper() + words[1:]
