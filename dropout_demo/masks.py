"""Dropout masks from a generator of their own; inverted dropout, as in torch.nn.Dropout."""

from __future__ import annotations

import torch
from torch import Tensor, nn

_BITS = 32


def keep_mask(like: Tensor, p: float, generator: torch.Generator) -> Tensor:
    """True where an element is kept, with probability 1 - p each; bool, the shape of `like`.

    On the CPU two elements share one 64-bit draw, which is several times cheaper than drawing
    floats; p is thereby rounded to a multiple of 2**-32.
    """
    if like.device.type != "cpu":
        return torch.rand(like.shape, generator=generator, device=like.device) >= p
    count = like.numel()
    words = torch.empty((count + 1) // 2, dtype=torch.int64)
    words.random_(-(2**63), None, generator=generator)
    # Memory order follows `like`, so that multiplying needs no copy for channels-last tensors.
    bits = words.view(torch.int32)[:count]
    threshold = min(round(p * 2**_BITS), 2**_BITS - 1) - 2 ** (_BITS - 1)
    return torch.as_strided(bits >= threshold, like.shape, _dense_strides(like))


def _dense_strides(like: Tensor) -> tuple[int, ...]:
    return torch.empty_like(like).stride()


class ElementDropout(nn.Module):
    """Drops single elements with probability p while training; the identity in eval mode.

    Kept elements are scaled by 1 / (1 - p), so that the mean stays. Any shape, any float dtype.
    p = 0 draws nothing and returns its input.
    """

    def __init__(self, p: float, generator: torch.Generator) -> None:
        super().__init__()
        self.p = p
        self.generator = generator

    def forward(self, x: Tensor) -> Tensor:
        """The input with some elements at zero, of the same shape and dtype."""
        if not self.training or self.p == 0:
            return x
        scale = keep_mask(x, self.p, self.generator).to(x.dtype).mul_(1 / (1 - self.p))
        return x * scale

    def extra_repr(self) -> str:
        """What printing the module shows."""
        return f"p={self.p}"
