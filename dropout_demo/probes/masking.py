"""One mask at one layer: what it meets, what it leaves, and what that does to mean and spread."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional

from dropout_demo.config import LAYERS, Layer
from dropout_demo.masks import keep_mask
from dropout_demo.model import ArticleNet

POOL = 2  # side of a pooling window
_CHUNK = 1_000_000  # numbers masked at a time, to bound memory

Outputs = Mapping[Layer, Tensor]
"""What each layer gives, before its dropout: (N, C, side, side), or (N, units)."""


@dataclass(frozen=True)
class Site:
    """Where a mask acts: on single numbers or whole channels of a layer, 0 <= rate < 1.

    before_pool: on a convolution's maps after ReLU as they enter pooling, instead of what leaves.
    """

    layer: Layer
    rate: float
    channels: bool = False
    before_pool: bool = False

    @property
    def scale(self) -> float:
        """What the numbers kept are multiplied by: 1 / (1 - rate)."""
        return 1 / (1 - self.rate)

    @property
    def window_survival(self) -> float:
        """Probability that something is left of a 2 x 2 window under a mask before pooling.

        1 - p**4 for single numbers, of which all four must drop; 1 - p for channels, which drop
        whole windows at once.
        """
        return 1 - (self.rate if self.channels else self.rate**POOL**2)


@dataclass(frozen=True)
class Moments:
    """Mean and standard deviation (divided by n) of a layer's numbers."""

    mean: float
    std: float


def clean_outputs(net: ArticleNet, images: Tensor) -> dict[Layer, Tensor]:
    """What each layer gives for normalised images (N, 3, 32, 32), without any mask.

    net: in eval mode, as all functions here take it.
    """
    return _onward(net, {}, images)


def met_by(net: ArticleNet, outputs: Outputs, site: Site) -> Tensor:
    """The numbers that a mask at this place acts on, given what the layers give without it."""
    if not site.before_pool:
        return outputs[site.layer]
    before = LAYERS[LAYERS.index(site.layer) - 1]
    entering = net.drop(before, outputs[before])
    return functional.relu(net.before_pool(site.layer, entering))


def draw(met: Tensor, site: Site, generator: torch.Generator) -> Tensor:
    """A mask for these numbers: bool, of their shape, True where they are kept.

    From one state of the generator the masks of two rates are nested: what the lower rate drops,
    the higher drops too.
    """
    if not site.channels:
        return keep_mask(met.new_empty(met.shape), site.rate, generator)
    return keep_mask(met.new_empty((*met.shape[:2], 1, 1)), site.rate, generator).expand_as(met)


def masked(met: Tensor, keep: Tensor, site: Site) -> Tensor:
    """What leaves the layer: the numbers kept, scaled by 1 / (1 - rate), and pooled if need be."""
    left = met * keep * site.scale
    return functional.max_pool2d(left, POOL) if site.before_pool else left


def masked_outputs(
    net: ArticleNet, outputs: Outputs, site: Site, left: Tensor
) -> dict[Layer, Tensor]:
    """What each layer gives when `left` leaves the layer of the mask; those before it as they were.

    outputs: without a mask. left: from `masked`.
    """
    before = LAYERS[: LAYERS.index(site.layer)]
    return _onward(net, {layer: outputs[layer] for layer in before}, left)


def _onward(net: ArticleNet, known: dict[Layer, Tensor], output: Tensor) -> dict[Layer, Tensor]:
    """All outputs, from those of the first layers and that of the next one."""
    result = dict(known)
    layers = LAYERS[len(known) :]
    for layer, following in zip(layers, [*layers[1:], None], strict=True):
        result[layer] = output
        if following is not None:
            output = net.stage(following, net.drop(layer, output))
    return result


def surviving(keep: Tensor) -> Tensor:
    """Which 2 x 2 windows have a number left: bool (N, C, side // 2, side // 2)."""
    return functional.max_pool2d(keep.float(), POOL) > 0


def moments(numbers: Tensor) -> Moments:
    """Mean and spread of these numbers."""
    exact = numbers.double()
    return Moments(exact.mean().item(), exact.std(correction=0).item())


def expected_moments(met: Tensor, site: Site) -> Moments:
    """Mean and spread of what leaves the layer, over all its numbers and all masks there are.

    A number x under a mask keeps its mean and gains the variance p / (1 - p) * x**2. Of a window
    v1 >= v2 >= v3 >= v4 >= 0 the mask leaves v_i as the largest with probability
    p**(i - 1) * (1 - p), so that pooling gives the mean sum v_i * p**(i - 1), more than v1, and
    the mean square sum v_i**2 * p**(i - 1) / (1 - p). Whole channels drop alike before and after.
    """
    p = site.rate
    if site.before_pool and not site.channels:
        values = _windows(met).double().sort(-1, descending=True).values
        weights = p ** torch.arange(POOL**2, dtype=torch.float64)
        means, squares = (values * weights).sum(-1), (values**2 * weights).sum(-1) / (1 - p)
    else:
        means = (functional.max_pool2d(met, POOL) if site.before_pool else met).double()
        squares = means**2 / (1 - p)
    mean = means.mean().item()
    return Moments(mean, max(0.0, squares.mean().item() - mean**2) ** 0.5)


def counted_moments(
    met: Tensor, site: Site, masks: int, generator: torch.Generator
) -> Iterator[Moments]:
    """The same, counted over the numbers under this many masks drawn; after each part of them."""
    at_once = max(1, _CHUNK // met.numel())
    done, total, squares, count = 0, 0.0, 0.0, 0
    while done < masks:
        repeated = met.expand(min(at_once, masks - done), *met.shape[1:])
        left = masked(repeated, draw(repeated, site, generator), site)
        done += len(left)
        total += left.sum(dtype=torch.float64).item()
        squares += left.square_().sum(dtype=torch.float64).item()
        count += left.numel()
        mean = total / count
        yield Moments(mean, max(0.0, squares / count - mean**2) ** 0.5)


def _windows(maps: Tensor) -> Tensor:
    """The pooling windows of maps: (N, C, side // 2, side // 2, 4)."""
    return maps.unfold(2, POOL, POOL).unfold(3, POOL, POOL).flatten(4)
