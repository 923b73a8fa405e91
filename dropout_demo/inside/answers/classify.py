"""What networks see in one picture, with masks off and under many masks."""

from __future__ import annotations

from collections.abc import Generator, Iterator, Sequence
from typing import Any

import numpy as np
import torch
from torch import Tensor

from dropout_demo.config import LAYERS
from dropout_demo.data import CLASSES
from dropout_demo.inside.answers.base import Progress
from dropout_demo.inside.classify import Classify, certainty, entropy, votes_in_words
from dropout_demo.inside.masks import pixels_of
from dropout_demo.inside.workbench import Opened, Workbench, ready
from dropout_demo.probes.variants import masks_on, with_dropout

TOGETHER = 25
_ALONE = {"block", "connect"}
"""Kinds whose passes share something within a batch: blocks their scale, DropConnect its mask."""


def classify(
    _: Workbench, networks: Sequence[Opened], question: Classify
) -> Iterator[Progress | dict[str, Any]]:
    """For each network, under `networks`: its classes, `one` (softmax of the pass with masks off),
    and of the masked passes `mean`, `low`, `high` (by class) and `votes` (how often it came first).

    All probabilities 0..1, entropy in nats; without dropout there are no masked passes, and these
    are null.
    """
    pixels = np.frombuffer(pixels_of(question.pixels), np.uint8).reshape(1, 32, 32, 3)
    image = ready(pixels, np.zeros(1, np.int64)).images
    told = []
    for opened in networks:
        told.append((yield from _one_network(opened, image, question)))
    yield {"networks": told}


def _one_network(
    opened: Opened, image: Tensor, question: Classify
) -> Generator[Progress, None, dict[str, Any]]:
    names = CLASSES[opened.config.dataset]
    one = _shares(opened.net(image))[0].tolist()
    told: dict[str, Any] = {
        "classes": list(names),
        "one": one,
        "entropy": entropy(one),
        "words": certainty(one, names),
    }
    none = dict.fromkeys(("mean", "low", "high", "votes", "votes_words"))
    if not any(drop.p for drop in opened.config.dropout.values()):
        return told | none | {"passes": 0}
    parts = []
    for scores in _masked_scores(opened, image, question):
        parts.append(_shares(scores))
        yield Progress(0.5)
    shares = torch.cat(parts)
    votes = shares.argmax(1).bincount(minlength=len(names)).tolist()
    return told | {
        "passes": len(shares),
        "mean": shares.mean(0).tolist(),
        "low": shares.amin(0).tolist(),
        "high": shares.amax(0).tolist(),
        "votes": votes,
        "votes_words": votes_in_words(votes, names),
    }


def _masked_scores(opened: Opened, image: Tensor, question: Classify) -> Iterator[Tensor]:
    """Scores of masked passes, in parts (n, 10); what comes before the first mask is done once."""
    dropout = opened.config.dropout
    generator = torch.Generator().manual_seed(question.seed)
    net = masks_on(with_dropout(opened.net, dropout, generator))
    first = min(LAYERS.index(layer) for layer, drop in dropout.items() if drop.p)
    alone = any(drop.p and drop.kind in _ALONE for drop in dropout.values())
    entering = image
    for layer in LAYERS[:first]:
        entering = net.drop(layer, net.stage(layer, entering))
    together = 1 if alone else TOGETHER
    for start in range(0, question.passes, together):
        copies = entering.expand(min(together, question.passes - start), *entering.shape[1:])
        # Copied rather than expanded: a mask takes its memory order from what it falls on.
        layer = LAYERS[first]
        yield net.onward(layer, net.stage(layer, copies.clone()))


def _shares(scores: Tensor) -> Tensor:
    return scores.double().softmax(1)
