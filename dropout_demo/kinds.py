"""Dropout of whole channels, of blocks and of weights; and the table of all kinds."""

from __future__ import annotations

import functools
import threading
from collections.abc import Callable, Mapping
from typing import Any

import torch
from immutabledict import immutabledict
from torch import Tensor

from dropout_demo.config import Dropout, Layer
from dropout_demo.masks import ElementDropout, GaussianDropout, RandomLayer, keep_mask
from dropout_demo.vision import import_torchvision

BLOCK_SIDE: Mapping[Layer, int] = immutabledict({"input": 7, "conv1": 5, "conv2": 3, "conv3": 3})
"""Side of a dropped block by layer, in pixels; odd, as torchvision's DropBlock demands.

Maps that are smaller take the largest odd side that fits: conv3 without padding has maps of
2 x 2 pixels, and so blocks of one.
"""

_torchs_stream = threading.Lock()


class ChannelDropout(RandomLayer):
    """Drops whole channels of maps (N, C, H, W), each with probability p: torch.nn.Dropout2d.

    Kept channels are scaled by 1 / (1 - p). torch's own takes no generator, hence the mask is
    ours. Source: Tompson et al. 2015, "Efficient Object Localization Using Convolutional Networks".
    """

    def perturbed(self, x: Tensor) -> Tensor:
        """The maps with some at zero."""
        one_a_channel = x.new_empty((*x.shape[:2], 1, 1))
        scale = keep_mask(one_a_channel, self.p, self.generator).to(x.dtype).mul_(1 / (1 - self.p))
        return x * scale


class BlockDropout(RandomLayer):
    """Drops square blocks of maps (N, C, H, W): torchvision's DropBlock.

    p is the share that the blocks would cover if none overlapped. They do, so less drops: of maps
    of 15 x 15 under blocks of 5, p = 0.1, 0.25, 0.5 and 0.9 drop 0.10, 0.21, 0.37 and 0.55
    (measured), and the middle of a map more often than its rim. Kept numbers are scaled by
    1 / the share kept of the whole batch, not by 1 / (1 - p).
    Source: Ghiasi et al. 2018, "DropBlock".
    """

    def __init__(self, p: float, generator: torch.Generator, side: int) -> None:
        super().__init__(p, generator)
        self.side = side

    def perturbed(self, x: Tensor) -> Tensor:
        """The maps with some blocks at zero."""
        fits = min(self.side, *x.shape[2:])
        side = fits - 1 + fits % 2  # the largest odd side that fits
        drop_block = functools.partial(_torchvisions_drop_block(), x, self.p, side)
        return _drawing_from(self.generator, drop_block)

    def extra_repr(self) -> str:
        """What printing the module shows."""
        return f"p={self.p}, side={self.side}"


class WeightDropout(ElementDropout):
    """DropConnect: drops single weights of a dense layer, one mask a step for the whole batch.

    Takes the weights (out, in) and gives those for this step: kept ones are scaled by 1 / (1 - p);
    biases are not touched. In eval mode all weights act, which is the simple mean network and not
    the paper's sampling from a Gaussian. Source: Wan et al. 2013, "Regularization of Neural
    Networks using DropConnect".
    """


def make(drop: Dropout, layer: Layer, generator: torch.Generator) -> RandomLayer:
    """The module for a dropout at a layer, drawing from `generator`."""
    if drop.kind == "block":
        return BlockDropout(drop.p, generator, BLOCK_SIDE[layer])
    return _KINDS[drop.kind](drop.p, generator)


_KINDS: Mapping[str, Callable[[float, torch.Generator], RandomLayer]] = immutabledict(
    element=ElementDropout,
    channel=ChannelDropout,
    gaussian=GaussianDropout,
    connect=WeightDropout,
)


@functools.cache
def _torchvisions_drop_block() -> Callable[[Tensor, float, int], Tensor]:
    """Found at the first use: importing torchvision takes a second, and few runs need it."""
    function: Callable[[Tensor, float, int], Tensor] = import_torchvision().ops.drop_block2d
    return function


def _drawing_from(generator: torch.Generator, function: Callable[[], Tensor]) -> Tensor:
    """Call a function that draws from torch's global stream, from `generator` instead.

    The global stream is left as it was; runs in other threads wait for their turn. Swapping the
    states takes microseconds.
    """
    with _torchs_stream:
        torchs = _global_generator(generator.device)
        before = torchs.get_state()
        torchs.set_state(generator.get_state())
        try:
            return function()
        finally:
            generator.set_state(torchs.get_state())
            torchs.set_state(before)


def _global_generator(device: torch.device) -> Any:
    if device.type == "cuda":
        return torch.cuda.default_generators[device.index or 0]
    if device.type == "mps":
        return torch.mps._get_default_mps_generator()
    return torch.default_generator
