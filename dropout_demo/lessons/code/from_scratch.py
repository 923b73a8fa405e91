"""Dropout, for arrays and tensors alike."""

from collections.abc import Callable
from typing import Any


def dropout(
    x: Any,
    p: float,
    training: bool,
    uniform: Callable[[Any], Any],
) -> Any:
    """Drop each number with probability p < 1.

    uniform(shape): numbers in 0..1, as torch.rand
    """
    if not training:
        return x  # evaluation: all as it is
    keep = uniform(x.shape) >= p  # a coin each
    return x * keep / (1 - p)  # kept ones grow
