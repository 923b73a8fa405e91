"""The question what a network does when it is evaluated in wrong ways, and what those ways are."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, ClassVar, Literal, get_args

from immutabledict import immutabledict
from pydantic import Field

from dropout_demo.config import Float, Int
from dropout_demo.inside.questions import Question

BREAK_IMAGES = 2_000
BREAK_BATCH = 100
"""Images a batch: what batch normalisation goes by where `eval()` was forgotten."""

Way = Literal["right", "training", "unscaled", "wrong", "twice", "scores"]
WAYS: tuple[Way, ...] = get_args(Way)


@dataclass(frozen=True)
class WayWords:
    """A way of evaluating: its name, what becomes of a layer's output x, and why it matters.

    Names are short: six of them stand below the bars of a narrow chart.
    """

    name: str
    formula: str
    why: str


WAY_WORDS: Mapping[Way, WayWords] = immutabledict(
    {
        "right": WayWords(
            "right",
            "x",
            "After model.eval() the masks are off; kept numbers were multiplied by 1/(1 − p) while "
            "learning, so nothing is left to scale.",
        ),
        "training": WayWords(
            "no eval()",
            "x · mask / (1 − p)",
            "Masks stay on, so every pass asks another part of the network and one image gets "
            "several answers.",
        ),
        "unscaled": WayWords(
            "no rescale",
            "x / (1 − p)",
            "Classic dropout does not scale while learning and must multiply by 1 − p afterwards; "
            "where that is forgotten, the next layer gets 1/(1 − p) times what it learned with.",
        ),
        "wrong": WayWords(
            "factor p",
            "x · p / (1 − p)",
            "Classic dropout, but multiplied by p instead of 1 − p, as ConvNetJS does: right at "
            "p = 0.5 alone.",
        ),
        "twice": WayWords(
            "scaled 2×",
            "x · (1 − p)",
            "PyTorch has scaled while learning already; whoever multiplies by 1 − p as well, as "
            "textbooks on classic dropout say, makes all too small.",
        ),
        "scores": WayWords(
            "scores",
            "scores · mask / (1 − p)",
            "Dropout on the ten scores themselves: one that drops becomes 0, often the right one.",
        ),
    }
)
"""By way, in the order in which they are shown."""


class BreakQuestion(Question):
    """Accuracy and cross-entropy over test images, for each of `WAYS`."""

    kind: ClassVar[str] = "break"

    passes: Annotated[Int, Field(ge=1, le=100, description="Passes where masks are on.")] = 20
    scores_rate: Annotated[
        Float, Field(ge=0, lt=1, description="Rate of the masks on the scores.")
    ] = 0.25


BREAKING_QUESTIONS: tuple[type[Question], ...] = (BreakQuestion,)
