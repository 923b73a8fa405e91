"""A polynomial through noisy points: drag its degree, see both errors."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from dropout_demo.lessons.polynomial import MOST_DEGREE, curve, points
from dropout_demo.ui.learn.activities.kit import show


def fit(options: Mapping[str, Any]) -> None:
    """Options: degree, the one to begin with (1..12; 1 if left out)."""
    told = points()
    grid = np.linspace(-1, 1, 101)
    data = {name: getattr(told, name).tolist() for name in told.__dataclass_fields__}
    curve_told = [grid.tolist(), curve(grid).tolist()]
    show(
        "fit", data | {"curve": curve_told, "most": MOST_DEGREE, "start": options.get("degree", 1)}
    )
