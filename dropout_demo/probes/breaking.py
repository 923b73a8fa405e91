"""One trained network evaluated in wrong ways: the same weights, shared, and nothing changed.

Our dropout is inverted: kept numbers are multiplied by 1 / (1 - p) while training, nothing while
evaluating. Classic dropout (Srivastava et al. 2014, section 4) multiplies nothing while training
and all by 1 - p while evaluating. Both are one network when the classic one's next weights are
1 / (1 - p) times ours; a wrong factor there is therefore that factor over 1 - p here.
"""

from __future__ import annotations

import copy
from collections.abc import Mapping

import torch
from torch import Tensor, nn

from dropout_demo.config import LAYERS, Dropout, Layer
from dropout_demo.kinds import WeightDropout, make
from dropout_demo.model import ArticleNet
from dropout_demo.probes.units import output_of
from dropout_demo.probes.variants import with_dropout

_MASKS_TO_COUNT = 1 << 20  # numbers of block masks drawn to know the share kept, to 0.001 or so


def left_in_training(
    net: ArticleNet, dropout: Mapping[Layer, Dropout], generator: torch.Generator
) -> ArticleNet:
    """The network as if `eval()` had been forgotten.

    Its masks are on, drawn from `generator`, and batch normalisation goes by the batch that it is
    given, on copies, so that the running statistics of `net` stay what they are.
    """
    variant = with_dropout(net, dropout, generator)
    variant.norms = copy.deepcopy(net.norms)
    variant.dropout.train()
    variant.norms.train()
    return variant


def with_factors(net: ArticleNet, factors: Mapping[Layer, tuple[float, Dropout]]) -> ArticleNet:
    """The network without masks, its numbers multiplied by a factor where each dropout stands.

    That is a layer's output; for DropConnect, its weights. In eval mode.
    """
    variant = with_dropout(net, {}, torch.Generator())
    variant.dropout = nn.ModuleDict(
        {
            layer: _WeightFactor(factor) if drop.kind == "connect" else _Factor(factor)
            for layer, (factor, drop) in factors.items()
        }
    )
    return variant.eval()


def kept_shares(
    net: ArticleNet, dropout: Mapping[Layer, Dropout], images: Tensor, generator: torch.Generator
) -> dict[Layer, float]:
    """The share (0..1) that each dropout keeps, the inverse of its factor while training.

    1 - p; for blocks, which overlap, counted over masks for the maps that `images` (N, 3, 32, 32)
    lead to. Dropout that multiplies by noise of mean 1 keeps all and scales nothing: left out.
    """
    shares: dict[Layer, float] = {}
    for layer, drop in dropout.items():
        if drop.p > 0 and drop.kind != "gaussian":
            shares[layer] = 1 - drop.p
            if drop.kind == "block":
                maps = output_of(net, layer, images[:1])[0]
                shares[layer] = _kept_by_blocks(drop, layer, maps, generator)
    return shares


def first_random(dropout: Mapping[Layer, Dropout]) -> Layer:
    """The last layer whose output, before its dropout, is the same in every pass.

    DropConnect acts within its layer: there it is the layer before. `logits` without dropout.
    """
    for before, layer in zip(("input", *LAYERS), LAYERS, strict=False):
        if layer in dropout and dropout[layer].p > 0:
            return before if dropout[layer].kind == "connect" else layer
    return "logits"


class _Factor(nn.Module):
    """Multiplies by a number that never changes."""

    def __init__(self, factor: float) -> None:
        super().__init__()
        self.factor = factor

    def forward(self, x: Tensor) -> Tensor:
        return x * self.factor


class _WeightFactor(WeightDropout):
    """Multiplies the weights of a dense layer, as the network hands them to DropConnect."""

    def __init__(self, factor: float) -> None:
        super().__init__(0.0, torch.Generator())
        self.factor = factor

    def forward(self, x: Tensor) -> Tensor:
        return x * self.factor


def _kept_by_blocks(drop: Dropout, layer: Layer, maps: Tensor, generator: torch.Generator) -> float:
    count = max(1, _MASKS_TO_COUNT // maps.numel())
    ones = torch.ones(count, *maps.shape)
    kept = make(drop, layer, generator).train()(ones) > 0
    return float(kept.double().mean())
