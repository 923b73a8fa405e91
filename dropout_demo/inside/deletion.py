"""Questions about the units of a layer: what is lost without some, and what they do."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, ClassVar, Literal, get_args

from immutabledict import immutabledict
from pydantic import Field, StrictBool

from dropout_demo.config import Int
from dropout_demo.inside.questions import Question

UnitLayer = Literal["conv1", "conv2", "conv3", "flatten", "fc1"]
UNIT_LAYERS: tuple[UnitLayer, ...] = get_args(UnitLayer)

UNIT_IMAGES: Mapping[UnitLayer, int] = immutabledict(
    {"conv1": 300, "conv2": 800, "conv3": 2_000, "flatten": 2_000, "fc1": 2_000}
)
"""Test images by layer: the earlier it stands, the more must be computed anew for each draw."""

SHARES = (0.0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9)
"""Shares of a layer's units that are taken away."""


class DeletionQuestion(Question):
    """Accuracy when a share of a layer's units, or whole channels, is taken away at random."""

    kind: ClassVar[str] = "deletion"

    layer: UnitLayer = Field("fc1", description="Where units are taken away.")
    rescaled: StrictBool = Field(
        True, description="Whether the units that stay are multiplied by all / kept ones."
    )
    draws: Annotated[Int, Field(ge=1, le=100, description="Choices of units for each share.")] = 20


class UnitsQuestion(Question):
    """How active a layer's units are, and how alike."""

    kind: ClassVar[str] = "units"

    layer: UnitLayer = Field("fc1", description="Whose units.")


DELETION_QUESTIONS: tuple[type[Question], ...] = (DeletionQuestion, UnitsQuestion)
