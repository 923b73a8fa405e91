"""The question what several networks say together: the mean of their softmax."""

from __future__ import annotations

from typing import Annotated, ClassVar

from pydantic import Field

from dropout_demo.config import Int
from dropout_demo.inside.questions import Question

MOST_COMBINED = 10


class CombineQuestion(Question):
    """Each network alone, and the mean of the softmax of 1, 2, … and all of them."""

    kind: ClassVar[str] = "combine"
    most_networks: ClassVar[int] = MOST_COMBINED

    images: Annotated[Int, Field(ge=10, le=2_000, description="Test images.")] = 2_000


COMBINE_QUESTIONS: tuple[type[Question], ...] = (CombineQuestion,)
