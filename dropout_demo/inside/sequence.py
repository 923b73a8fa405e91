"""The recurrent experiment as a question: it trains a small LSTM and needs no network."""

from __future__ import annotations

from typing import Annotated, ClassVar

from pydantic import Field

from dropout_demo.config import Float, Int
from dropout_demo.inside.questions import Question
from dropout_demo.sequences.setting import EPOCHS, MOST_EPOCHS, RATE, SequenceArm


class SequenceQuestion(Question):
    """How an LSTM's losses go over its epochs, with masks where the arm has them."""

    kind: ClassVar[str] = "sequence"
    most_networks: ClassVar[int] = 0

    arm: Annotated[SequenceArm, Field(description="Where masks stand.")] = "none"
    seed: Annotated[Int, Field(ge=0, le=1_000_000, description="Weights, order and masks.")] = 0
    rate: Annotated[Float, Field(ge=0, le=0.9, description="Probability of dropping.")] = RATE
    epochs: Annotated[Int, Field(ge=1, le=MOST_EPOCHS, description="Epochs.")] = EPOCHS


SEQUENCE_QUESTIONS: tuple[type[Question], ...] = (SequenceQuestion,)
