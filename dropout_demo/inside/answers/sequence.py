"""One small LSTM trained while somebody waits, an epoch's losses after the other."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import torch

from dropout_demo.inside.answers.base import Answerer, Progress
from dropout_demo.inside.answers.pace import Pace
from dropout_demo.inside.questions import Question
from dropout_demo.inside.sequence import SequenceQuestion
from dropout_demo.inside.workbench import Opened, Workbench
from dropout_demo.sequences.text import texts
from dropout_demo.sequences.training import Losses, train


def sequence(
    _workbench: Workbench, _networks: Sequence[Opened], question: SequenceQuestion
) -> Iterator[Progress | dict[str, Any]]:
    """`{"arm", "seed", "rate", "epochs", "best", "curve": [[train_clean, val, val_memory], ...]}`.

    Losses are in nats a symbol, an entry an epoch; best: of who knows the language, on the same
    sequences. Partial answers are the same with the epochs so far.
    """
    curve: list[list[float]] = []
    told = question.model_dump() | {"best": texts()[1].best, "curve": curve}
    work = train(question.arm, question.seed, rate=question.rate, epochs=question.epochs)
    pace = Pace()
    for made in _allowing_gradients(work):
        if made is not None:
            curve.append([round(x, 6) for x in (made.train_clean, made.val, made.val_memory)])
        if pace.due():
            yield Progress(len(curve) / question.epochs, told | {"curve": list(curve)})
    yield told


def _allowing_gradients(work: Iterator[Losses | None]) -> Iterator[Losses | None]:
    """Each part of the work as if asked outside the inference mode that all answers run in."""
    while True:
        with torch.inference_mode(False), torch.enable_grad():  # never held over a yield
            try:
                made = next(work)
            except StopIteration:
                return
        yield made


SEQUENCE_ANSWERS: Mapping[type[Question], Answerer] = {SequenceQuestion: sequence}
