"""The map as a picture of buttons, filling by itself while somebody looks."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode

import streamlit as st

from dropout_demo.config import RunConfig
from dropout_demo.map import map_words
from dropout_demo.readings import MEASURES
from dropout_demo.ui.assets import base_path
from dropout_demo.ui.component import component

_KEY = "map"
_SCRIPTS = ("nodes.js", "ramp.js", "map/map.js")
_STYLES = ("drawing.css", "map/map.css")


def map_picture(setting: RunConfig, measure: str, on_press: Callable[[str], None]) -> None:
    """Draw it. The name of a cell that is pressed is told to `on_press` before the page reruns.

    setting: dataset, images and epochs; measure: a name of `MEASURES`.
    """

    def pressed() -> None:
        on_press(str(st.session_state[_KEY].get("pressed")))

    component("map", _SCRIPTS, _STYLES, isolated=False)(
        key=_KEY, data=map_data(setting, measure), on_pressed_change=pressed
    )


def map_data(setting: RunConfig, measure: str) -> dict[str, Any]:
    """What the browser is told, as JSON values."""
    about = MEASURES[measure]
    query = {
        "dataset": setting.dataset,
        "train_size": setting.train_size,
        "epochs": setting.epochs,
        "measure": measure,
    }
    return {
        "stream": f"{base_path()}/api/map/stream?{urlencode(query)}",
        "caption": (
            f"{about.words[0].upper()}{about.words[1:]} after the last epoch, by place and rate "
            "of dropout"
        ),
        **map_words(),
        "percent": about.unit == "fraction",
        "better": "higher" if measure == "val_accuracy" else "lower",
    }
