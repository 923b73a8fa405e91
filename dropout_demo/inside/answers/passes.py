"""Many masked passes against one scaled pass and against networks trained from other seeds."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import torch
from torch import Tensor

from dropout_demo.config import Dropout, Layer
from dropout_demo.inside.answers.base import Answerer, ProbeError, Progress
from dropout_demo.inside.answers.passes_results import MEASURES, Drawn, by_networks, point, results
from dropout_demo.inside.answers.passes_unsure import unsure
from dropout_demo.inside.passes import SHOWN, PassesQuestion
from dropout_demo.inside.questions import Question
from dropout_demo.inside.workbench import Batch, Opened, Workbench
from dropout_demo.probes.passes import masked, scaled_pass

Work = Iterator[Progress | dict[str, Any]]

_CHUNK = 250  # images at once: some hundredths of a second, even where all layers are random
_DENSE_CHUNK = 2_000  # where only dense layers are
_MAPS: tuple[Layer, ...] = ("input", "conv1", "conv2", "conv3")
_PAUSE = 0.05  # seconds between two words about progress
_SHARE_DRAWING = 0.9  # of the progress: the rest is reckoning


def passes(workbench: Workbench, networks: Sequence[Opened], question: PassesQuestion) -> Work:
    """`{"images": N, "passes": P, "dropout": {layer: rate}, "added": bool, "curve", "ensemble",
    "results", "differences", "reliability", "unsure", "pictures"}`; see the functions below.

    Partial answers: `{"passes": t, "masked": measures of t passes, "scaled": measures}`.
    """
    first = networks[0]
    dropout = _dropout(first, question)
    batch = workbench.batch(first.config.dataset, question.images)
    members = torch.empty(len(networks), len(batch), 10)
    for at, member in enumerate(networks):
        for part in _parts(len(batch)):
            members[at, part] = scaled_pass(member.net, batch.images[part])
            yield Progress(0.0)
    pool = torch.empty(question.passes, len(batch), 10)
    yield from _fill(pool, first, dropout, batch, question, members[0])
    drawn = Drawn(pool, members[0], members, batch.labels)
    if not bool(torch.isfinite(pool).all() and torch.isfinite(members).all()):
        raise ProbeError("A network's scores are no numbers: its training diverged.")
    curve: list[dict[str, Any]] = []
    for size in _sizes(question.passes):
        curve.append(point(drawn, size, question.draw))
        yield Progress(_SHARE_DRAWING + (1 - _SHARE_DRAWING) * size / question.passes)
    told = results(drawn)
    yield Progress(1.0)
    yield {
        "images": len(batch),
        "passes": question.passes,
        "dropout": {layer: drop.p for layer, drop in dropout.items() if drop.p > 0},
        "added": dict(dropout) != dict(first.config.dropout),
        "curve": curve,
        "ensemble": by_networks(drawn),
        **told,
        **unsure(drawn, workbench.split(first.config.dataset), first.config.dataset),
    }


def _dropout(opened: Opened, question: PassesQuestion) -> Mapping[Layer, Dropout]:
    if question.added is not None:
        return {"flatten": Dropout(question.added), "fc1": Dropout(question.added)}
    if not any(drop.p > 0 for drop in opened.config.dropout.values()):
        raise ProbeError(
            "This network has no dropout, so every pass gives the same; "
            "put masks in after the fact to see what they do."
        )
    return opened.config.dropout


def _fill(
    pool: Tensor,
    opened: Opened,
    dropout: Mapping[Layer, Dropout],
    batch: Batch,
    question: PassesQuestion,
    scaled: Tensor,
) -> Work:
    """Draw all passes; what stands before the first mask is computed once."""
    net = masked(opened.net, dropout, torch.Generator().manual_seed(question.draw))
    entered = []
    for part in _parts(len(batch)):
        entered.append(net.entering(batch.images[part]))
        yield Progress(0.0)
    entering = torch.cat(entered)
    parts = _parts(len(batch), _CHUNK if net.start in _MAPS else _DENSE_CHUNK)
    before = {name: float(of(scaled, batch.labels)) for name, of in MEASURES.items()}
    said = time.monotonic()
    for at in range(len(pool)):
        for part in parts:
            pool[at, part] = net.one_pass(entering[part])
            if time.monotonic() - said > _PAUSE:
                yield Progress(_SHARE_DRAWING * at / len(pool))
                said = time.monotonic()
        if at + 1 in SHOWN:
            mean = pool[: at + 1].mean(0)
            now = {name: float(of(mean, batch.labels)) for name, of in MEASURES.items()}
            partial = {"passes": at + 1, "masked": now, "scaled": before}
            yield Progress(_SHARE_DRAWING * (at + 1) / len(pool), partial)


def _parts(count: int, size: int = _CHUNK) -> list[slice]:
    return [slice(start, start + size) for start in range(0, count, size)]


def _sizes(passes: int) -> list[int]:
    return [*(size for size in SHOWN if size < passes), passes]


PASSES_ANSWERS: Mapping[type[Question], Answerer] = {PassesQuestion: passes}
