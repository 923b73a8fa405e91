"""The ten outlines as signed distances: below zero inside, above zero outside.

Every function takes `x`, `y` float32 of one shape, in units of the outline's radius, y pointing up,
and returns float32 of that shape in the same unit; Python's numbers leave float32 as it is. Only
operations that IEEE 754 rounds exactly (+ - * /, square root, comparison) touch them, never sine or
exponential: those differ in the last bit between processors, and the drawn pictures must be the
same bytes everywhere.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

Plane = NDArray[np.floating[Any]]
Outline = Callable[[Plane, Plane], Plane]


def _length(x: Plane, y: Plane) -> Plane:
    # Not np.hypot: it is a library call whose last bit is not promised.
    length: Plane = np.sqrt(x * x + y * y)
    return length


def _polygon(sides: int, apothem: float) -> Outline:
    """A regular polygon, a corner pointing up, as the intersection of half planes."""
    half_turns = [(2 * k + 1) / sides for k in range(sides)]
    normals = [
        (round(math.sin(math.pi * h), 6), round(math.cos(math.pi * h), 6)) for h in half_turns
    ]

    def outline(x: Plane, y: Plane) -> Plane:
        distance = normals[0][0] * x + normals[0][1] * y
        for nx, ny in normals[1:]:
            np.maximum(distance, nx * x + ny * y, out=distance)
        return distance - apothem

    return outline


def _circle(x: Plane, y: Plane) -> Plane:
    return _length(x, y) - 0.86


def _ring(x: Plane, y: Plane) -> Plane:
    middle: Plane = np.abs(_length(x, y) - 0.70)
    return middle - 0.23


def _crescent(x: Plane, y: Plane) -> Plane:
    disc: Plane = _length(x, y) - 0.96
    bite = _length(x - 0.50, y) - 0.78
    crescent: Plane = np.maximum(disc, -bite)
    return crescent


def _box(x: Plane, y: Plane, half_x: float, half_y: float) -> Plane:
    return np.maximum(np.abs(x) - half_x, np.abs(y) - half_y)


def _cross(x: Plane, y: Plane) -> Plane:
    return np.minimum(_box(x, y, 0.92, 0.32), _box(x, y, 0.32, 0.92))


def _star(x: Plane, y: Plane) -> Plane:
    """Five points, after Inigo Quilez: fold the plane into one tenth, then one edge is left."""
    ax, ay, radius, inner = (0.809017, -0.587785, 1.08, 0.47)
    x = np.abs(x)
    fold = np.maximum(ax * x + ay * y, 0) * 2
    x, y = x - fold * ax, y - fold * ay
    fold = np.maximum(-ax * x + ay * y, 0) * 2
    x, y = x + fold * ax, y - fold * ay
    x, y = np.abs(x), y - radius
    ex = inner * 0.587785
    ey = inner * 0.809017 - radius
    along = np.clip((x * ex + y * ey) / (ex * ex + ey * ey), 0, 1)
    distance = _length(x - ex * along, y - ey * along)
    return np.where(y * ex - x * ey > 0, distance, -distance)


def _heart(x: Plane, y: Plane) -> Plane:
    """After Inigo Quilez: two quarter circles on a square that stands on its corner."""
    x = np.abs(x) * 0.62
    y = y * 0.62 + 0.56
    quarter, root = 0.25, 0.353553
    lobe = _length(x - quarter, y - 0.75) - root
    reach: Plane = 0.5 * np.maximum(x + y, 0)
    edge: Plane = np.minimum(_length(x, y - 1), _length(x - reach, y - reach))
    body = np.where(x > y, edge, -edge)
    return np.where(x + y > 1, lobe, body) / 0.62


OUTLINES: dict[str, Outline] = {
    "circle": _circle,
    "crescent": _crescent,
    "cross": _cross,
    "heart": _heart,
    "hexagon": _polygon(6, 0.80),
    "pentagon": _polygon(5, 0.76),
    "ring": _ring,
    "square": _polygon(4, 0.74),
    "star": _star,
    "triangle": _polygon(3, 0.56),
}
"""Name -> outline, in the order of the class numbers 0..9."""
