"""The network's layers in numbers, from its configuration alone: without torch, for pages."""

from __future__ import annotations

from dataclasses import dataclass
from math import prod

from dropout_demo.config import Layer, RunConfig

IMAGE_SIDE = 32
IMAGE_CHANNELS = 3
CLASSES = 10
CONV_CHANNELS = (32, 64, 128)
DENSE_UNITS = 512
KERNEL = 3
POOL = 2


@dataclass(frozen=True)
class LayerFacts:
    """One layer: what it does, what comes out of it for one image, and what it learns."""

    name: Layer
    title: str  # what it does, in words
    shape: tuple[int, ...]  # (channels, side, side), or (units,); without the batch
    parameters: int  # trained numbers, those of its batch normalisation included

    @property
    def units(self) -> int:
        """How many numbers come out of it for one image."""
        return prod(self.shape)

    @property
    def side(self) -> int | None:
        """Height and width of its maps in pixels; None where there are no maps."""
        return self.shape[-1] if len(self.shape) > 1 else None


def anatomy(config: RunConfig) -> tuple[LayerFacts, ...]:
    """All seven layers in the order in which an image passes them.

    Parameters of a layer: inputs times outputs (times 3 x 3 for a convolution) and one bias an
    output; batch normalisation adds a scale and a shift an output of every hidden layer.
    """
    norms = 0 if config.batch_norm == "none" else 2
    pixels = "Pixels, normalised to mean 0 and spread 1 in each colour"
    facts = [LayerFacts("input", pixels, (IMAGE_CHANNELS, IMAGE_SIDE, IMAGE_SIDE), 0)]
    names: tuple[Layer, ...] = ("conv1", "conv2", "conv3")
    for name, count in zip(names, CONV_CHANNELS, strict=True):
        before, side, _ = facts[-1].shape
        channels = scaled(count, config.width)
        learned = channels * (before * KERNEL**2 + 1 + norms)
        side = pooled_side(side, config.padding)
        title = "3 × 3 convolution, ReLU, then 2 × 2 max-pool"
        facts.append(LayerFacts(name, title, (channels, side, side), learned))
    flat, units = facts[-1].units, scaled(DENSE_UNITS, config.width)
    return (
        *facts,
        LayerFacts("flatten", "The maps of conv3 as one row of numbers", (flat,), 0),
        LayerFacts("fc1", "Dense layer, ReLU", (units,), units * (flat + 1 + norms)),
        LayerFacts("logits", "One score a class", (CLASSES,), CLASSES * (units + 1)),
    )


def total_parameters(config: RunConfig) -> int:
    """How many numbers the whole network learns; 361,034 in the article's."""
    return sum(facts.parameters for facts in anatomy(config))


def scaled(count: int, width: float) -> int:
    """A layer's number of units under a width multiplier; at least one."""
    return max(1, round(count * width))


def pooled_side(side: int, padding: int) -> int:
    """Height and width in pixels after a 3 x 3 convolution with this padding and a 2 x 2 pool."""
    return (side + 2 * padding - KERNEL + 1) // POOL
