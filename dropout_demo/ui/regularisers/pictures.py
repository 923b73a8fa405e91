"""What training sees of an image under noise, mirrored or cut out anew: pictures, not training.

As `augment.py` does it with torch; here with numpy, since pages never load torch.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import numpy as np
import streamlit as st
from immutabledict import immutabledict
from numpy.typing import NDArray

from dropout_demo.lessons.pictures import lesson_pictures

Pixels = NDArray[np.uint8]
"""(32, 32, 3)."""

_SPREAD = 0.25 * 255
"""What one unit of noise is in pixels: images are divided by a standard deviation of about 0.25."""

_ADDED = 4  # pixels around an image before it is cut out anew


def seen_in_training(key: str) -> None:
    """The pictures of one regulariser, for those that change images; nothing for others."""
    shown = _SHOWN.get(key)
    if shown is None:
        return
    first = lesson_pictures()[0]
    image = np.frombuffer(first.pixels, np.uint8).reshape(32, 32, 3)
    named = shown(image)
    with st.container(horizontal=True, gap="medium", key=f"seen-{key}"):
        for name, pixels in named:
            alt = f"{first.words}: {name}"
            st.image(_larger(pixels), caption=name, width=128, alt=alt)


def noisy(image: Pixels, sigma: float) -> Pixels:
    """The image under noise of this standard deviation, in units of normalised images."""
    drawn = np.random.default_rng(0).normal(0, sigma * _SPREAD, image.shape)
    return (image + drawn).clip(0, 255).round().astype(np.uint8)


def cut_out(image: Pixels, down: int, right: int) -> Pixels:
    """A window of the image with 4 black pixels around it; (4, 4) is the image itself."""
    padded = np.pad(image, ((_ADDED, _ADDED), (_ADDED, _ADDED), (0, 0)))
    return padded[down : down + 32, right : right + 32]


def _noise(image: Pixels) -> Sequence[tuple[str, Pixels]]:
    return [(f"σ {sigma:g}" if sigma else "as it is", noisy(image, sigma)) for sigma in _SIGMAS]


def _moved(image: Pixels) -> Sequence[tuple[str, Pixels]]:
    return [
        ("as it is", image),
        ("mirrored", image[:, ::-1]),
        ("cropped", cut_out(image, 0, 7)),
        ("both", cut_out(image[:, ::-1], 8, 2)),
    ]


def _larger(pixels: Pixels) -> Pixels:
    """Four times, by whole pixels: the browser would blur them."""
    return np.ascontiguousarray(pixels.repeat(4, 0).repeat(4, 1))


_SIGMAS = (0.0, 0.1, 0.2, 0.4)

_SHOWN: Mapping[str, Callable[[Pixels], Sequence[tuple[str, Pixels]]]] = immutabledict(
    {"input-noise": _noise, "flips-and-crops": _moved}
)
