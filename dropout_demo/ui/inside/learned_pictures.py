"""The pictures of what was learned: filters, rows of images, and who is taken for whom.

Python decides every colour, place and word; the scripts beside this file put them on the page, and
nothing of it as HTML.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from dropout_demo.ui.component import component
from dropout_demo.ui.inside.learned_words import differences, percent, points
from dropout_demo.ui.palette import arm_colour

IMAGE_SIDE = 32
FULL_CONFUSION = 0.3
"""A share of wrong guesses from which on a cell has its full colour; the same for all epochs."""

FULL_CHANGE = 15.0  # points, likewise


def filters_picture(networks: Sequence[Mapping[str, Any]], *, key: str, scale: float) -> None:
    """Draw each network's filters; a press shows what that filter makes of the example.

    networks: `head`s with "filters" (base64 of uint8 (n, 3, 3, 3), as `probes.filters.as_pixels`
    gives them), "count", and "example" (the answer to a MapsQuestion, or None). scale: the weight
    shown as full colour.
    """
    _component("filters")(key=key, data={"networks": list(networks), "scale": scale})


def gallery(
    heading: Mapping[str, Any],
    images: Sequence[Mapping[str, Any]],
    *,
    key: str,
    places: int,
    lines: int,
    framed: bool = False,
) -> None:
    """Draw images with `lines` lines below each, at `places` places, some of which may stay empty.

    heading: a `head`. images: of `{"picture": base64 of a PNG, "alt": str, "lines": [str, ...]}`
    and, when a part of each is framed and shown again enlarged, "window": {"top", "left", "side"}
    in pixels.
    """
    told = {"places": places, "side": IMAGE_SIDE, "lines": lines, "framed": framed}
    _component("gallery")(key=key, data={**heading, **told, "images": list(images)})


def matrix(
    heading: Mapping[str, Any],
    cells: Sequence[Sequence[Mapping[str, Any]]],
    *,
    key: str,
    **words: Any,
) -> None:
    """Draw a table of true classes (rows) by said ones; its cells from `share_cells` and the like.

    heading: a `head`. words: "names" of the classes, "caption" (what it shows) and "legend".
    """
    _component("matrix")(key=key, data={**heading, "cells": cells, **words})


def head(name: str, colour: int | None) -> dict[str, Any]:
    """The name of a run with its colour; None: no colour."""
    return {"name": name, "colour": None if colour is None else both(colour)}


def both(colour: int) -> dict[str, str]:
    """A place in the palette as its colours on light and on dark ground."""
    found = arm_colour(colour)
    return {"light": found.light, "dark": found.dark}


def share_cells(
    counts: Sequence[Sequence[int]], names: Sequence[str], colour: int, *, as_counts: bool
) -> list[list[dict[str, Any]]]:
    """Cells with shares of their row in whole percent, or counts; right ones in grey."""
    return [
        [
            _cell(
                f"{count}" if as_counts else f"{100 * count / max(1, sum(row)):.0f}",
                count / max(1, sum(row)) / (1 if true == said else FULL_CONFUSION),
                None if true == said else colour,
                f"{_taken(names, true, said)}: {count:,} of {sum(row):,} "
                f"({percent(count / max(1, sum(row)))})",
            )
            for said, count in enumerate(row)
        ]
        for true, row in enumerate(counts)
    ]


def change_cells(
    first: Sequence[Sequence[int]],
    second: Sequence[Sequence[int]],
    names: Sequence[str],
    colours: tuple[int, int],
) -> list[list[dict[str, Any]]]:
    """Cells with second minus first in whole points, in the colour of the run that says it more."""
    return [
        [
            _cell(
                f"{change:+.0f}".replace("-", "\N{MINUS SIGN}") if round(change) else "0",
                abs(change) / FULL_CHANGE,
                colours[change > 0] if round(change) else None,
                f"{_taken(names, true, said)}: {points(change)} points",
            )
            for said, change in enumerate(row)
        ]
        for true, row in enumerate(differences(first, second))
    ]


def _taken(names: Sequence[str], true: int, said: int) -> str:
    return (
        f"{names[true]} told rightly" if true == said else f"{names[true]} taken for {names[said]}"
    )


def _cell(text: str, shade: float, colour: int | None, said: str) -> dict[str, Any]:
    """shade: 0 (no colour) to 1 (full)."""
    return {
        "text": text,
        "shade": round(min(1.0, shade), 3),
        "colour": None if colour is None else both(colour),
        "said": said,
    }


def _component(name: str) -> Callable[..., Any]:
    """A component with the script and style that all of this panel share before its own."""
    own = (f"inside/learned_{name}", "inside/learned")
    scripts = ("nodes.js", *(f"{part}.js" for part in reversed(own)))
    return component(f"learned_{name}", scripts, tuple(f"{part}.css" for part in reversed(own)))
