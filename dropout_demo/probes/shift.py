"""Variance shift: what dropout does to the statistics that batch normalisation goes by.

While training, a batch norm sees numbers under masks and 1 / (1 - p); in evaluation it sees them
without, and still divides by the variance that it has seen in training. Source: Li, Chen, Hu and
Yang 2018, "Understanding the Disharmony between Dropout and Batch Normalization by Variance Shift".
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

import torch
from torch import Tensor, nn

from dropout_demo.config import Dropout, Layer
from dropout_demo.model import ArticleNet
from dropout_demo.probes.variants import masks_on, with_dropout


@torch.inference_mode()
def variances(net: ArticleNet, images: Tensor) -> dict[str, Tensor]:
    """By layer, the variance by channel of what enters its batch norm: (channels,).

    images: normalised, (N, 3, 32, 32); over all images and places. The network as it is.
    """
    entering: dict[str, Tensor] = {}
    hooks = [
        norm.register_forward_pre_hook(_keeper(entering, layer))
        for layer, norm in net.norms.items()
    ]
    try:
        net(images)
    finally:
        for hook in hooks:
            hook.remove()
    return entering


@torch.inference_mode()
def shift(
    net: ArticleNet,
    dropout: Mapping[Layer, Dropout],
    images: Tensor,
    generator: torch.Generator,
    passes: int,
) -> dict[str, float]:
    """By layer, the mean over channels of variance in evaluation / variance under masks.

    1 where nothing shifts, below 1 where masks add spread that evaluation lacks. Channels whose
    variance is 0 under masks are left out. The variance under masks is the mean of `passes` passes.
    """
    without = variances(net, images)
    masked = masks_on(with_dropout(net, dropout, generator))
    drawn = [variances(masked, images) for _ in range(passes)]
    told = {}
    for layer, evaluated in without.items():
        trained = torch.stack([one[layer] for one in drawn]).mean(0)
        there = trained > 0
        told[layer] = float((evaluated[there] / trained[there]).mean())
    return told


def _keeper(
    entering: dict[str, Tensor], layer: str
) -> Callable[[nn.Module, tuple[Tensor, ...]], None]:
    def keep(_: nn.Module, given: tuple[Tensor, ...]) -> None:
        entering[layer] = given[0].transpose(0, 1).flatten(1).double().var(dim=1)

    return keep
