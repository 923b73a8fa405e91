"""A request that is not granted."""

from __future__ import annotations


class Refusal(Exception):
    """Why, in one sentence, with the HTTP status and the field that it is about."""

    def __init__(self, status: int, sentence: str, field: str | None = None) -> None:
        super().__init__(sentence)
        self.status, self.field = status, field
