"""Wrong labels on purpose: a network that still learns them has memorised."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import torch

from dropout_demo.model import CLASSES
from dropout_demo.streams import generator


def with_noise(labels: npt.NDArray[np.int64], fraction: float, seed: int) -> npt.NDArray[np.int64]:
    """Labels (N,) of which round(fraction * N) are replaced by a class drawn at random.

    All ten classes are as likely, so one in ten of those replaced is as before (Zhang et al. 2017,
    "Understanding Deep Learning Requires Rethinking Generalization"). With one seed and N, what a
    smaller fraction replaces a larger one replaces alike. `labels` is left as it was.
    """
    count = round(fraction * len(labels))
    if count == 0:
        return labels
    stream = generator(seed, "labels")
    chosen = torch.randperm(len(labels), generator=stream)[:count]
    noisy = np.array(labels)
    noisy[chosen.numpy()] = torch.randint(CLASSES, (count,), generator=stream).numpy()
    return noisy
