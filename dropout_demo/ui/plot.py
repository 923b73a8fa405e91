"""A finished chart that changes its numbers without being built anew.

Python decides every number and word; `plot.js` draws them with plotly, into one element that stays.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

from dropout_demo.ui.assets import plotly_url
from dropout_demo.ui.component import component
from dropout_demo.ui.palette import arm_colour, arm_symbol

_MINUS = "\N{MINUS SIGN}"
_FIGURES = 4
"""Significant figures of numbers that are no percentages."""


@dataclass(frozen=True)
class Series:
    """Points (x, y) of one thing, with a band or whiskers from low to high if given.

    A "line" has a marker at each point and a band; "points" and "bars" have whiskers; a "rule" is
    a bare line, such as a diagonal. A y that is not finite leaves a gap.
    """

    name: str
    x: Sequence[float | str]
    y: Sequence[float]
    low: Sequence[float] | None = None
    high: Sequence[float] | None = None
    colour: int | None = None  # a place in the palette; None: the colour of text
    form: Literal["line", "points", "bars", "rule"] = "line"
    dash: bool | Literal["dot"] = False  # of bars and points: hatched, or hollow


@dataclass(frozen=True)
class Level:
    """A horizontal line across the whole chart, with its name; shaded from low to high if given."""

    name: str
    y: float
    colour: int | None = None
    dash: bool | Literal["dot"] = True
    low: float | None = None
    high: float | None = None


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
    percent_x: bool = False,
    height: int = 340,
) -> None:
    """Draw a chart that stays the same object in the browser while its numbers change.

    percent (percent_x): y (x) holds fractions, 0..1, that are shown as percentages. A unit in
    brackets at the end of y_title, such as "loss (nats)", is said with each number. Below the
    chart stand its legend, whose entries switch series off and on, and a fold with all its numbers
    as a table. alt: what it shows, in a sentence or two. height: of the drawing alone, in pixels.

    Raises ValueError when a series' x, y, low and high are not equally long.
    """
    data = plot_data(series, levels, percent=percent, percent_x=percent_x, y_title=y_title)
    axes = {
        "x": {"title": x_title, "range": _scaled(x_range, percent_x), "percent": percent_x},
        "y": {"title": y_title, "range": _scaled(y_range, percent), "percent": percent},
    }
    axes["x"] |= {"log": log_x, "ticks": _log_ticks(series) if log_x else None}
    table = numbers(series, x_title=x_title, percent=percent, percent_x=percent_x)
    told = {"title": title, "alt": alt, "height": height, "axes": axes, "plotly": plotly_url()}
    component("plot", ("nodes.js", "plot.js"), ("plot.css",), isolated=False)(
        key=key, data=data | told | {"table": table}
    )


def plot_data(
    series: Sequence[Series],
    levels: Sequence[Level],
    *,
    percent: bool = False,
    percent_x: bool = False,
    y_title: str = "",
) -> dict[str, Any]:
    """What the browser is told of series and levels: JSON, in percent where that is shown."""
    for one in series:
        sizes = {len(part) for part in (one.x, one.y, one.low, one.high) if part is not None}
        if len(sizes) > 1:
            raise ValueError(f"{one.name}: x, y, low and high differ in length.")
    unit = "" if percent else unit_of(y_title)
    return {
        "series": [_series_data(one, percent, percent_x, unit) for one in series],
        "levels": [_level_data(level, percent, unit) for level in levels],
        "categories": any(isinstance(x, str) for one in series for x in one.x),
    }


def numbers(
    series: Sequence[Series], *, x_title: str, percent: bool = False, percent_x: bool = False
) -> dict[str, Any]:
    """The table behind a chart: a row for each x that any series has, a column for each series."""
    told = [one for one in series if one.form != "rule"]
    columns = [
        {x: _told(one, i, percent) for i, x in enumerate(one.x) if math.isfinite(one.y[i])}
        for one in told
    ]
    places = list(dict.fromkeys(x for one in told for x in one.x))
    if not any(isinstance(x, str) for x in places):
        places.sort()
    rows = [[_place(x, percent_x), *(column.get(x, "") for column in columns)] for x in places]
    return {"heads": [x_title, *(one.name for one in told)], "rows": rows}


def unit_of(title: str) -> str:
    """What stands in brackets at the end of an axis' title; empty without."""
    return title[title.rindex("(") + 1 : -1] if title.endswith(")") and "(" in title else ""


