"""Ten classes of shapes, drawn from one seed: a data set for a machine without a network.

Each picture shows one shape on a lit, textured ground, with a soft shadow, among scattered scraps,
some of which lie over it. Position, size, turn, slant, colours, light and blur tell nothing about
the class, so a network must learn outlines; a few thousand pictures it can also learn by heart.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from dropout_demo.data.outlines import OUTLINES, Plane
from dropout_demo.data.palettes import PALETTES

SIZE = 32  # pixels a side
SEED = 201_406  # the month in which the paper on dropout appeared
VERSION = 1  # raise it with any change to what is drawn: caches are then made anew
SCRAPS = 4  # scattered pieces a picture; the last `COVERING` of them may lie over the shape
COVERING = 2
BLOCK = 250  # pictures drawn at a time: their planes then fit in the processor's cache


def labels(count: int, seed: int = SEED) -> NDArray[np.int64]:
    """Class numbers 0..9, int64 (count,); every ten in a row hold each class once."""
    rng = np.random.default_rng([seed, 0])
    rounds = np.tile(np.arange(10, dtype=np.int64), (-(-count // 10), 1))
    return rng.permuted(rounds, axis=1).reshape(-1)[:count]


def draw(count: int, seed: int = SEED) -> Iterator[NDArray[np.uint8]]:
    """Yield blocks of pictures, uint8 (n, 32, 32, 3), n <= 250, `count` in all; see `labels`."""
    classes = labels(count, seed)
    for start in range(0, count, BLOCK):
        # A generator for each block: any block can be drawn alone and comes out the same.
        rng = np.random.default_rng([seed, 1, start])
        yield _block(classes[start : start + BLOCK], rng)


def _uniform(rng: np.random.Generator, low: float, high: float, *shape: int) -> Plane:
    """Float32 in [low, high), shaped (*shape, 1, 1) so that it spreads over pictures."""
    drawn: Plane = rng.random(shape, dtype=np.float32) * (high - low) + low
    return drawn.reshape(*shape, 1, 1)


def _direction(rng: np.random.Generator, *shape: int) -> tuple[Plane, Plane]:
    """Sine and cosine of random angles, each shaped (*shape, 1, 1)."""
    angle = rng.random(shape) * 2 * np.pi
    # Rounded, so that a last bit in which math libraries differ cannot reach a pixel.
    sine, cosine = (np.round(f(angle), 5).astype(np.float32) for f in (np.sin, np.cos))
    return sine.reshape(*shape, 1, 1), cosine.reshape(*shape, 1, 1)


def _coverage(distance: Plane, softness: Plane | float = 1.0) -> Plane:
    """Share 0..1 of a pixel that lies inside, from its signed distance in pixels."""
    cover: Plane = np.clip(0.5 - distance / softness, 0, 1)
    return cover


def _noise(rng: np.random.Generator, count: int, cells: int) -> Plane:
    """Smooth noise in -1..1, (count, 32, 32): random values on a grid, eased between its points."""
    grid = rng.random((count, cells + 1, cells + 1), dtype=np.float32) * 2 - 1
    at = (np.arange(SIZE, dtype=np.float32) + 0.5) * (cells / SIZE)
    first = at.astype(np.int64)
    part = at - first.astype(np.float32)
    part = part * part * (3 - 2 * part)
    rows = grid[:, first] * (1 - part)[:, None] + grid[:, first + 1] * part[:, None]
    noise: Plane = rows[:, :, first] * (1 - part) + rows[:, :, first + 1] * part
    return noise


def _over(picture: Plane, colour: Plane | float, cover: Plane) -> None:
    """Lay `colour` (n, 3, 1, 1) or (n, 3, 32, 32) over `picture` (n, 3, 32, 32), in place."""
    picture += cover[:, None] * (colour - picture)


def _colours(rng: np.random.Generator, count: int) -> Plane:
    """One palette a picture in random order, 0..1, (count, 5, 3, 1, 1); [0] and [1] are the ground.

    Of the other three the one farthest from the ground comes first: the shape can be seen.
    """
    chosen: Plane = PALETTES[rng.integers(len(PALETTES), size=count)]
    chosen = np.take_along_axis(
        chosen, rng.permuted(np.tile(np.arange(5), (count, 1)), axis=1)[:, :, None], axis=1
    )
    chosen = chosen + _uniform(rng, -0.05, 0.05, count)
    ground = (chosen[:, 0] + chosen[:, 1]) * 0.5
    apart = np.abs(chosen[:, 2:] - ground[:, None])
    apart = apart[..., 0] * 0.3 + apart[..., 1] * 0.5 + apart[..., 2] * 0.2
    order = np.argsort(-apart, axis=1, kind="stable") + 2
    order = np.concatenate([np.zeros((count, 1), int), np.ones((count, 1), int), order], axis=1)
    ordered: Plane = np.take_along_axis(chosen, order[:, :, None], axis=1)
    return ordered[..., None, None]


def _ground(rng: np.random.Generator, colours: Plane, x: Plane, y: Plane) -> Plane:
    """Two colours running into each other, with soft clouds and, on some, stripes."""
    count = len(colours)
    sine, cosine = _direction(rng, count)
    along = (x * cosine + y * sine) * (1 / 36) + 0.5
    mix = along + 0.35 * _noise(rng, count, 4)
    picture: Plane = colours[:, 0] + np.clip(mix, 0, 1)[:, None] * (colours[:, 1] - colours[:, 0])
    sine, cosine = _direction(rng, count)
    wave = (x * cosine + y * sine) / _uniform(rng, 4.0, 9.0, count)
    wave = np.abs(wave - np.floor(wave) - 0.5) * 4 - 1
    strength = np.clip(_uniform(rng, -0.10, 0.10, count), 0, 1)
    picture += (np.clip(wave * 2, -1, 1) * strength)[:, None]
    picture += (0.05 * _noise(rng, count, 11))[:, None]
    return picture


def _scrap(rng: np.random.Generator, x: Plane, y: Plane, near: float, far: float) -> Plane:
    """Cover of one bar or dot a picture, its middle `near`..`far` pixels from the centre."""
    count = len(x)
    sine, cosine = _direction(rng, count)
    reach = _uniform(rng, near, far, count)
    x, y = x - cosine * reach, y - sine * reach
    sine, cosine = _direction(rng, count)
    half = _uniform(rng, 0.0, 5.0, count)
    radius = _uniform(rng, 0.9, 2.3, count)
    along, across = x * cosine + y * sine, y * cosine - x * sine
    along = np.maximum(np.abs(along) - half, 0)
    return _coverage(np.sqrt(along * along + across * across) - radius)


class _Pose:
    """Where the shape of each picture lies, how large, turned and slanted it is."""

    def __init__(self, rng: np.random.Generator, classes: NDArray[np.int64]) -> None:
        count = len(classes)
        self.classes = classes
        self.x, self.y = _uniform(rng, -3, 3, count), _uniform(rng, -3, 3, count)
        self.sine, self.cosine = _direction(rng, count)
        self.radius = _uniform(rng, 9.0, 13.0, count)
        self.stretch = _uniform(rng, 0.78, 1.0, count)
        self.slant = _uniform(rng, -0.25, 0.25, count)

    def distance(self, x: Plane, y: Plane) -> Plane:
        """Signed distance in pixels to each picture's outline; x, y (n, 32, 32) in pixels."""
        x, y = x - self.x, y - self.y
        x, y = x * self.cosine + y * self.sine, y * self.cosine - x * self.sine
        x, y = (x + self.slant * y) / self.radius, y / (self.radius * self.stretch)
        distance = np.empty_like(x)
        for number, outline in enumerate(OUTLINES.values()):
            chosen = self.classes == number
            distance[chosen] = outline(x[chosen], y[chosen])
        distance *= self.radius * (self.stretch + 1) * 0.5
        return distance


