"""What training images go through before every step: mirroring, cutting out anew, noise.

Each draws from streams of its own, so that the arms of a pair see identical images.
"""

from __future__ import annotations

from collections.abc import Mapping

import torch
from torch import Tensor
from torch.nn import functional

from dropout_demo.config import RunConfig
from dropout_demo.masks import normals
from dropout_demo.streams import generator

ADDED = 4
"""Pixels added on each side before a window of the old size is cut out."""


class Augmenter:
    """Changes the normalised images of a batch as a configuration says."""

    def __init__(self, config: RunConfig, device: str) -> None:
        self.crops = config.augmentation in ("crop", "flip-crop")
        self.flips = config.augmentation in ("flip", "flip-crop")
        self.noise = config.input_noise
        # Few numbers a batch: drawn on the CPU, windows and mirrors are the same on every device.
        self.windows = generator(config.seed, "augmentation")
        self.noises = generator(config.seed, "noise", device)

    def __call__(self, images: Tensor) -> Tensor:
        """Images (N, C, H, W) in, images of the same shape, dtype and memory order out."""
        if self.crops:
            corners = torch.randint(2 * ADDED + 1, (2, len(images)), generator=self.windows)
            images = cropped(images, corners)
        if self.flips:
            mirror = torch.randint(2, (len(images),), generator=self.windows)
            images = mirrored(images, mirror)
        if self.noise > 0:
            images = images + normals(images, self.noises).mul_(self.noise).to(images.dtype)
        return images

    def state(self) -> dict[str, Tensor]:
        """Where its streams are."""
        return {"windows": self.windows.get_state(), "noises": self.noises.get_state()}

    def restore(self, state: Mapping[str, Tensor]) -> None:
        """Draw on from where `state` said."""
        self.windows.set_state(state["windows"])
        self.noises.set_state(state["noises"])


def cropped(images: Tensor, corners: Tensor) -> Tensor:
    """A window of each image (N, C, H, W), of its size, after 4 pixels were added on each side.

    corners: int64 (2, N), top and left of each window, 0..8; (4, 4) is the image itself. Added
    pixels are 0, which is the mean colour of normalised images (He et al. 2016).
    """
    size = images.shape[2]
    grown = functional.pad(images, (ADDED,) * 4)
    windows = grown.unfold(2, size, 1).unfold(3, size, 1)  # (N, C, 9, 9, H, W), a view
    top, left = corners.to(images.device)
    return windows[torch.arange(len(images), device=images.device), :, top, left]


def mirrored(images: Tensor, mirror: Tensor) -> Tensor:
    """Images (N, C, H, W), those with a 1 in `mirror`, int64 (N,), turned left to right."""
    turned = mirror.to(images.device).bool().view(-1, 1, 1, 1)
    return torch.where(turned, images.flip(3), images)
