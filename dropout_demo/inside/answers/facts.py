"""Single numbers of a network: the norms of its weights, and its batch norms' statistics."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import torch

from dropout_demo.inside.answers.base import Answerer, ProbeError, Progress
from dropout_demo.inside.facts import NormsQuestion, ShiftQuestion
from dropout_demo.inside.questions import Question
from dropout_demo.inside.workbench import Opened, Workbench
from dropout_demo.probes.norms import incoming_norms
from dropout_demo.probes.shift import shift


def norms(
    _workbench: Workbench, networks: Sequence[Opened], _question: NormsQuestion
) -> Iterator[Progress | dict[str, Any]]:
    """`{"norms": {layer: {"mean": m, "largest": n}}}` of each layer that has weights."""
    [opened] = networks
    found = incoming_norms(opened.net)
    yield {
        "norms": {
            layer: {"mean": float(each.mean()), "largest": float(each.max())}
            for layer, each in found.items()
        }
    }


def shifted(
    workbench: Workbench, networks: Sequence[Opened], question: ShiftQuestion
) -> Iterator[Progress | dict[str, Any]]:
    """`{"images": N, "ratios": {layer: evaluation's variance / training's}}`."""
    [opened] = networks
    if opened.config.batch_norm == "none":
        raise ProbeError("This network has no batch normalisation, so nothing can shift in it.")
    batch = workbench.batch(opened.config.dataset, question.images)
    draws = torch.Generator().manual_seed(0)
    yield Progress(0.0)
    ratios = shift(opened.net, opened.config.dropout, batch.images, draws, question.passes)
    yield {"images": len(batch), "ratios": ratios}


FACTS_ANSWERS: Mapping[type[Question], Answerer] = {NormsQuestion: norms, ShiftQuestion: shifted}
