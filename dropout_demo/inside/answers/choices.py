"""Test images that a network gets wrong, and some that it gets right."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from dropout_demo.inside.answers.base import Progress
from dropout_demo.inside.choices import Choices
from dropout_demo.inside.workbench import Opened, Workbench
from dropout_demo.probes.mistakes import Said, joined, said

CHUNK = 125


def choices(
    workbench: Workbench, networks: Sequence[Opened], question: Choices
) -> Iterator[Progress | dict[str, Any]]:
    """In the order of the test set: place, label, guess and its softmax share (0..1) of each.

    The answer: `looked_at`, `wrong_count`, and the lists `wrong` and `right`.
    """
    [opened] = networks
    batch = workbench.batch(opened.config.dataset, question.count)
    parts = []
    for start in range(0, len(batch), CHUNK):
        part = slice(start, start + CHUNK)
        parts.append(said(opened.net, batch.images[part], batch.labels[part]))
        yield Progress(min(1.0, (start + CHUNK) / len(batch)))
    told = joined(parts)
    wrong = told.guess != told.label
    yield {
        "looked_at": len(batch),
        "wrong_count": int(wrong.sum()),
        "wrong": _listed(told, np.flatnonzero(wrong)[: question.most]),
        "right": _listed(told, np.flatnonzero(~wrong)[: question.most]),
    }


def _listed(told: Said, places: Any) -> list[dict[str, Any]]:
    return [
        {
            "index": int(at),
            "label": int(told.label[at]),
            "guess": int(told.guess[at]),
            "confidence": float(told.confidence[at]),
        }
        for at in places
    ]
