"""What a network says of images: which class it takes for which, how surely, how often rightly."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from dropout_demo.model import CLASSES, ArticleNet

_Z = 1.959963984540054  # the normal distribution's 97.5 % quantile


@dataclass(frozen=True)
class Said:
    """What a network says of each image: arrays of length N.

    label: the true class; guess: the class it gives most; confidence: the softmax's share (0..1)
    of that class; truth: its share of the true class.
    """

    label: npt.NDArray[np.int64]
    guess: npt.NDArray[np.int64]
    confidence: npt.NDArray[np.float32]
    truth: npt.NDArray[np.float32]


@torch.inference_mode()
def said(net: ArticleNet, images: Tensor, labels: Tensor) -> Said:
    """One pass with masks off over normalised images (N, 3, 32, 32); labels int64 (N,)."""
    shares = net(images).softmax(1)
    confidence, guess = shares.max(1)
    truth = shares.gather(1, labels.unsqueeze(1)).squeeze(1)
    return Said(labels.numpy(), guess.numpy(), confidence.numpy(), truth.numpy())


def joined(parts: Sequence[Said]) -> Said:
    """What was said of several batches, one after the other."""
    return Said(
        np.concatenate([part.label for part in parts]),
        np.concatenate([part.guess for part in parts]),
        np.concatenate([part.confidence for part in parts]),
        np.concatenate([part.truth for part in parts]),
    )


def confusion(told: Said) -> npt.NDArray[np.int64]:
    """How often each class (row) was taken for each class (column): counts (10, 10)."""
    pairs = np.bincount(told.label * CLASSES + told.guess, minlength=CLASSES**2)
    return pairs.reshape(CLASSES, CLASSES)


def worst(told: Said, count: int) -> npt.NDArray[np.int64]:
    """The places of the wrong guesses that the network was surest of, surest first; up to count."""
    wrong = np.flatnonzero(told.label != told.guess)
    return wrong[np.argsort(-told.confidence[wrong], kind="stable")][:count]


def wilson(right: int, count: int) -> tuple[float, float]:
    """The 95 % interval (0..1) of a share, from `right` of `count`; 0 to 1 where count is 0.

    Source: Wilson 1927, "Probable Inference, the Law of Succession, and Statistical Inference".
    """
    if count == 0:
        return 0.0, 1.0
    share, spread = right / count, _Z**2 / count
    middle = (share + spread / 2) / (1 + spread)
    half = _Z * math.sqrt(share * (1 - share) / count + spread / (4 * count)) / (1 + spread)
    # At the ends the formula gives 0 and 1, but for rounding.
    return (0.0 if right == 0 else middle - half), (1.0 if right == count else middle + half)
