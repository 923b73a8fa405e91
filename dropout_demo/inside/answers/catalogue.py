"""Which function answers which question."""

from __future__ import annotations

from collections.abc import Mapping

from dropout_demo.inside.answers.base import Answerer
from dropout_demo.inside.questions import Question

ANSWERS: Mapping[type[Question], Answerer] = {}
