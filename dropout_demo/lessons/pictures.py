"""Images to put a mask on: drawn ones always, real ones where the images are prepared."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import numpy as np

from dropout_demo.data import CLASSES, DataError, load, shapes, status

_DRAWN = (3, 2)  # places among the first ten drawn pictures: a star, a hexagon
_REAL = (3, 6, 8)  # classes: a cat, a frog, a ship


@dataclass(frozen=True)
class LessonPicture:
    """words: what it shows, such as "a drawn star". pixels: uint8 (32, 32, 3) as 3,072 bytes."""

    words: str
    pixels: bytes


def lesson_pictures() -> tuple[LessonPicture, ...]:
    """Real images first, where there are any; never waits for a download or for preparing."""
    return (*_real(), *_drawn())


@cache
def _drawn() -> tuple[LessonPicture, ...]:
    pictures = next(shapes.draw(10))
    labels = shapes.labels(10)
    names = CLASSES["shapes"]
    return tuple(
        LessonPicture(f"drawn {names[int(labels[at])]}", pictures[at].tobytes()) for at in _DRAWN
    )


def _real() -> tuple[LessonPicture, ...]:
    """The first test image of each class, where the data are prepared."""
    try:
        if not status("cifar10").prepared:
            return ()
        test = load("cifar10").test
    except DataError:
        return ()
    names = CLASSES["cifar10"]
    return tuple(
        LessonPicture(
            f"{names[of]} (CIFAR-10)", test.images[int(np.argmax(test.labels == of))].tobytes()
        )
        for of in _REAL
    )