def _block(classes: NDArray[np.int64], rng: np.random.Generator) -> NDArray[np.uint8]:
    """Draw one picture a class number, uint8 (n, 32, 32, 3)."""
    count = len(classes)
    middle = np.arange(SIZE, dtype=np.float32) - (SIZE / 2 - 0.5)
    x = np.broadcast_to(middle[None, None, :], (count, SIZE, SIZE))
    y = np.broadcast_to(-middle[None, :, None], (count, SIZE, SIZE))
    colours = _colours(rng, count)
    picture = _ground(rng, colours, x, y)
    for k in range(SCRAPS - COVERING):
        _over(
            picture,
            colours[:, 3 + k % 2],
            _scrap(rng, x, y, 4, 18) * _uniform(rng, 0.4, 0.9, count),
        )

    pose = _Pose(rng, classes)
    sine, cosine = _direction(rng, count)  # of the light
    fall = _uniform(rng, 1.0, 2.2, count)
    shadow = pose.distance(x + cosine * fall, y + sine * fall)
    _over(picture, 0.06, _coverage(shadow, 3.5) * 0.4)
    distance = pose.distance(x, y)
    lit = ((x - pose.x) * cosine + (y - pose.y) * sine) / pose.radius
    rim = _coverage(np.abs(distance + 1), 2) * lit
    shade = 0.13 * lit + 0.25 * rim + 0.04 * _noise(rng, count, 8)
    cover = _coverage(distance, _uniform(rng, 1.0, 1.8, count)) * _uniform(rng, 0.75, 1.0, count)
    _over(picture, colours[:, 2] + shade[:, None], cover)

    for k in range(COVERING):
        _over(picture, colours[:, 3 + k % 2], _scrap(rng, x, y, 2, 15) * 0.95)
    return _develop(picture, rng)


def _develop(picture: Plane, rng: np.random.Generator) -> NDArray[np.uint8]:
    """Grain, then bytes: (n, 3, 32, 32) in 0..1 -> uint8 (n, 32, 32, 3)."""
    count = len(picture)
    # The sum of two even draws is bell enough, and unlike a normal draw it needs no logarithm.
    first, second = (rng.random(picture.shape, dtype=np.float32) for _ in range(2))
    picture = picture + (first + second - 1) * _uniform(rng, 0.02, 0.07, count)[:, None]
    pixels = np.clip(picture * 255 + 0.5, 0, 255).astype(np.uint8)
    return np.ascontiguousarray(pixels.transpose(0, 2, 3, 1))
