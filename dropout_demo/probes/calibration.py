"""How well probabilities fit the truth: right or wrong, log-likelihood and calibration."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from dropout_demo.probes.mistakes import wilson

BINS = 15
"""Bins of equal width over confidences 0..1, as many as Guo et al. 2017 take."""


def right(shares: Tensor, labels: Tensor) -> Tensor:
    """Whether the likeliest class is the true one: bool (..., N).

    shares: probabilities (..., N, classes); labels: int64 (N,).
    """
    return shares.argmax(-1) == labels


def surprise(shares: Tensor, labels: Tensor) -> Tensor:
    """Negative log-likelihood of the true class, in nats, (..., N); at most 87.3.

    A share that fp32 holds as 0 counts as its least normal number. Shapes as for `right`.
    """
    truth = shares.gather(-1, labels.expand(shares.shape[:-1]).unsqueeze(-1)).squeeze(-1)
    return -truth.clamp(min=torch.finfo(truth.dtype).tiny).log()


def calibration_error(shares: Tensor, labels: Tensor) -> Tensor:
    """Expected calibration error (0..1) by leading dimensions, from shares (..., N, classes).

    Over `BINS` bins of the highest share: the distance of mean confidence and accuracy, weighted
    by the images in a bin. Source: Guo et al. 2017, "On Calibration of Modern Neural Networks",
    equation 3; a bin holds its upper end.
    """
    gaps, bins = _gaps_and_bins(shares, labels)
    sums = gaps.new_zeros((*gaps.shape[:-1], BINS)).scatter_add_(-1, bins, gaps)
    return sums.abs().sum(-1) / gaps.shape[-1]


def resampled_errors(shares: Tensor, labels: Tensor, counts: Tensor) -> Tensor:
    """The calibration error (draws,) over resampled images, from shares (N, classes).

    counts: float32 (draws, N), how often a draw holds each image; see `resampled`.
    """
    gaps, bins = _gaps_and_bins(shares, labels)
    by_bin = gaps.new_zeros((len(gaps), BINS)).scatter_(1, bins.unsqueeze(1), gaps.unsqueeze(1))
    return (counts @ by_bin).abs().sum(1) / counts.sum(1)


def resampled(
    count: int, draws: int, generator: torch.Generator, size: int | None = None
) -> Tensor:
    """How often each of `count` things is in `size` draws with replacement: float32 (draws, count).

    The bootstrap of Efron 1979; size: `count` unless told.
    """
    picks = torch.randint(count, (draws, size or count), generator=generator)
    ones = torch.ones(picks.shape)
    return torch.zeros(draws, count).scatter_add_(1, picks, ones)


@dataclass(frozen=True)
class Bin:
    """The images of one bin: mean confidence, accuracy with its 95 % interval (all 0..1), count."""

    confidence: float
    accuracy: float
    low: float
    high: float
    count: int


def reliability(shares: Tensor, labels: Tensor) -> list[Bin]:
    """The bins that hold images, by rising confidence, from shares (N, classes).

    Intervals of accuracy are Wilson's.
    """
    confidence, hits = shares.amax(-1), right(shares, labels)
    bins = _bins(confidence)
    told = []
    for place in bins.unique().tolist():
        inside = bins == place
        count, good = int(inside.sum()), int(hits[inside].sum())
        low, high = wilson(good, count)
        told.append(Bin(float(confidence[inside].mean()), good / count, low, high, count))
    return told


def _gaps_and_bins(shares: Tensor, labels: Tensor) -> tuple[Tensor, Tensor]:
    """For each image: right (0 or 1) minus confidence, and its bin."""
    confidence = shares.amax(-1)
    return right(shares, labels).to(shares.dtype) - confidence, _bins(confidence)


def _bins(confidence: Tensor) -> Tensor:
    ends = torch.linspace(0, 1, BINS + 1)[1:-1]
    return torch.bucketize(confidence.contiguous(), ends)
