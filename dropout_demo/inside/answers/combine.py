"""Several networks together: accuracy, loss and calibration of the mean of their softmax."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import torch
from torch import Tensor

from dropout_demo.inside.answers.base import Answerer, ProbeError, Progress
from dropout_demo.inside.combine import CombineQuestion
from dropout_demo.inside.questions import Question
from dropout_demo.inside.workbench import Opened, Workbench
from dropout_demo.probes.calibration import (
    calibration_error,
    resampled,
    resampled_errors,
    right,
    surprise,
)
from dropout_demo.probes.passes import scaled_pass, windows

Work = Iterator[Progress | dict[str, Any]]

_CHUNK = 250  # images at once
_DRAWS = 200  # resampled sets of images behind an interval
_Z = 1.959963984540054  # the normal distribution's 97.5 % quantile
_SHARE_LOOKING = 0.7  # of the progress: the rest is reckoning

Told = dict[str, tuple[float, Tensor]]
"""By measure: its value over all images, and over resampled ones (draws,)."""


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
    counts = resampled(len(batch), _DRAWS, torch.Generator().manual_seed(0))
    yield from _reckoned(members, batch.labels, counts)


def _reckoned(members: Tensor, labels: Tensor, counts: Tensor) -> Work:
    """From shares (M, N, 10), labels (N,) and resampling counts (draws, N)."""
    each: list[Told] = []
    for shares in members:
        each.append(_by_image(shares, labels, counts))
        yield Progress(_SHARE_LOOKING)
    curve: list[Told] = []
    for size in range(1, len(members) + 1):
        told: list[Told] = []
        for shares in windows(members, size):
            told.append(each[len(told)] if size == 1 else _by_image(shares, labels, counts))
            yield Progress(_SHARE_LOOKING + (1 - _SHARE_LOOKING) * size / len(members))
        curve.append(_mean(told))
    yield {
        "images": len(labels),
        "each": [_with_interval(told) for told in each],
        "curve": [
            {"networks": size, **_with_interval(told)} for size, told in enumerate(curve, start=1)
        ],
        "gain": _with_interval(_minus(curve[-1], curve[0])),
    }


def _by_image(shares: Tensor, labels: Tensor, counts: Tensor) -> Told:
    """From shares (N, 10)."""
    hits, losses = right(shares, labels).float(), surprise(shares, labels)
    images = counts.sum(1)
    return {
        "accuracy": (float(hits.mean()), counts @ hits / images),
        "loss": (float(losses.mean()), counts @ losses / images),
        "calibration": (
            float(calibration_error(shares, labels)),
            resampled_errors(shares, labels, counts),
        ),
    }


def _mean(told: Sequence[Told]) -> Told:
    return {
        name: (
            sum(one[name][0] for one in told) / len(told),
            torch.stack([one[name][1] for one in told]).mean(0),
        )
        for name in told[0]
    }


def _minus(first: Told, second: Told) -> Told:
    return {
        name: (first[name][0] - second[name][0], first[name][1] - second[name][1]) for name in first
    }


def _with_interval(told: Told) -> dict[str, list[float]]:
    """[value, low, high] by measure: the value, give or take 1.96 spreads over resampled images."""
    halves = {name: _Z * float(over.std()) for name, (_, over) in told.items()}
    return {
        name: [round(end, 6) for end in (value, value - halves[name], value + halves[name])]
        for name, (value, _) in told.items()
    }


COMBINE_ANSWERS: Mapping[type[Question], Answerer] = {CombineQuestion: combine}
