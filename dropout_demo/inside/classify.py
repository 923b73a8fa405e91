"""The question what a network sees in any picture, and how sure it is, in numbers and in words."""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence
from typing import Annotated, ClassVar

from pydantic import Field, Strict, field_validator

from dropout_demo.config import MAX_SEED, Int
from dropout_demo.inside.masks import pixels_of
from dropout_demo.inside.questions import Question

PASSES = 50
SURE, FAIRLY_SURE = 0.95, 0.8
"""Probabilities of the first class from which on words say so."""
NEARLY_ALL = 0.9
"""Else those classes are named that together reach this, if they are two or three."""


class Classify(Question):
    """One pass with masks off and `passes` with masks on, drawn from `seed`, for each network.

    pixels: base64 of 32 x 32 x 3 bytes, row by row, red green blue. The same seed gives the same
    masks, so that what changes from drawing to drawing is the drawing.
    """

    kind: ClassVar[str] = "classify"
    quick: ClassVar[bool] = True
    most_networks: ClassVar[int] = 2

    pixels: Annotated[str, Strict()]
    passes: Annotated[Int, Field(ge=1, le=200)] = PASSES
    seed: Annotated[Int, Field(ge=0, le=MAX_SEED)] = 1

    @property
    def private(self) -> bool:
        """A learner's own picture is in it: neither question nor answer is to be kept."""
        return True

    @field_validator("pixels")
    @classmethod
    def _are_a_picture(cls, told: str) -> str:
        pixels_of(told)
        return told


def entropy(shares: Sequence[float]) -> float:
    """Of probabilities that sum to 1, in nats: 0 (one is certain) to log(n) (all alike)."""
    return -sum(share * math.log(share) for share in shares if share > 0)


def certainty(shares: Sequence[float], names: Sequence[str]) -> str:
    """How sure these probabilities are, in words, such as "unsure between cat and dog"."""
    order = sorted(range(len(shares)), key=lambda at: -shares[at])
    first, second, third = (names[at] for at in order[:3])
    if shares[order[0]] >= SURE:
        return f"sure it is {_one(first)}"
    if shares[order[0]] >= FAIRLY_SURE:
        return f"fairly sure it is {_one(first)}"
    together = itertools.accumulate(shares[at] for at in order)
    needed = 1 + sum(1 for reached in together if reached < NEARLY_ALL)
    if needed == 2:
        return f"unsure between {first} and {second}"
    if needed == 3:
        return f"unsure between {first}, {second} and {third}"
    return f"very unsure: {needed} classes share {round(100 * NEARLY_ALL)} %, first {first}"


def votes_in_words(votes: Sequence[int], names: Sequence[str]) -> str:
    """Which class came first in how many masked passes, such as "cat 41 times, dog 9 times"."""
    order = sorted((at for at in range(len(votes)) if votes[at]), key=lambda at: -votes[at])
    if len(order) == 1:
        return f"{names[order[0]]} every time"
    said = [f"{names[at]} {_times(votes[at])}" for at in order[:3]]
    rest = sum(votes[at] for at in order[3:])
    return ", ".join([*said, f"another {_times(rest)}"] if rest else said)


def _times(count: int) -> str:
    return "once" if count == 1 else f"{count} times"


def _one(name: str) -> str:
    return f"{'an' if name[0] in 'aeiou' else 'a'} {name}"
