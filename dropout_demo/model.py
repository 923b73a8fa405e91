"""The article's network, and where dropout may stand in it."""

from __future__ import annotations

import math
from typing import Self

import torch
from torch import Tensor, nn
from torch.nn import functional

from dropout_demo.config import LAYERS, Layer, RunConfig
from dropout_demo.kinds import WeightDropout, make
from dropout_demo.masks import RandomLayer

IMAGE_SIZE = 32
CLASSES = 10
CONV_CHANNELS = (32, 64, 128)
DENSE_UNITS = 512
CONV_LAYERS: tuple[Layer, ...] = LAYERS[1:4]


class ArticleNet(nn.Module):
    """Three blocks of 3x3 convolution, ReLU and 2x2 max-pool, then two dense layers.

    Dropout may stand at each of the seven layers of `config.LAYERS` and acts on that layer's
    output; DropConnect acts on a dense layer's weights. Batch normalisation may stand in every
    hidden layer, before ReLU or after dropout. In its plain form it has 361,034 parameters.
    """

    def __init__(self, config: RunConfig, masks: torch.Generator) -> None:
        super().__init__()
        channels = [scaled(count, config.width) for count in CONV_CHANNELS]
        units = scaled(DENSE_UNITS, config.width)
        self.conv1 = nn.Conv2d(3, channels[0], 3, padding=config.padding)
        self.conv2 = nn.Conv2d(channels[0], channels[1], 3, padding=config.padding)
        self.conv3 = nn.Conv2d(channels[1], channels[2], 3, padding=config.padding)
        self.last_side = last_side(config.padding)
        self.fc1 = nn.Linear(channels[2] * self.last_side**2, units)
        self.logits = nn.Linear(units, CLASSES)
        self.dropout = nn.ModuleDict(
            {layer: make(drop, layer, masks) for layer, drop in config.dropout.items()}
        )
        self.batch_norm = config.batch_norm
        self.norms = nn.ModuleDict()  # its parameters stay fp32, see `to_dtype`
        if config.batch_norm != "none":
            for layer, count in zip(CONV_LAYERS, channels, strict=True):
                self.norms[layer] = nn.BatchNorm2d(count)
            self.norms["fc1"] = nn.BatchNorm1d(units)

    def forward(self, images: Tensor) -> Tensor:
        """Scores (N, 10) from normalised images (N, 3, 32, 32)."""
        return self.onward("input", images)

    def onward(self, layer: Layer, output: Tensor) -> Tensor:
        """Scores (N, 10) from what a layer gives, by way of its dropout and all that follows."""
        x = self.drop(layer, output)
        for following in LAYERS[LAYERS.index(layer) + 1 :]:
            x = self.drop(following, self.stage(following, x))
        return x

    def stage(self, layer: Layer, x: Tensor) -> Tensor:
        """What a layer gives, before its dropout, from what left the layer before it.

        Shapes: input and the convolutions (N, C, side, side), flatten (N, C * side * side),
        fc1 (N, units), logits (N, 10). `input` gives its images unchanged.
        """
        if layer in CONV_LAYERS:
            # ReLU after the pool is the same function as before it, at a quarter of the work.
            return functional.relu(functional.max_pool2d(self.before_pool(layer, x), 2))
        if layer == "flatten":
            return x.flatten(1)
        if layer == "fc1":
            return functional.relu(self._norm("before", "fc1", self._dense("fc1", x)))
        return self._dense("logits", x) if layer == "logits" else x

    def before_pool(self, layer: Layer, x: Tensor) -> Tensor:
        """The maps of a convolution (N, C, side, side) as they enter pooling; may be negative."""
        return self._norm("before", layer, self.get_submodule(layer)(x))

    def drop(self, layer: Layer, output: Tensor) -> Tensor:
        """What leaves a layer: its output under its dropout, in training mode, and normalised
        where batch normalisation comes after dropout.
        """
        x = output
        if layer in self.dropout and not isinstance(self.dropout[layer], WeightDropout):
            x = self.dropout[layer](x)
        if layer == "flatten":  # the norm of conv3 waits for flatten's dropout and needs its maps
            maps = x.view(len(x), self.conv3.out_channels, self.last_side, self.last_side)
            return self._norm("after", "conv3", maps).flatten(1)
        return self._norm("after", layer, x) if layer in ("conv1", "conv2", "fc1") else x

    def scale_dropout(self, factor: float) -> None:
        """Set every dropout to `factor` (0..1) times its rate."""
        for drop in self.dropout.values():
            assert isinstance(drop, RandomLayer)
            drop.p = factor * drop.rate

    def to_dtype(self, dtype: torch.dtype) -> Self:
        """Weights in a number format; batch normalisation stays in fp32.

        bf16 would lose the small changes of its running statistics; torch takes bf16 maps and
        fp32 statistics together.
        """
        for name, part in self.named_children():
            if name != "norms":
                part.to(dtype)
        return self

    def _norm(self, place: str, layer: Layer, x: Tensor) -> Tensor:
        normalised: Tensor = self.norms[layer](x) if self.batch_norm == place else x
        return normalised

    def _dense(self, layer: Layer, x: Tensor) -> Tensor:
        """(N, out) from (N, in), with this step's weights where DropConnect stands."""
        dense = self.get_submodule(layer)
        assert isinstance(dense, nn.Linear)
        if layer in self.dropout and isinstance(self.dropout[layer], WeightDropout):
            return functional.linear(x, self.dropout[layer](dense.weight), dense.bias)
        scores: Tensor = dense(x)
        return scores


def build(config: RunConfig, weights: torch.Generator, masks: torch.Generator) -> ArticleNet:
    """The network with weights drawn from `weights`; its dropout will draw from `masks`."""
    with torch.device("meta"):  # no draw from torch's global stream
        net = ArticleNet(config, masks)
    net = net.to_empty(device="cpu")
    for layer in ("conv1", "conv2", "conv3", "fc1", "logits"):
        module = net.get_submodule(layer)
        assert isinstance(module, nn.Conv2d | nn.Linear)
        _draw(module, weights)
    for norm in net.norms.values():
        assert isinstance(norm, nn.BatchNorm1d | nn.BatchNorm2d)
        norm.reset_parameters()  # constants: batch normalisation draws nothing
    return net


def _draw(module: nn.Conv2d | nn.Linear, weights: torch.Generator) -> None:
    """torch's default initialisation (uniform, bound 1/sqrt(fan in)) from a stream of our own."""
    nn.init.kaiming_uniform_(module.weight, a=math.sqrt(5), generator=weights)
    bound = 1 / math.sqrt(module.weight[0].numel())
    assert module.bias is not None
    nn.init.uniform_(module.bias, -bound, bound, generator=weights)


def scaled(count: int, width: float) -> int:
    """A layer's number of units under a width multiplier; at least one."""
    return max(1, round(count * width))


def last_side(padding: int) -> int:
    """Height and width of conv3's output after pooling, in pixels: 2, or 4 with padding 1."""
    side = IMAGE_SIZE
    for _ in CONV_LAYERS:
        side = (side - 2 + 2 * padding) // 2
    return side


def parameter_count(net: nn.Module) -> int:
    """Number of trained parameters."""
    return sum(parameter.numel() for parameter in net.parameters())