def number(value: float, percent: bool = False) -> str:
    """A number as text with a real minus: percentages to a tenth, others to four figures."""
    if percent:
        return f"{100 * value:.1f} %".replace("-", _MINUS)
    if value and not 1e-4 <= abs(value) < 1e6:
        return f"{value:.{_FIGURES - 1}e}".replace("-", _MINUS)
    digits = _FIGURES - 1 - math.floor(math.log10(abs(value))) if value else 0
    text = f"{value:.{max(0, digits)}f}"
    return (text.rstrip("0").rstrip(".") if "." in text else text).replace("-", _MINUS)


def _series_data(one: Series, percent: bool, percent_x: bool, unit: str) -> dict[str, Any]:
    scale = 100 if percent else 1
    scale_x = 100 if percent_x else 1
    banded = one.low is not None and one.high is not None
    told = [_told(one, i, percent) for i in range(len(one.y))]
    places = [_place(x, percent_x) for x in one.x]
    return {
        "name": one.name,
        "form": one.form,
        "dash": _dash(one.dash),
        "colour": _colour(one.colour),
        "symbol": "circle" if one.colour is None else arm_symbol(one.colour),
        "x": [x if isinstance(x, str) else _json(x, scale_x) for x in one.x],
        "y": [_json(y, scale) for y in one.y],
        "low": [_json(y, scale) for y in one.low or ()] if banded else None,
        "high": [_json(y, scale) for y in one.high or ()] if banded else None,
        "text": [f"{x}: {_united(y, unit)}" for x, y in zip(places, told, strict=True)],
    }


def _level_data(level: Level, percent: bool, unit: str) -> dict[str, Any]:
    scale = 100 if percent else 1
    ends = [level.low, level.high]
    band = [_json(end, scale) for end in ends if end is not None and math.isfinite(end)]
    text = _with_interval(level.y, level.low, level.high, percent)
    return {
        "name": level.name,
        "dash": _dash(level.dash),
        "colour": _colour(level.colour),
        "y": _json(level.y, scale),
        "band": band if len(band) == 2 else None,
        "text": _united(text, unit),
    }


def _told(one: Series, i: int, percent: bool) -> str:
    """Such as "76.1 % (75.2 to 77.0)"."""
    low = one.low[i] if one.low is not None else None
    high = one.high[i] if one.high is not None else None
    return _with_interval(one.y[i], low, high, percent)


def _with_interval(y: float, low: float | None, high: float | None, percent: bool) -> str:
    if not math.isfinite(y):
        return ""
    text = number(y, percent)
    if low is None or high is None or not (math.isfinite(low) and math.isfinite(high)):
        return text
    ends = [number(end, percent).removesuffix(" %") for end in (low, high)]
    return f"{text} ({ends[0]} to {ends[1]})"


def _united(text: str, unit: str) -> str:
    """A number with its unit, which stands before the interval: "0.7 nats (0.6 to 0.8)"."""
    if not unit or not text:
        return text
    head, bracket, rest = text.partition(" (")
    return f"{head} {unit}{bracket}{rest}"


def _place(x: float | str, percent_x: bool) -> str:
    return x if isinstance(x, str) else number(x, percent_x)


def _dash(dash: bool | Literal["dot"]) -> str:
    return "dot" if dash == "dot" else "dash" if dash else "solid"


def _colour(place: int | None) -> dict[str, str] | None:
    if place is None:
        return None
    colour = arm_colour(place)
    return {"light": colour.light, "dark": colour.dark}


def _json(value: float, scale: float) -> float | None:
    return scale * float(value) if math.isfinite(value) else None


def _scaled(ends: tuple[float, float] | None, percent: bool) -> list[float] | None:
    return None if ends is None else [(100 if percent else 1) * end for end in ends]


def _log_ticks(series: Sequence[Series]) -> list[float]:
    """The numbers 1, 2 and 5 times a power of ten within the data."""
    places = [x for one in series for x in one.x if not isinstance(x, str) and x > 0]
    if not places:
        return []
    powers = range(math.floor(math.log10(min(places))), math.ceil(math.log10(max(places))) + 1)
    ticks = [step * 10.0**power for power in powers for step in (1, 2, 5)]
    return [tick for tick in ticks if min(places) <= tick * (1 + 1e-9) <= max(places) * (1 + 2e-9)]
