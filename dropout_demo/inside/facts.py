"""Questions about single numbers of a network: the norms of its weights, its norms' statistics."""

from __future__ import annotations

from typing import Annotated, ClassVar

from pydantic import Field

from dropout_demo.config import Int
from dropout_demo.inside.questions import Question


class NormsQuestion(Question):
    """How long each layer's vectors of incoming weights are."""

    kind: ClassVar[str] = "norms"


class ShiftQuestion(Question):
    """How the variance that enters each batch normalisation differs between masks on and off."""

    kind: ClassVar[str] = "shift"

    images: Annotated[Int, Field(ge=10, le=2_000, description="Test images.")] = 1_000
    passes: Annotated[Int, Field(ge=1, le=20, description="Masked passes.")] = 5


FACTS_QUESTIONS: tuple[type[Question], ...] = (NormsQuestion, ShiftQuestion)
