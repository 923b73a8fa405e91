"""All questions that may be asked, by kind."""

from __future__ import annotations

from collections.abc import Mapping

from dropout_demo.inside.questions import Question

_ALL: tuple[type[Question], ...] = ()

QUESTIONS: Mapping[str, type[Question]] = {question.kind: question for question in _ALL}
