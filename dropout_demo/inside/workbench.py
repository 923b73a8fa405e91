"""What answers work with: opened networks, and the images of a data set."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from dropout_demo import checkpoints
from dropout_demo.config import RunConfig
from dropout_demo.data import Split, load
from dropout_demo.devices import Device
from dropout_demo.evaluation import Pictures
from dropout_demo.model import ArticleNet

FP32 = Device("cpu", "fp32", "probes compute on the processor, in fp32")
MOST_OPEN = 24
"""Networks kept opened: those of two runs at each kept epoch, or an ensemble and more."""


@dataclass(frozen=True)
class Opened:
    """A trained network as it was after an epoch: fp32, in eval mode, with its own dropout."""

    net: ArticleNet
    config: RunConfig
    epoch: int


@dataclass(frozen=True)
class Batch:
    """Normalised images float32 (N, 3, 32, 32), channels last, and labels int64 (N,)."""

    images: Tensor
    labels: Tensor

    def __len__(self) -> int:
        return len(self.labels)


class Workbench:
    """Opens networks and images once and keeps them."""

    def __init__(self) -> None:
        self._opened: OrderedDict[tuple[str, str, int], Opened] = OrderedDict()

    def open(self, config: RunConfig, folder: str, epoch: int) -> Opened:
        """The network kept in `folder` after `epoch`. Raises CheckpointError, one sentence."""
        key = (config.hash, folder, epoch)
        if key not in self._opened:
            net = checkpoints.load(Path(folder), epoch, config)
            self._opened[key] = Opened(net, config, epoch)
        self._opened.move_to_end(key)
        while len(self._opened) > MOST_OPEN:
            self._opened.popitem(last=False)
        return self._opened[key]

    def split(self, dataset: str, part: str = "test") -> Split:
        """The images as they are, uint8, and labels. Raises DataError, one sentence."""
        split: Split = getattr(load(dataset), part)
        return split

    def batch(self, dataset: str, count: int, part: str = "test") -> Batch:
        """The first `count` images, ready for a network; each class equally often in them."""
        return _batch(dataset, count, part)


@lru_cache(maxsize=4)
def _batch(dataset: str, count: int, part: str) -> Batch:
    split: Split = getattr(load(dataset), part)
    return ready(split.images[:count], split.labels[:count])


def ready(images: Any, labels: Any) -> Batch:
    """Images uint8 (N, 32, 32, 3) and labels (N,) as a network takes them."""
    normalised, told = Pictures(images, labels, FP32).batch(torch.arange(len(labels)))
    return Batch(normalised, told)
