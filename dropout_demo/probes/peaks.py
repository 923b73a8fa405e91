"""Which images make a channel of a convolution answer most, and to which of their pixels."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from dropout_demo.config import LAYERS, Layer
from dropout_demo.model import CONV_LAYERS, ArticleNet

_KERNEL, _POOL = 3, 2


@dataclass(frozen=True)
class Peaks:
    """The largest output of each channel for each image, and where in its map it stands.

    value: fp32 (N, channels), >= 0; row, column: int64 (N, channels), places in the pooled map.
    """

    value: Tensor
    row: Tensor
    column: Tensor


@dataclass(frozen=True)
class Strongest:
    """For each channel the images with the largest outputs, largest first; equal ones in order.

    image: int64 (k, channels), places in the batch; value, row, column (k, channels) as in
    `Peaks`; active: fp32 (channels,), the share (0..1) of all images with an output above 0.
    """

    image: Tensor
    value: Tensor
    row: Tensor
    column: Tensor
    active: Tensor


@dataclass(frozen=True)
class Window:
    """A square of the image, in pixels; with padding it may reach beyond the image's 0..31."""

    top: int
    left: int
    side: int


@torch.inference_mode()
def peaks(net: ArticleNet, layer: Layer, images: Tensor) -> Peaks:
    """Peaks of conv1, conv2 or conv3 on normalised images (N, 3, 32, 32), masks off.

    The output is the layer's own: after ReLU and pooling, before its dropout.
    """
    x = images
    for at in LAYERS[1 : LAYERS.index(layer)]:
        x = net.drop(at, net.stage(at, x))
    maps = net.stage(layer, x)
    value, place = maps.flatten(2).max(2)
    side = maps.shape[3]
    return Peaks(value, place // side, place % side)


def strongest(parts: Sequence[Peaks], count: int) -> Strongest:
    """The `count` strongest images of each channel, from the peaks of all parts of a batch."""
    value = torch.cat([part.value for part in parts])
    row = torch.cat([part.row for part in parts])
    column = torch.cat([part.column for part in parts])
    image = value.argsort(dim=0, descending=True, stable=True)[:count]
    return Strongest(
        image,
        value.gather(0, image),
        row.gather(0, image),
        column.gather(0, image),
        (value > 0).float().mean(0),
    )


def window(layer: Layer, row: int, column: int, padding: int) -> Window:
    """The pixels that one place of a layer's pooled map can see: its receptive field.

    Each block of a 3x3 convolution and a 2x2 pool widens it by three steps of its input, and
    doubles the step. Without padding it is 4, 10 and 22 pixels wide at conv1, conv2 and conv3.
    """
    side, step, start = 1, 1, 0
    for _ in range(CONV_LAYERS.index(layer) + 1):
        start -= padding * step
        side += (_KERNEL - 1 + _POOL - 1) * step
        step *= _POOL
    return Window(start + row * step, start + column * step, side)
