"""Several networks together: accuracy, loss and calibration of the mean of their softmax."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import torch
from torch import Tensor

from dropout_demo.inside.answers.base import Answerer, ProbeError, Progress
from dropout_demo.inside.answers.resampling import (
    IMAGE_DRAWS,
    Resampled,
    by_image,
    minus,
    with_interval,
)
from dropout_demo.inside.combine import CombineQuestion
from dropout_demo.inside.questions import Question
from dropout_demo.inside.workbench import Opened, Workbench
from dropout_demo.probes.calibration import resampled
from dropout_demo.probes.passes import scaled_pass, windows

Work = Iterator[Progress | dict[str, Any]]

_CHUNK = 250  # images at once
_SHARE_LOOKING = 0.7  # of the progress: the rest is reckoning


def combine(workbench: Workbench, networks: Sequence[Opened], question: CombineQuestion) -> Work:
    """`{"images": N, "each": [measures], "curve": [{"networks": m, **measures}, ...], "gain"}`.

    measures: `{"accuracy" (0..1), "loss" (nats an image), "calibration" (0..1): [value, low,
    high]}`, with 95 % intervals over images by resampling them. each: in the order asked. curve:
    for m = 1..all, the mean over neighbours in the ring of all networks, so that each counts
    equally often. gain: all together minus the mean of each alone, paired by image. Raises
    ProbeError for fewer than two networks, and for networks of different data sets.
    """
    if len(networks) < 2:
        raise ProbeError("Choose at least two networks: one has nothing to be combined with.")
    datasets = {opened.config.dataset for opened in networks}
    if len(datasets) > 1:
        raise ProbeError("These networks learned different data sets; choose those of one.")
    batch = workbench.batch(datasets.pop(), question.images)
    members = torch.empty(len(networks), len(batch), 10)
    for at, opened in enumerate(networks):
        for start in range(0, len(batch), _CHUNK):
            part = slice(start, start + _CHUNK)
            members[at, part] = scaled_pass(opened.net, batch.images[part])
            yield Progress(_SHARE_LOOKING * at / len(networks))
    if not bool(torch.isfinite(members).all()):
        raise ProbeError("A network's scores are no numbers: its training diverged.")
    counts = resampled(len(batch), IMAGE_DRAWS, torch.Generator().manual_seed(0))
    yield from _reckoned(members, batch.labels, counts)


def _reckoned(members: Tensor, labels: Tensor, counts: Tensor) -> Work:
    """From shares (M, N, 10), labels (N,) and resampling counts (draws, N)."""
    each: list[Resampled] = []
    for shares in members:
        each.append(by_image(shares, labels, counts))
        yield Progress(_SHARE_LOOKING)
    curve: list[Resampled] = []
    for size in range(1, len(members) + 1):
        told: list[Resampled] = []
        for shares in windows(members, size):
            told.append(each[len(told)] if size == 1 else by_image(shares, labels, counts))
            yield Progress(_SHARE_LOOKING + (1 - _SHARE_LOOKING) * size / len(members))
        curve.append(_mean(told))
    yield {
        "images": len(labels),
        "each": [with_interval(told) for told in each],
        "curve": [
            {"networks": size, **with_interval(told)} for size, told in enumerate(curve, start=1)
        ],
        "gain": with_interval(minus(curve[-1], curve[0])),
    }


def _mean(told: Sequence[Resampled]) -> Resampled:
    return {
        name: (
            sum(one[name][0] for one in told) / len(told),
            torch.stack([one[name][1] for one in told]).mean(0),
        )
        for name in told[0]
    }


COMBINE_ANSWERS: Mapping[type[Question], Answerer] = {CombineQuestion: combine}
