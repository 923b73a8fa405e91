"""The first steps of a process are slow (libraries load, kernels compile): take them beforehand."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch

from dropout_demo.config import Dropout, Layer, RunConfig
from dropout_demo.data import Data, DataError, Split, load, status
from dropout_demo.devices import choose
from dropout_demo.training import train

WARM_UP_IMAGES = 256


def warm_up() -> dict[str, Any]:
    """Train a moment on noise and map the prepared data; says what this process computes on."""
    device = choose()
    torch.set_num_threads(1)
    rates: dict[Layer, Dropout] = {"flatten": Dropout(0.5), "fc1": Dropout(0.5)}
    config = RunConfig(train_size=WARM_UP_IMAGES, epochs=1, dropout=rates)
    for _ in train(config, _noise()):
        pass
    for name in ("cifar10", "shapes"):
        if status(name).prepared:
            try:
                load(name)
            except DataError:
                continue  # the run that needs it will say so
    return {"device": device.name, "precision": device.precision, "reason": device.reason}


def _noise() -> Data:
    images = np.zeros((WARM_UP_IMAGES, 32, 32, 3), np.uint8)
    labels = np.zeros(WARM_UP_IMAGES, np.int64)
    split = Split(images, labels)
    return Data(train=split, val=split, test=split)
