"""Numbers that go through dropout: from scratch, and as torch's own layer gives them.

The server that shows them never imports torch, so torch's side is its arithmetic done again; a
test runs `nn.Dropout` itself and finds the very same numbers.
"""

from __future__ import annotations

from dataclasses import dataclass
from importlib.resources import files

import numpy as np
from numpy.typing import NDArray

from dropout_demo.lessons.code.from_scratch import dropout

Row = NDArray[np.float32]

VALUES: Row = np.array([0.5, -1.2, 2.0, 0.8, -0.4, 1.5, 1.0, -2.1], dtype=np.float32)
"""What goes in."""


@dataclass(frozen=True)
class Passed:
    """One pass: draws in 0..1, which numbers are kept, and both results; all (8,)."""

    draws: NDArray[np.float64]
    keep: NDArray[np.bool_]
    from_scratch: Row
    torchs: Row


def passed(p: float, seed: int, *, training: bool) -> Passed:
    """VALUES through dropout of rate p, 0 <= p < 1, under the mask of this seed."""
    draws = np.random.default_rng(seed).random(len(VALUES))
    keep = draws >= p if training else np.ones(len(VALUES), dtype=bool)
    scratch = np.asarray(dropout(VALUES, p, training, lambda _shape: draws), dtype=np.float32)
    return Passed(draws, keep, scratch, as_torch(VALUES, keep, p if training else 0.0))


def as_torch(x: Row, keep: NDArray[np.bool_], p: float) -> Row:
    """x times the mask that torch has divided by 1 - p before, all in float32, as its CPU does."""
    noise = keep.astype(np.float32) / np.float32(1 - p)
    return x * noise


def code(name: str) -> str:
    """A file of `lessons/code`, such as "from_scratch", verbatim."""
    return (files("dropout_demo.lessons") / "code" / f"{name}.py").read_text("utf-8")
