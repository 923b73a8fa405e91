"""What a network does when it is evaluated in wrong ways."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import torch
from torch import Tensor
from torch.nn import functional

from dropout_demo.config import Dropout
from dropout_demo.inside.answers.base import Answerer, ProbeError, Progress
from dropout_demo.inside.answers.pace import Pace
from dropout_demo.inside.breaking import BREAK_BATCH, BREAK_IMAGES, WAYS, BreakQuestion, Way
from dropout_demo.inside.questions import Question
from dropout_demo.inside.workbench import Opened, Workbench
from dropout_demo.kinds import make
from dropout_demo.probes.breaking import first_random, kept_shares, left_in_training, with_factors
from dropout_demo.probes.units import output_of

Onward = Callable[[Tensor], Tensor]
"""Scores (n, 10) from what leaves the part of the network that is the same in every pass."""


@dataclass
class _Tally:
    """Sums over images by pass: images right, and cross-entropy in nats."""

    right: list[int] = field(default_factory=list)
    loss: list[float] = field(default_factory=list)

    def add(self, at: int, scores: Tensor, labels: Tensor) -> None:
        if at == len(self.right):
            self.right.append(0)
            self.loss.append(0.0)
        self.right[at] += int((scores.argmax(1) == labels).sum())
        self.loss[at] += float(functional.cross_entropy(scores, labels, reduction="sum"))


def broken(
    workbench: Workbench, networks: Sequence[Opened], question: BreakQuestion
) -> Iterator[Progress | dict[str, Any]]:
    """`{"images": N, "batch": n, "kept": {layer: share}, "masks": bool, "ways": {way:
    {"accuracy": [0..1 by pass], "loss": [nats by pass]}}}`; one pass where nothing is random.

    kept: where numbers are scaled while learning, and the share that dropout keeps there.
    """
    [opened] = networks
    batch = workbench.batch(opened.config.dataset, BREAK_IMAGES)
    setting = _Setting(opened, question, batch.images[:1])
    tallies, pace = {way: _Tally() for way in WAYS}, Pace()
    for start in range(0, len(batch), BREAK_BATCH):
        part = slice(start, start + BREAK_BATCH)
        labels = batch.labels[part]
        before, before_in_training = setting.before(batch.images[part])
        for way in WAYS:
            entering = before_in_training if way == "training" else before
            for at in range(setting.passes[way]):
                tallies[way].add(at, setting.scores(way, entering), labels)
                if pace.due():
                    yield Progress(start / len(batch))
    if not math.isfinite(tallies["right"].loss[0]):
        raise ProbeError("This network's scores are no numbers: its training diverged.")
    yield setting.answer(tallies, len(batch))


class _Setting:
    """The network in all ways, and what they share."""

    def __init__(self, opened: Opened, question: BreakQuestion, image: Tensor) -> None:
        net, dropout = opened.net, opened.config.dropout
        masks = torch.Generator().manual_seed(0)
        self.net, self.batch_norm = net, opened.config.batch_norm != "none"
        self.start = first_random(dropout)
        self.masks = any(drop.p > 0 for drop in dropout.values())
        self.kept = kept_shares(net, dropout, image, masks)
        self.forgot = left_in_training(net, dropout, masks)
        self.on_scores = make(Dropout(question.scores_rate), "logits", masks).train()
        random = {"training": self.masks, "scores": question.scores_rate > 0}
        self.passes = {way: question.passes if random.get(way) else 1 for way in WAYS}
        factors: Mapping[Way, Callable[[float], float]] = {
            "unscaled": lambda kept: 1 / kept,
            "wrong": lambda kept: (1 - kept) / kept,
            "twice": lambda kept: kept,
        }
        self.scaled = {
            way: with_factors(
                net, {at: (factor(kept), dropout[at]) for at, kept in self.kept.items()}
            )
            for way, factor in factors.items()
        }

    @torch.inference_mode()
    def before(self, images: Tensor) -> tuple[Tensor, Tensor]:
        """What reaches the first dropout, as evaluated rightly and without `eval()`."""
        rightly = output_of(self.net, self.start, images)
        return rightly, output_of(self.forgot, self.start, images) if self.batch_norm else rightly

    @torch.inference_mode()
    def scores(self, way: Way, entering: Tensor) -> Tensor:
        """Scores (n, 10) of one pass."""
        if way == "training":
            return self.forgot.onward(self.start, entering)
        scores = self.scaled.get(way, self.net).onward(self.start, entering)
        return self.on_scores(scores) if way == "scores" else scores

    def answer(self, tallies: Mapping[Way, _Tally], images: int) -> dict[str, Any]:
        return {
            "images": images,
            "batch": BREAK_BATCH,
            "kept": self.kept,
            "masks": self.masks,
            "ways": {
                way: {
                    "accuracy": [right / images for right in tally.right],
                    "loss": [loss / images for loss in tally.loss],
                }
                for way, tally in tallies.items()
            },
        }


BREAKING_ANSWERS: Mapping[type[Question], Answerer] = {BreakQuestion: broken}
