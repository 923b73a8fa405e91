"""The panels of the Inside page, by the names under which they are chosen."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from immutabledict import immutabledict

from dropout_demo.ui.inside.breaking import breaking_panel
from dropout_demo.ui.inside.classify import classify_panel
from dropout_demo.ui.inside.deletion import deletion_panel
from dropout_demo.ui.inside.learned import learned_panel
from dropout_demo.ui.inside.masks import masks_panel
from dropout_demo.ui.inside.on_show import OnShow
from dropout_demo.ui.inside.passes import passes_panel

Panel = Callable[[Sequence[OnShow]], None]

PANELS: Mapping[str, tuple[str, Panel]] = immutabledict(
    {
        "masks": ("Masks", masks_panel),
        "passes": ("One or many", passes_panel),
        "break": ("Break it", breaking_panel),
        "units": ("Take units away", deletion_panel),
        "learned": ("What it learned", learned_panel),
        "try": ("Try your own", classify_panel),
    }
)
"""By name in the address: title, and what draws it."""
