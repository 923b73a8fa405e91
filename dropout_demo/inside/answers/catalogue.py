"""Which function answers which question."""

from __future__ import annotations

from collections.abc import Mapping

from dropout_demo.inside.answers.base import Answerer
from dropout_demo.inside.answers.breaking import BREAKING_ANSWERS
from dropout_demo.inside.answers.choices import choices
from dropout_demo.inside.answers.classify import classify
from dropout_demo.inside.answers.combine import COMBINE_ANSWERS
from dropout_demo.inside.answers.deletion import DELETION_ANSWERS
from dropout_demo.inside.answers.facts import FACTS_ANSWERS
from dropout_demo.inside.answers.learned import LEARNED_ANSWERS
from dropout_demo.inside.answers.masks import masks
from dropout_demo.inside.answers.passes import PASSES_ANSWERS
from dropout_demo.inside.answers.sequence import SEQUENCE_ANSWERS
from dropout_demo.inside.choices import Choices
from dropout_demo.inside.classify import Classify
from dropout_demo.inside.masks import Masks
from dropout_demo.inside.questions import Question

ANSWERS: Mapping[type[Question], Answerer] = {
    Masks: masks,
    Choices: choices,
    Classify: classify,
    **LEARNED_ANSWERS,
    **PASSES_ANSWERS,
    **BREAKING_ANSWERS,
    **DELETION_ANSWERS,
    **FACTS_ANSWERS,
    **SEQUENCE_ANSWERS,
    **COMBINE_ANSWERS,
}
