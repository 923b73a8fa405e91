"""Differences with their 95 % intervals, a row each, against the line of no difference.

Python decides every place, number and word; `interval_picture.js` only puts them on the page, and
nothing of it as HTML.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from dropout_demo.ui.component import component
from dropout_demo.ui.palette import arm_colour, arm_symbol

_ROOM = 0.06  # share of the axis kept free at each end
_TICKS = 5
_WIDTHS = (1e-300, 1e300)  # beyond, dividing by a width leaves the numbers there are
_STEPS = (1, 2, 5, 10)


def interval_picture(
    rows: Sequence[Mapping[str, Any]],
    *,
    key: str,
    unit: str,
    sides: tuple[str, str] = ("worse", "better"),
) -> None:
    """Draw one row a contrast: a dot at the mean, a whisker over its interval, and both as text.

    rows: 1 to 12 of `{"name": str, "mean": float, "low": float, "high": float, "colour": int |
    None, "verdict": str, "n": int}`; mean, low and high in `unit` (such as "points" or "nats"); an
    interval that is not finite is left out; `colour` is a place in the palette, None for the
    colour of text; `n` is the number of pairs. sides: what lies below and above 0.
    """
    component(
        "interval_picture",
        ("nodes.js", "interval_picture.js"),
        ("interval_picture.css",),
        isolated=False,
    )(key=key, data=interval_data(rows, unit, sides))


def interval_data(
    rows: Sequence[Mapping[str, Any]], unit: str, sides: tuple[str, str] = ("worse", "better")
) -> dict[str, Any]:
    """What the browser is told: texts, and places from 0 (left) to 1 (right) along the axis."""
    low, high = _range(rows)
    step = _step(high - low)
    ticks = [step * i for i in range(math.ceil(low / step), math.floor(high / step) + 1)]
    decimals = _decimals(rows)

    def place(value: float) -> float:
        return round(min(1.0, max(0.0, (value - low) / (high - low))), 5)

    return {
        "rows": [_row_data(row, unit, decimals, place) for row in rows],
        "zero": place(0.0),
        "ticks": [{"at": place(tick), "text": _tick_text(tick, step)} for tick in ticks],
        "axis": f"difference ({unit})",
        "sides": list(sides),
        "alternative": _alternative(rows, unit, decimals, sides),
    }


def _row_data(
    row: Mapping[str, Any], unit: str, decimals: int, place: Callable[[float], float]
) -> dict[str, Any]:
    colour = None if row["colour"] is None else arm_colour(row["colour"])
    interval = _interval(row)
    return {
        "name": row["name"],
        "text": _value_text(row, unit, decimals),
        "verdict": row["verdict"],
        "mean": place(row["mean"]) if math.isfinite(row["mean"]) else None,
        "interval": [place(bound) for bound in interval] if interval else None,
        "colour": None if colour is None else {"light": colour.light, "dark": colour.dark},
        "symbol": "circle" if row["colour"] is None else arm_symbol(row["colour"]),
    }


def _interval(row: Mapping[str, Any]) -> tuple[float, float] | None:
    low, high = float(row["low"]), float(row["high"])
    return (low, high) if math.isfinite(low) and math.isfinite(high) else None


def _range(rows: Sequence[Mapping[str, Any]]) -> tuple[float, float]:
    """The ends of an axis that holds 0 and everything finite, with some room."""
    values = [0.0]
    for row in rows:
        values += [v for v in (row["mean"], *(_interval(row) or ())) if math.isfinite(v)]
    low, high = min(values), max(values)
    width = high - low
    if not _WIDTHS[0] < width < _WIDTHS[1]:
        low, high, width = -1.0, 1.0, 2.0
    return low - _ROOM * width, high + _ROOM * width


def _step(width: float) -> float:
    """A round distance of ticks, at most `_TICKS` of them over this width."""
    power = 10.0 ** math.floor(math.log10(width / _TICKS))
    return power * next((step for step in _STEPS if power * step * _TICKS >= width), _STEPS[-1])


def _decimals(rows: Sequence[Mapping[str, Any]]) -> int:
    """Digits behind the point: two figures of the largest number that is told, 1 to 4."""
    sizes = [
        abs(v)
        for row in rows
        for v in (row["mean"], *(_interval(row) or ()))
        if math.isfinite(v) and v
    ]
    if not sizes:
        return 1
    largest = max(sizes)
    return min(4, max(1, 1 - math.floor(math.log10(largest))))


def _number(value: float, decimals: int, *, signed: bool = False) -> str:
    """As text with a real minus; powers of ten where a plain number would be long or all zeros."""
    plain = f"{value:{'+' if signed else ''}.{decimals}f}"
    if abs(value) >= 1e6 or (value and not round(value, 4)):
        plain = f"{value:{'+' if signed else ''}.1e}"
    if not value:
        plain = "0"
    return plain.replace("-", "\N{MINUS SIGN}")


def _tick_text(value: float, step: float) -> str:
    decimals = max(0, -math.floor(math.log10(step)))
    return _number(value if abs(value) > step / 2 else 0.0, min(decimals, 6))


def _value_text(row: Mapping[str, Any], unit: str, decimals: int) -> str:
    """Such as "+2.4 points, 1.4 to 3.4"."""
    if not math.isfinite(row["mean"]):
        return "no number"
    text = f"{_number(row['mean'], decimals, signed=True)} {unit}"
    interval = _interval(row)
    if interval is None:
        return text
    low, high = (_number(bound, decimals) for bound in interval)
    return f"{text}, {low} to {high}"


def _alternative(
    rows: Sequence[Mapping[str, Any]], unit: str, decimals: int, sides: tuple[str, str]
) -> str:
    said = []
    for row in rows:
        pairs = f"{row['n']} pair" + ("" if row["n"] == 1 else "s")
        kind = "95 % interval" if _interval(row) else "no interval"
        value = _value_text(row, unit, decimals)
        said.append(f"{row['name']}: {value} ({kind}, {pairs}); {row['verdict']}")
    return (
        f"Differences in {unit}; below 0 is {sides[0]}, above 0 is {sides[1]}. {'. '.join(said)}."
    )
