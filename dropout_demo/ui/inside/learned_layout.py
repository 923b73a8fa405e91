"""What the views of "What it learned" share: runs whose images are here, side by side."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from dropout_demo.data import status
from dropout_demo.ui.inside.on_show import OnShow
from dropout_demo.ui.plain import plain


def with_images(shown: Sequence[OnShow]) -> list[OnShow]:
    """Those runs whose test images are here; the page says once a data set why others are not."""
    there = []
    for dataset in dict.fromkeys(one.config.dataset for one in shown):
        told = status(dataset)
        if told.ready:
            there.append(dataset)
        else:
            st.info(
                plain(f"This needs test images. {told.detail} Filters can be seen without."),
                icon=":material/image_not_supported:",
            )
    return [one for one in shown if one.config.dataset in there]


def columns(of: Sequence[object]) -> list[DeltaGenerator]:
    """A column for each; on a narrow page they stand below each other."""
    return st.columns(len(of), gap="large") if of else []
