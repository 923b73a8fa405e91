"""A small dense network and one mask after another."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from dropout_demo.config import RATES
from dropout_demo.ui.learn.activities.kit import show

LAYERS = (4, 6, 5, 3)
"""Units of the drawn network; those of the two middle layers may drop."""


def mask_network(options: Mapping[str, Any]) -> None:
    """Options: rate, the one to begin with (one of RATES; 0.5 if left out)."""
    rates = [rate for rate in RATES if rate < 1]
    show("mask_network", {"layers": LAYERS, "rates": rates, "start": options.get("rate", 0.5)})
