"""The images that masked passes are least sure of, as pictures and one opened as a chart."""

from __future__ import annotations

import html
from collections.abc import Mapping, Sequence
from typing import Any

import streamlit as st

from dropout_demo.ui.inside.on_show import OnShow
from dropout_demo.ui.inside.passes_charts import Answer, Asked, image_chart
from dropout_demo.ui.plain import plain

_BY_WORDS = {"entropy": "unsure", "disagreement": "masks disagree"}
_BY_HELP = (
    "Unsure: highest entropy of the mean over passes. Masks disagree: highest mutual information, "
    "the part of that entropy on which single passes differ."
)


def least_sure(asked: Sequence[Asked]) -> None:
    """The images of highest entropy, or on which masks disagree most, and one of them opened."""
    by = st.segmented_control(
        "Images by", list(_BY_WORDS), format_func=_BY_WORDS.__getitem__, key="passes_by",
        default="entropy", required=True, help=_BY_HELP,
    )  # fmt: skip
    assert by is not None
    for place, column in enumerate(st.columns(len(asked))):
        with column:
            _pictures(*asked[place], by, place)


def _pictures(one: OnShow, answer: Answer, by: str, place: int) -> None:
    pictures = answer["pictures"][by]
    at = st.segmented_control(
        f"Image ({plain(one.name)})",
        range(len(pictures)),
        format_func=lambda number: str(number + 1),
        key=f"passes_image_{place}",
        default=0,
        required=True,
    )
    assert at is not None
    st.html(_gallery(pictures, at))
    image_chart(one, answer, pictures[at], place)


def _gallery(pictures: Sequence[Mapping[str, Any]], chosen: int) -> str:
    """The images in a row, each with its class, what is said of it, and its number."""
    cells = []
    for place, told in enumerate(pictures):
        verdict = "right" if told["label"] == told["said"] else f"taken for {told['said']}"
        words = html.escape(f"{place + 1}: {told['label']}, {verdict}")
        measure = f"entropy {told['entropy']:.2f}, disagreement {told['disagreement']:.2f} nats"
        current = " dl-passes-chosen" if place == chosen else ""
        cells.append(
            f'<figure class="dl-passes-image{current}">'
            f'<img alt="Test image {told["index"]}" '
            f'src="data:image/png;base64,{told["picture"]}">'
            f"<figcaption>{words}<br><small>{measure}</small></figcaption></figure>"
        )
    return f'<div class="dl-passes-gallery">{"".join(cells)}</div>'
