"""Questions about what a network has learned."""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal

from pydantic import Field

from dropout_demo.config import Int
from dropout_demo.inside.questions import Question
from dropout_demo.weights import MOST_EPOCHS

ConvLayer = Literal["conv1", "conv2", "conv3"]

PEAK_IMAGES = 2_000
"""Test images among which a channel's strongest are looked for."""

PEAKS_SHOWN = 8
WORST_SHOWN = 12


class FiltersQuestion(Question):
    """The filters of conv1, as pictures on one scale for all the networks asked about."""

    kind: ClassVar[str] = "filters"
    most_networks: ClassVar[int] = 2 * (MOST_EPOCHS + 2)  # two runs at each epoch there is


class MapsQuestion(Question):
    """What the filters of conv1 make of one of the first ten test images, one a class."""

    kind: ClassVar[str] = "maps"

    image: Annotated[Int, Field(ge=0, le=9, description="Place in the test set.")] = 0


class PeaksQuestion(Question):
    """The test images to which one channel answers most."""

    kind: ClassVar[str] = "peaks"

    layer: ConvLayer = Field("conv3", description="The convolution.")
    channel: Annotated[Int, Field(ge=0, le=511, description="Which of its channels, from 0.")] = 0


class MistakesQuestion(Question):
    """What is taken for what in the whole test set, how often, and the worst mistakes."""

    kind: ClassVar[str] = "mistakes"


LEARNED_QUESTIONS: tuple[type[Question], ...] = (
    FiltersQuestion,
    MapsQuestion,
    PeaksQuestion,
    MistakesQuestion,
)
