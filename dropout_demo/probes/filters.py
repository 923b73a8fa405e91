"""The first layer's filters: weights on colours, small enough to be seen as pictures."""

from __future__ import annotations

import torch
from torch import Tensor

from dropout_demo.model import ArticleNet


def first_filters(net: ArticleNet) -> Tensor:
    """The weights of conv1, fp32 (filters, 3, 3, 3): filter, colour (red green blue), row, column.

    They act on normalised images: a weight w on red adds w for each standard deviation of red.
    """
    return net.conv1.weight.detach().contiguous()


def as_pixels(weights: Tensor, scale: float) -> Tensor:
    """Filters (n, 3, 3, 3) as pictures uint8 (n, 3, 3, 3): filter, row, column, colour.

    0 becomes the middle grey 128, `scale` (> 0) becomes 255 and -scale becomes 1; what lies beyond
    is cut off.
    """
    shades = (weights / scale).clamp(-1, 1).mul(127).round().add(128)
    return shades.permute(0, 2, 3, 1).to(torch.uint8).contiguous()


@torch.inference_mode()
def first_maps(net: ArticleNet, image: Tensor) -> Tensor:
    """What each filter makes of one normalised image (3, 32, 32): fp32 (filters, side, side) >= 0.

    After bias, batch normalisation where it comes first, and ReLU; before pooling.
    """
    maps: Tensor = net.before_pool("conv1", image.unsqueeze(0)).relu().squeeze(0).contiguous()
    return maps
