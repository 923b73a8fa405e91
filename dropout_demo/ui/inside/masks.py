"""Masks on one image: drawn anew at a touch, layer by layer, without a rerun of the page.

`masks.js` holds what the learner sets, asks the server itself and draws the answer; Python says
which networks and which image.
"""

from __future__ import annotations

import base64
from collections.abc import Sequence
from typing import Any

from dropout_demo.anatomy import anatomy
from dropout_demo.arms import rates_of
from dropout_demo.config import KINDS_AT, RATES, RunConfig
from dropout_demo.inside.masks import CONVOLUTIONS
from dropout_demo.ui.assets import base_path
from dropout_demo.ui.component import component
from dropout_demo.ui.inside.on_show import OnShow
from dropout_demo.ui.inside.picture_choice import Picture, chosen_picture
from dropout_demo.ui.palette import arm_colour

FIRST_RATE = 0.25

_PARTS = ("colours", "words", "maps", "dense", "numbers", "network", "controls", "asking")
_SCRIPTS = ("nodes.js", *(f"inside/masks_{part}.js" for part in _PARTS), "inside/masks.js")
_STYLES = (
    "drawing.css",
    "inside/masks.css",
    *(f"inside/masks_{part}.css" for part in ("controls", "pictures", "numbers")),
)


def masks_panel(shown: Sequence[OnShow]) -> None:
    """What a mask at one layer does to a chosen image, in each opened network."""
    picture = chosen_picture(shown, "masks_image")
    if picture is not None:
        component("masks", _SCRIPTS, _STYLES, isolated=False)(
            key="masks", data=masks_data(shown, picture)
        )


def masks_data(shown: Sequence[OnShow], picture: Picture) -> dict[str, Any]:
    """What the browser is told, as JSON values."""
    return {
        "url": f"{base_path()}/api/inside/masks",
        "networks": [_network(one) for one in shown],
        "image": _image(picture, shown),
        "layers": [
            {
                "name": facts.name,
                "maps": "channel" in KINDS_AT[facts.name],
                "pooled": facts.name in CONVOLUTIONS,
            }
            for facts in anatomy(shown[0].config)
        ],
        "rates": sorted({*RATES, *(d.p for one in shown for d in one.config.dropout.values())}),
        "start": _start(shown[0].config),
    }


def _network(one: OnShow) -> dict[str, Any]:
    colour = arm_colour(one.colour)
    return {
        "run": one.run,
        "epoch": one.epoch,
        "name": one.name,
        "colour": {"light": colour.light, "dark": colour.dark},
        "neverMasked": not rates_of(one.config),
        "met": {at: drop.kind for at, drop in one.config.dropout.items() if drop.p > 0},
    }


def _image(picture: Picture, shown: Sequence[OnShow]) -> dict[str, Any]:
    """By its place in the test set where all networks mean the same one by it."""
    if picture.index is not None and len({one.config.dataset for one in shown}) == 1:
        return {"index": picture.index}
    return {"pixels": base64.b64encode(picture.pixels).decode()}


def _start(config: RunConfig) -> dict[str, Any]:
    """The mask to begin with: as in the network's training, at its first layer with dropout."""
    for layer, drop in config.dropout.items():
        if drop.p > 0:
            return {"layer": layer, "rate": drop.p}
    return {"layer": "flatten", "rate": FIRST_RATE}
