"""What is wrong with foreign input, as sentences that name field, value and range."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

MAX_SHOWN_VALUE_CHARACTERS = 60


@dataclass(frozen=True)
class Problem:
    """One thing wrong with a configuration."""

    field: str
    value: str
    allowed: str

    def __str__(self) -> str:
        return f"{self.field} is {self.value}; allowed: {self.allowed}."


class ConfigError(ValueError):
    """A configuration that makes no sense; `problems` holds all that is wrong with it."""

    def __init__(self, problems: list[Problem]) -> None:
        self.problems = problems
        super().__init__(" ".join(str(problem) for problem in problems))


def shown(value: Any) -> str:
    """A foreign value, short enough for a sentence."""
    try:
        text = repr(value)
    except (RecursionError, ValueError):  # nested too deep; a whole number of too many digits
        return "too long to show"
    cut = MAX_SHOWN_VALUE_CHARACTERS
    return text if len(text) <= cut else text[: cut - 1] + "…"
