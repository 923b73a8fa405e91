"""Many passes under many masks: Monte Carlo dropout, what its average says and how it varies.

A pass gives each image a softmax; T passes are averaged as probabilities. Source: Gal and
Ghahramani 2016, "Dropout as a Bayesian Approximation".
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import torch
from torch import Tensor

from dropout_demo.config import Dropout, Layer
from dropout_demo.model import ArticleNet
from dropout_demo.probes.breaking import first_random
from dropout_demo.probes.calibration import resampled
from dropout_demo.probes.units import output_of
from dropout_demo.probes.variants import masks_on, with_dropout


@dataclass(frozen=True)
class Masked:
    """A network with its masks on, and from which layer's output on they matter."""

    net: ArticleNet
    start: Layer

    @torch.inference_mode()
    def entering(self, images: Tensor) -> Tensor:
        """What is the same in every pass: the output of `start` from images (N, 3, 32, 32)."""
        return output_of(self.net, self.start, images)

    @torch.inference_mode()
    def one_pass(self, entering: Tensor) -> Tensor:
        """The softmax (N, 10) under new masks, from what `entering` gave."""
        shares: Tensor = self.net.onward(self.start, entering).softmax(1)
        return shares


def masked(net: ArticleNet, dropout: Mapping[Layer, Dropout], generator: torch.Generator) -> Masked:
    """The network under this dropout, its masks on and drawn from `generator`; weights shared."""
    return Masked(masks_on(with_dropout(net, dropout, generator)), first_random(dropout))


@torch.inference_mode()
def scaled_pass(net: ArticleNet, images: Tensor) -> Tensor:
    """The softmax (N, 10) of one pass with masks off, from images (N, 3, 32, 32)."""
    shares: Tensor = net(images).softmax(1)
    return shares


def averages(pool: Tensor, size: int) -> Tensor:
    """Means of `size` passes each, no pass in two of them: (P // size, N, 10) from (P, N, 10)."""
    groups = len(pool) // size
    return pool[: groups * size].view(groups, size, *pool.shape[1:]).mean(1)


def redrawn_averages(pool: Tensor, size: int, draws: int, generator: torch.Generator) -> Tensor:
    """Means of `size` passes drawn from the pool with replacement: (draws, N, 10).

    Their spread is an estimate (the bootstrap's) of how means of `size` new passes would vary;
    their own mean is not used, since drawing with replacement makes it a little worse.
    """
    weights = resampled(len(pool), draws, generator, size) / size
    return (weights @ pool.flatten(1)).view(draws, *pool.shape[1:])


def windows(members: Tensor, size: int) -> Tensor:
    """Means of `size` neighbouring networks in a ring, each network equally often.

    members: (M, N, 10). Gives (M, N, 10), or (1, N, 10) when size is M.
    """
    starts = range(len(members) if size < len(members) else 1)
    return torch.stack([members.roll(-start, 0)[:size].mean(0) for start in starts])


def entropy(shares: Tensor) -> Tensor:
    """Entropy in nats (...,) of probabilities (..., classes): 0 when sure, log(classes) at most."""
    summed: Tensor = torch.special.entr(shares).sum(-1)
    return summed


def disagreement(pool: Tensor) -> Tensor:
    """Mutual information in nats (N,) of class and mask, from passes (P, N, classes).

    The entropy of the mean minus the mean entropy: what the passes do not agree upon. 0 when all
    say the same, however unsure. Source: Houlsby et al. 2011, "Bayesian Active Learning for
    Classification and Preference Learning".
    """
    return (entropy(pool.mean(0)) - entropy(pool).mean(0)).clamp(min=0)
