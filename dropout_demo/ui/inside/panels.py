"""The panels of the Inside page, by the names under which they are chosen."""

from __future__ import annotations

import importlib
import importlib.util
from collections.abc import Callable, Mapping, Sequence

from dropout_demo.ui.inside.on_show import OnShow

Panel = Callable[[Sequence[OnShow]], None]

_WANTED = {  # for the time of building: what is there is shown
    "masks": ("Masks", "masks"),
    "passes": ("One or many", "passes"),
    "break": ("Break it", "breaking"),
    "units": ("Take units away", "deletion"),
    "learned": ("What it learned", "learned"),
    "try": ("Try your own", "classify"),
}
PANELS: Mapping[str, tuple[str, Panel]] = {
    look: (
        title,
        getattr(importlib.import_module(f"dropout_demo.ui.inside.{name}"), f"{name}_panel"),
    )
    for look, (title, name) in _WANTED.items()
    if importlib.util.find_spec(f"dropout_demo.ui.inside.{name}")
}
