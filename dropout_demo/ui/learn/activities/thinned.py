"""All masks of a layer of four inputs, and their average against one scaled pass."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from dropout_demo.config import RATES
from dropout_demo.ui.learn.activities.kit import show

INPUTS = (1.0, 0.8, 0.5, 1.2)
WEIGHTS = (0.9, -1.2, 0.7, 0.4)
"""Such that some thinned layers give less than 0, where a ReLU changes the sum."""


def thinned(options: Mapping[str, Any]) -> None:
    """Options: rate, the one to begin with (one of RATES; 0.5 if left out)."""
    rates = [rate for rate in RATES if rate < 1]
    start = options.get("rate", 0.5)
    show("thinned", {"inputs": INPUTS, "weights": WEIGHTS, "rates": rates, "start": start})
