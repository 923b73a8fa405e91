"""What a learner answered in the course and where they are: kept as notes, over reloads too."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from dropout_demo.lab import lab
from dropout_demo.lessons.steps import Step
from dropout_demo.ui.lab_state import learner
from dropout_demo.ui.learn.activities.takeaways import NOTE as GUESSES

_ANSWERS = "learn/"
_PLACE = "learn-at"
_FORGOTTEN = (_ANSWERS, _PLACE, f"{GUESSES}/")


@dataclass(frozen=True)
class Answer:
    """The last answer to a step's question."""

    chosen: str  # the option's text
    right: bool
    tries: int  # 1 for a first answer
    right_at_first: bool


def answers() -> Mapping[str, Answer]:
    """This learner's answers by the steps' keys; those to steps that are no more among them."""
    told = lab().store.notes(learner(), _ANSWERS)
    return {name.removeprefix(_ANSWERS): Answer(**note) for name, note in told.items()}


def answer(step: Step, chosen: str, before: Answer | None) -> None:
    """Keep an answer in place of the one before. Raises KeyError for what is no option."""
    option = step.question.option(chosen)
    if option is None:
        raise KeyError(chosen)
    note: dict[str, Any] = {
        "chosen": chosen,
        "right": option.right,
        "tries": before.tries + 1 if before else 1,
        "right_at_first": before.right_at_first if before else option.right,
    }
    lab().store.set_note(learner(), _ANSWERS + step.key, note)


def place() -> str | None:
    """The key of the step that this learner saw last."""
    told = lab().store.notes(learner(), _PLACE).get(_PLACE)
    return told if isinstance(told, str) else None


def set_place(step: Step) -> None:
    """Remember it as the step seen last."""
    lab().store.set_note(learner(), _PLACE, step.key)


def start_over() -> None:
    """Forget all answers, the place, and the guesses of the last step."""
    for prefix in _FORGOTTEN:
        for name in lab().store.notes(learner(), prefix):
            lab().store.forget_note(learner(), name)
