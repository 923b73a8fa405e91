"""Pictures as the network takes them, and how well it does on them with dropout off."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor, nn
from torch.nn import functional

from dropout_demo.devices import Device
from dropout_demo.events import Measure

# Mean and standard deviation of CIFAR-10's training images by channel, in 0..255.
CHANNEL_MEAN = (125.31, 122.95, 113.87)
CHANNEL_STD = (62.99, 62.09, 66.70)
CHUNK = 125


class Pictures:
    """Some images with their labels, handed to the network batch by batch.

    images: uint8 (N, 32, 32, 3); labels: int64 (N,). On a graphics processor all are kept there.
    """

    def __init__(
        self, images: npt.NDArray[np.uint8], labels: npt.NDArray[np.int64], device: Device
    ) -> None:
        self.device = device
        self.mean = torch.tensor(CHANNEL_MEAN, device=device.name).view(1, 3, 1, 1)
        self.scale = 1 / torch.tensor(CHANNEL_STD, device=device.name).view(1, 3, 1, 1)
        self.labels = torch.from_numpy(np.array(labels)).to(device.name)
        self.images = images
        self.kept = (
            None if device.name == "cpu" else torch.from_numpy(np.array(images)).to(device.name)
        )

    def __len__(self) -> int:
        return len(self.labels)

    def batch(self, index: Tensor) -> tuple[Tensor, Tensor]:
        """Normalised images (n, 3, 32, 32), channels last, and labels (n,), by index (n,)."""
        if self.kept is None:
            pixels = torch.from_numpy(self.images[index.numpy()])
        else:
            index = index.to(self.device.name)
            pixels = self.kept[index]
        return self._normalised(pixels), self.labels[index]

    def chunk(self, start: int) -> tuple[Tensor, Tensor]:
        """Up to CHUNK consecutive images from `start`, as `batch` gives them."""
        part = slice(start, start + CHUNK)
        pixels = (
            torch.from_numpy(np.array(self.images[part])) if self.kept is None else self.kept[part]
        )
        return self._normalised(pixels), self.labels[part]

    def _normalised(self, pixels: Tensor) -> Tensor:
        return (
            pixels.permute(0, 3, 1, 2)
            .float()
            .sub_(self.mean)
            .mul_(self.scale)
            .to(self.device.dtype)
        )


class Stopped(Exception):
    """Somebody wants the work to end."""


def measure(net: nn.Module, pictures: Pictures, should_stop: Callable[[], bool]) -> Measure:
    """Mean cross-entropy (nats a sample) and accuracy in eval mode; the mode is put back.

    Raises Stopped soon after `should_stop` says so.
    """
    loss, correct = 0.0, 0
    was_training = net.training
    net.eval()
    try:
        with torch.inference_mode():
            for start in range(0, len(pictures), CHUNK):
                if should_stop():
                    raise Stopped
                images, labels = pictures.chunk(start)
                scores = net(images).float()
                loss += functional.cross_entropy(scores, labels, reduction="sum").item()
                correct += int((scores.argmax(1) == labels).sum())
    finally:
        net.train(was_training)
    return Measure(loss / len(pictures), correct / len(pictures))
