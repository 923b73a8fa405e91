"""The article's network, and where dropout may stand in it."""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn
from torch.nn import functional

from dropout_demo.config import LAYERS, Layer, RunConfig
from dropout_demo.masks import ElementDropout

IMAGE_SIZE = 32
CLASSES = 10
CONV_CHANNELS = (32, 64, 128)
DENSE_UNITS = 512
CONV_LAYERS: tuple[Layer, ...] = LAYERS[1:4]


class ArticleNet(nn.Module):
    """Three blocks of 3x3 convolution, ReLU and 2x2 max-pool, then two dense layers.

    Dropout may stand at each of the seven layers of `config.LAYERS` and acts on that layer's
    output. In its plain form it has 361,034 parameters.
    """

    def __init__(self, config: RunConfig, masks: torch.Generator) -> None:
        super().__init__()
        channels = [scaled(count, config.width) for count in CONV_CHANNELS]
        units = scaled(DENSE_UNITS, config.width)
        self.conv1 = nn.Conv2d(3, channels[0], 3, padding=config.padding)
        self.conv2 = nn.Conv2d(channels[0], channels[1], 3, padding=config.padding)
        self.conv3 = nn.Conv2d(channels[1], channels[2], 3, padding=config.padding)
        self.fc1 = nn.Linear(channels[2] * last_side(config.padding) ** 2, units)
        self.logits = nn.Linear(units, CLASSES)
        self.dropout = nn.ModuleDict(
            {layer: ElementDropout(config.dropout[layer].p, masks) for layer in config.dropout}
        )

    def forward(self, images: Tensor) -> Tensor:
        """Scores (N, 10) from normalised images (N, 3, 32, 32)."""
        x = self._drop("input", images)
        for layer in CONV_LAYERS:
            x = functional.max_pool2d(self.get_submodule(layer)(x), 2)
            # ReLU after the pool is the same function as before it, at a quarter of the work.
            x = self._drop(layer, functional.relu(x))  # (N, C, side, side)
        x = self._drop("flatten", x.flatten(1))  # (N, C * side * side)
        x = self._drop("fc1", functional.relu(self.fc1(x)))  # (N, units)
        return self._drop("logits", self.logits(x))  # (N, 10)

    def _drop(self, layer: Layer, x: Tensor) -> Tensor:
        return self.dropout[layer](x) if layer in self.dropout else x


def build(config: RunConfig, weights: torch.Generator, masks: torch.Generator) -> ArticleNet:
    """The network with weights drawn from `weights`; its dropout will draw from `masks`."""
    with torch.device("meta"):  # no draw from torch's global stream
        net = ArticleNet(config, masks)
    net = net.to_empty(device="cpu")
    for layer in ("conv1", "conv2", "conv3", "fc1", "logits"):
        module = net.get_submodule(layer)
        assert isinstance(module, nn.Conv2d | nn.Linear)
        _draw(module, weights)
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
