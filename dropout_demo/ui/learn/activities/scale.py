"""What reaches the next unit: in training without and with the scale, and in evaluation."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from dropout_demo.config import RATES
from dropout_demo.ui.learn.activities.kit import show

MOST_RATE = 0.8
"""Beyond it the scaled value would leave the picture: at 0.9 it is ten times the value."""


def scale(options: Mapping[str, Any]) -> None:
    """Options: rate, the one to begin with (one of RATES up to MOST_RATE; 0.5 if left out)."""
    rates = [rate for rate in RATES if rate <= MOST_RATE]
    show("scale", {"rates": rates, "start": options.get("rate", 0.5)})
