"""The three splits of a data set, and the order in which their images stand."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from dropout_demo.data.outlines import OUTLINES

Images = NDArray[np.uint8]
Labels = NDArray[np.int64]

CLASSES: dict[str, tuple[str, ...]] = {
    "cifar10": (
        *("airplane", "automobile", "bird", "cat", "deer"),
        *("dog", "frog", "horse", "ship", "truck"),
    ),
    "shapes": tuple(OUTLINES),
}
"""Data set -> names of its ten classes, in the order of the labels 0..9 (alphabetical)."""


@dataclass(frozen=True, eq=False)
class Split:
    """Images uint8 (N, 32, 32, 3), values 0..255, red green blue; labels int64 (N,), 0..9."""

    images: Images
    labels: Labels

    def __len__(self) -> int:
        return len(self.labels)


@dataclass(frozen=True, eq=False)
class Data:
    """A data set: what is learnt from, what choices rest on, and what is looked at at the end.

    Every prefix of a split holds its classes equally often, to within one image a class.
    `fingerprint` is a hex digest of all images and labels in their order.
    """

    train: Split
    val: Split
    test: Split
    name: str = ""
    fingerprint: str = ""


def balanced(split: Split) -> Split:
    """The same images in their canonical order, whatever order they came in.

    A class's images stand in the order of a hash of their pixels; round k holds the k-th of every
    class. Within a round the hash decides too: a fixed order of classes would make every tenth
    image the same class, which strided samples would fall for.
    """
    high, low = _hashes(split.images)
    by_class = np.lexsort((low, high, split.labels))
    sizes = np.bincount(split.labels)
    first = np.concatenate([[0], np.cumsum(sizes)[:-1]])
    rounds = np.empty(len(split), dtype=np.int64)
    rounds[by_class] = np.arange(len(split)) - first[split.labels[by_class]]
    order = np.lexsort((split.labels, low, high, rounds))
    return Split(split.images[order], split.labels[order])


def hold_out(split: Split, count: int) -> tuple[Split, Split]:
    """The first `count` images and the rest; both stay balanced if `count` is whole rounds."""
    first = Split(split.images[:count], split.labels[:count])
    return first, Split(split.images[count:], split.labels[count:])


def _hashes(images: Images) -> tuple[NDArray[np.uint64], NDArray[np.uint64]]:
    """128 bits of each image's pixels as two numbers, the same on every machine."""
    flat = np.ascontiguousarray(images).reshape(len(images), -1)
    digests = b"".join(hashlib.blake2b(row.data, digest_size=16).digest() for row in flat)
    halves = np.frombuffer(digests, dtype=">u8").astype(np.uint64).reshape(-1, 2)
    return halves[:, 0], halves[:, 1]
