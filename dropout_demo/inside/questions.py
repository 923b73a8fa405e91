"""The base of all questions about trained networks: without torch, so that the server checks them.

A panel declares its questions in a module of its own, `catalogue.py` lists them all, and
`inside/answers/` holds a function for each that answers it, in a process of its own.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar, Self

import pydantic
from pydantic import BaseModel, ConfigDict

from dropout_demo.problems import ConfigError, Problem, shown
from dropout_demo.wording import problems_of


class Question(BaseModel):
    """One question: frozen, every field checked when it is made.

    kind: its name in addresses, 1 to 20 letters. quick: answered within a tenth of a second or
    so, and therefore between the parts of longer answers. most_networks: how many trained
    networks it may be about at once. others_may_miss: answered without those after the first
    whose files cannot be read.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    kind: ClassVar[str]
    quick: ClassVar[bool] = False
    most_networks: ClassVar[int] = 1
    others_may_miss: ClassVar[bool] = False

    @property
    def private(self) -> bool:
        """Whether it holds what is its asker's alone, such as a picture: its answer is not kept."""
        return False

    @classmethod
    def parse(cls, raw: Any) -> Self:
        """A question from foreign JSON. Raises ConfigError with one sentence a problem."""
        if not isinstance(raw, Mapping):
            raise ConfigError([Problem("question", shown(raw), "an object with fields")])
        try:
            return cls.model_validate(dict(raw))
        except pydantic.ValidationError as error:
            raise ConfigError(problems_of(error, cls, lambda _: None)) from None
