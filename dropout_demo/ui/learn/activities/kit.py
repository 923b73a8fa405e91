"""Putting an activity's script on the page."""

from __future__ import annotations

from typing import Any

from dropout_demo.ui.component import component

_HERE = "learn/activities"


def show(name: str, data: dict[str, Any], key: str | None = None) -> None:
    """Draw the activity of `<name>.js` and `<name>.css` with these JSON values.

    name: with underscores, as the files are called; they come after `kit.js` and `kit.css`. key:
    where one script stands for several activities.
    """
    component(
        f"learn_{name}",
        ("nodes.js", f"{_HERE}/kit.js", f"{_HERE}/{name}.js"),
        ("drawing.css", f"{_HERE}/kit.css", f"{_HERE}/{name}.css"),
        isolated=False,
    )(key=key or f"activity-{name}", data=data)
