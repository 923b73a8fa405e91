"""What is lost without some units of a layer, and what its units do."""

from __future__ import annotations

from collections.abc import Generator, Iterator, Mapping, Sequence
from dataclasses import asdict
from typing import Any

import torch
from torch import Tensor

from dropout_demo.inside.answers.base import Answerer, ProbeError, Progress
from dropout_demo.inside.answers.pace import Pace
from dropout_demo.inside.deletion import (
    SHARES,
    UNIT_IMAGES,
    DeletionQuestion,
    UnitLayer,
    UnitsQuestion,
)
from dropout_demo.inside.questions import Question
from dropout_demo.inside.workbench import Batch, Opened, Workbench
from dropout_demo.probes.deletion import correct_without, counts_deleted, draw_kept
from dropout_demo.probes.units import output_of, unit_facts

_CHUNK = 250  # images at a time: the quickest
_GETTING_THERE = 0.05  # share of the work that is done once the layer's outputs are there


def without_units(
    workbench: Workbench, networks: Sequence[Opened], question: DeletionQuestion
) -> Iterator[Progress | dict[str, Any]]:
    """`{"images": N, "units": n, "deleted": [counts], "accuracy": [[0..1 by draw] by count]}`.

    Ascending counts, the first 0, which needs one draw only. Partial answers have fewer counts.
    """
    [opened] = networks
    batch = workbench.batch(opened.config.dataset, UNIT_IMAGES[question.layer])
    outputs = yield from _outputs(opened, question.layer, batch, share=_GETTING_THERE)
    units = outputs[0].shape[1]
    counts = counts_deleted(units, SHARES)
    rest, pace = (1 - _GETTING_THERE) / len(counts), Pace()
    draws = torch.Generator().manual_seed(0)
    answer: dict[str, Any] = {"images": len(batch), "units": units, "deleted": [], "accuracy": []}
    for level, count in enumerate(counts):
        by_draw = []
        for at in range(question.draws if count else 1):
            kept, right = draw_kept(units, count, draws), 0
            for output, labels in zip(outputs, batch.labels.split(_CHUNK), strict=True):
                right += correct_without(
                    opened.net, question.layer, output, labels, kept, rescaled=question.rescaled
                )
                if pace.due():
                    yield Progress(_GETTING_THERE + rest * (level + at / question.draws))
            by_draw.append(right / len(batch))
        answer["deleted"] = [*answer["deleted"], count]
        answer["accuracy"] = [*answer["accuracy"], by_draw]
        yield Progress(_GETTING_THERE + rest * (level + 1), dict(answer))
    yield answer


def units(
    workbench: Workbench, networks: Sequence[Opened], question: UnitsQuestion
) -> Iterator[Progress | dict[str, Any]]:
    """`{"images": N}` and the fields of `probes.units.UnitFacts`."""
    [opened] = networks
    batch = workbench.batch(opened.config.dataset, UNIT_IMAGES[question.layer])
    outputs = yield from _outputs(opened, question.layer, batch, share=0.9)
    yield {"images": len(batch), **asdict(unit_facts(torch.cat(outputs)))}


def _outputs(
    opened: Opened, layer: UnitLayer, batch: Batch, share: float
) -> Generator[Progress, None, list[Tensor]]:
    """What the layer gives for all images, in chunks; `share` of all the work there is."""
    outputs: list[Tensor] = []
    for images in batch.images.split(_CHUNK):
        outputs.append(output_of(opened.net, layer, images))
        yield Progress(share * sum(map(len, outputs)) / len(batch))
    if not all(bool(output.isfinite().all()) for output in outputs):
        raise ProbeError("This network's numbers are not finite: its training diverged.")
    return outputs


DELETION_ANSWERS: Mapping[type[Question], Answerer] = {
    DeletionQuestion: without_units,
    UnitsQuestion: units,
}
