"""The question what many masked passes say beside one scaled pass and beside other networks."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, ClassVar

from immutabledict import immutabledict
from pydantic import Field

from dropout_demo.config import MAX_SEED, Float, Int
from dropout_demo.inside.questions import Question

PASSES = 100
IMAGES = 2_000
SHOWN = (1, 2, 3, 5, 7, 10, 15, 20, 30, 50, 70, 100)
"""Numbers of passes T at which the curves have points."""

IMAGES_FROM: Mapping[str, int] = immutabledict({"input": 300, "conv1": 400, "conv2": 800})
"""Test images where masks begin so early that most of the network is computed for each of them."""

LEAST_SURE = 6
"""Images shown of those that a network is least sure of."""


class PassesQuestion(Question):
    """The first network is asked; with the others, trained from other seeds, it is an ensemble."""

    kind: ClassVar[str] = "passes"
    most_networks: ClassVar[int] = 10
    others_may_miss: ClassVar[bool] = True

    passes: Annotated[Int, Field(ge=2, le=100, description="Masked passes drawn.")] = PASSES
    images: Annotated[Int, Field(ge=10, le=2_000, description="Test images.")] = IMAGES
    added: Annotated[
        Float | None,
        Field(
            gt=0,
            lt=1,
            description="Rate of masks put in at flatten and fc1 instead of the network's own.",
        ),
    ] = None
    draw: Annotated[Int, Field(ge=0, le=MAX_SEED, description="Seed of the masks.")] = 0


PASSES_QUESTIONS: tuple[type[Question], ...] = (PassesQuestion,)
