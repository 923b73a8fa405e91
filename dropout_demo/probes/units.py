"""What a layer's units do over many images: how active they are, and how alike."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import torch
from torch import Tensor

from dropout_demo.config import LAYERS, Layer
from dropout_demo.model import ArticleNet


@dataclass(frozen=True)
class UnitFacts:
    """One layer's units over many images.

    units: how many there are; a convolution's are its channels. dead: how many are never above 0
    over these images. mean: of all values. active: share (0..1) of all values above 0.
    varying: how many units are not constant. correlation: mean absolute Pearson correlation
    (0..1) over all pairs of those that vary; None where fewer than two do.
    """

    units: int
    dead: int
    mean: float
    active: float
    varying: int
    correlation: float | None


@torch.inference_mode()
def output_of(net: ArticleNet, layer: Layer, images: Tensor) -> Tensor:
    """What a layer gives before its own dropout, from normalised images (N, 3, 32, 32).

    Shapes as in `ArticleNet.stage`. The layers before it act in the mode that they are in.
    """
    output = net.stage("input", images)
    for last, following in pairwise(LAYERS):
        if last == layer:
            break
        output = net.stage(following, net.drop(last, output))
    return output


def unit_values(output: Tensor) -> Tensor:
    """A row for each time that every unit was looked at: (samples, units).

    Maps (N, C, H, W) give N * H * W samples of C channels: a channel is one unit that looks at
    every place. (N, units) are left as they are.
    """
    return output.movedim(1, -1).flatten(0, -2) if output.dim() > 2 else output


@torch.inference_mode()
def unit_facts(output: Tensor) -> UnitFacts:
    """What the units of a layer do over the images of this output (N, C, H, W) or (N, units)."""
    values = unit_values(output).double()
    active = values > 0
    varying = values.amax(0) > values.amin(0)  # a standard deviation of 0 may be lost in rounding
    return UnitFacts(
        units=values.shape[1],
        dead=int((~active.any(0)).sum()),
        mean=float(values.mean()),
        active=float(active.double().mean()),
        varying=int(varying.sum()),
        correlation=_mean_correlation(values[:, varying]),
    )


def _mean_correlation(values: Tensor) -> float | None:
    """Over the columns of (samples, units), every pair once; none of the columns is constant."""
    count = values.shape[1]
    if count < 2:
        return None
    sizes = torch.corrcoef(values.T).abs()
    return float((sizes.sum() - sizes.diagonal().sum()) / (count * (count - 1)))
