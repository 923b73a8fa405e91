"""Random streams: a generator each for weights, order, masks and so on; none disturbs another.

Two runs with one seed start from identical weights and see identical batches, whatever their
dropout draws.
"""

from __future__ import annotations

import hashlib
from typing import Literal

import torch

Stream = Literal["weights", "order", "masks", "augmentation", "noise", "labels"]


def generator(seed: int, stream: Stream, device: str = "cpu") -> torch.Generator:
    """A generator of its own for one purpose of one run."""
    digest = hashlib.sha256(f"{stream}/{seed}".encode()).digest()
    return torch.Generator(device=device).manual_seed(int.from_bytes(digest[:7], "little"))
