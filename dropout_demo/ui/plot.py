"""A finished chart that changes its numbers without being built anew."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True)
class Series:
    """Points (x, y) of one thing, with a band or whiskers from low to high if given."""

    name: str
    x: Sequence[float | str]
    y: Sequence[float]
    low: Sequence[float] | None = None
    high: Sequence[float] | None = None
    colour: int | None = None  # a place in the palette; None: the colour of text
    form: Literal["line", "points", "bars"] = "line"
    dash: bool = False


@dataclass(frozen=True)
class Level:
    """A horizontal line across the whole chart, with its name."""

    name: str
    y: float
    colour: int | None = None
    dash: bool = True


def plot(
    series: Sequence[Series],
    *,
    key: str,
    title: str,
    x_title: str,
    y_title: str,
    alt: str,
    levels: Sequence[Level] = (),
    x_range: tuple[float, float] | None = None,
    y_range: tuple[float, float] | None = None,
    log_x: bool = False,
    percent: bool = False,
    height: int = 340,
) -> None:
    """Draw a chart that stays the same object in the browser while its numbers change.

    percent: y holds fractions (0..1) that are shown as percentages. Beside the chart stands a
    fold with all its numbers as a table. alt: what it shows, in a sentence or two.
    """
    raise NotImplementedError
