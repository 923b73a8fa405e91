"""An image under a mask, with and without the scale."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from typing import Any

from dropout_demo.config import RATES
from dropout_demo.lessons.pictures import lesson_pictures
from dropout_demo.ui.learn.activities.kit import show


def mask_image(options: Mapping[str, Any]) -> None:
    """Options: rate, the one to begin with (one of RATES; 0.5 if left out)."""
    pictures = [
        {"words": one.words, "pixels": base64.b64encode(one.pixels).decode()}
        for one in lesson_pictures()
    ]
    rates = [rate for rate in RATES if rate < 1]
    show("mask_image", {"pictures": pictures, "rates": rates, "start": options.get("rate", 0.5)})
