"""The question which test images a network gets wrong, to choose a picture from."""

from __future__ import annotations

from typing import Annotated, ClassVar

from pydantic import Field

from dropout_demo.config import Int
from dropout_demo.inside.questions import Question


class Choices(Question):
    """Among the first `count` test images: up to `most` that it gets wrong, and as many right."""

    kind: ClassVar[str] = "choices"

    count: Annotated[Int, Field(ge=10, le=10_000)] = 1_000
    most: Annotated[Int, Field(ge=1, le=200)] = 40
