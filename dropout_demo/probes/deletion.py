"""A trained network from which some units of one layer are taken away, the same for all images."""

from __future__ import annotations

import torch
from torch import Tensor

from dropout_demo.config import Layer
from dropout_demo.model import ArticleNet


def counts_deleted(units: int, shares: tuple[float, ...]) -> tuple[int, ...]:
    """How many units to take away for these shares (0..1) of them: each number once, ascending.

    The nearest whole number to each share; at least one unit is left.
    """
    return tuple(sorted({min(round(share * units), units - 1) for share in shares}))


def draw_kept(units: int, deleted: int, generator: torch.Generator) -> Tensor:
    """Which units stay: bool (units,), exactly `deleted` of them False, each choice as likely.

    Raises ValueError unless 0 <= deleted < units.
    """
    if not 0 <= deleted < units:
        raise ValueError(f"{deleted} of {units} units cannot be taken away.")
    kept = torch.ones(units, dtype=torch.bool)
    kept[torch.randperm(units, generator=generator)[:deleted]] = False
    return kept


def without_units(output: Tensor, kept: Tensor, *, rescaled: bool) -> Tensor:
    """The output (N, units) or (N, C, H, W) with units, or whole channels, at zero.

    kept: bool (units,) or (C,). rescaled: those kept are multiplied by units / kept ones, which
    is 1 / (1 - k) for the share k that is really gone; the mean over all choices of as many units
    is then the output itself. With nothing to take away the output comes back as it is.
    """
    if bool(kept.all()):
        return output
    factor = len(kept) / int(kept.sum()) if rescaled else 1.0
    scale = kept.to(output.dtype) * factor
    return output * scale.view(1, -1, *[1] * (output.dim() - 2))


@torch.inference_mode()
def correct_without(
    net: ArticleNet, layer: Layer, output: Tensor, labels: Tensor, kept: Tensor, *, rescaled: bool
) -> int:
    """How many images are still classified rightly without some units of a layer.

    output: what the layer gives before its dropout, for N images; labels int64 (N,). The rest of
    the network acts in the mode that it is in.
    """
    scores = net.onward(layer, without_units(output, kept, rescaled=rescaled))
    return int((scores.argmax(1) == labels).sum())
