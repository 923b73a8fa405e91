"""All questions that may be asked, by kind."""

from __future__ import annotations

from collections.abc import Mapping

from dropout_demo.inside.breaking import BREAKING_QUESTIONS
from dropout_demo.inside.choices import Choices
from dropout_demo.inside.classify import Classify
from dropout_demo.inside.combine import COMBINE_QUESTIONS
from dropout_demo.inside.deletion import DELETION_QUESTIONS
from dropout_demo.inside.facts import FACTS_QUESTIONS
from dropout_demo.inside.learned import LEARNED_QUESTIONS
from dropout_demo.inside.masks import Masks
from dropout_demo.inside.passes import PASSES_QUESTIONS
from dropout_demo.inside.questions import Question
from dropout_demo.inside.sequence import SEQUENCE_QUESTIONS

_ALL: tuple[type[Question], ...] = (
    Masks,
    Choices,
    Classify,
    *LEARNED_QUESTIONS,
    *PASSES_QUESTIONS,
    *BREAKING_QUESTIONS,
    *DELETION_QUESTIONS,
    *FACTS_QUESTIONS,
    *SEQUENCE_QUESTIONS,
    *COMBINE_QUESTIONS,
)

QUESTIONS: Mapping[str, type[Question]] = {question.kind: question for question in _ALL}
