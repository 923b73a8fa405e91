"""A small CIFAR-10 of random pixels in all the forms that the real one comes in."""

from __future__ import annotations

import hashlib
import io
import pickle
import tarfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from dropout_demo import data
from dropout_demo.data import sources
from dropout_demo.data.splits import Split
from dropout_demo.vision import import_torchvision
from tests.data.server import CONTENT, FileServer, serving

COUNTS = sources.Counts(train=20, test=6, val=4)


@dataclass(frozen=True)
class Small:
    """The images of the small data set, in the order of the batches."""

    train: Split
    test: Split


@pytest.fixture(autouse=True)
def own_home(tmp_path, monkeypatch):
    """Every test has a home folder of its own, and finds no data but what it makes."""
    monkeypatch.setenv("DROPOUT_DEMO_HOME", str(tmp_path / "home"))
    monkeypatch.delenv("DROPOUT_DEMO_DATA", raising=False)
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.lower(), raising=False)
    data.forget()
    yield tmp_path / "home"
    data.forget()


@pytest.fixture
def small(monkeypatch) -> Small:
    """The small data set; reading expects its counts."""
    monkeypatch.setattr(sources, "COUNTS", COUNTS)
    return make_small()


def make_small() -> Small:
    return Small(random_split(1, COUNTS.train), random_split(2, COUNTS.test))


def random_split(seed: int, per_class: int) -> Split:
    rng = np.random.default_rng(seed)
    labels = rng.permutation(np.repeat(np.arange(10), per_class)).astype(np.int64)
    return Split(rng.integers(0, 256, (len(labels), 32, 32, 3), dtype=np.uint8), labels)


def write_folders(root: Path, small: Small) -> Path:
    for part, split in (("train", small.train), ("test", small.test)):
        for k, (image, label) in enumerate(zip(split.images, split.labels, strict=True)):
            place = root / part / data.CLASSES["cifar10"][label]
            place.mkdir(parents=True, exist_ok=True)
            Image.fromarray(image).save(place / f"{hashlib.md5(b'%d' % k).hexdigest()}.png")
    return root


def write_batches(root: Path, small: Small, monkeypatch) -> Path:
    """The official form, with torchvision's tables of checksums set to this content."""
    folder = root / sources.BATCHES
    folder.mkdir(parents=True)
    thirds = np.array_split(np.arange(len(small.train)), 5)
    parts = [Split(small.train.images[i], small.train.labels[i]) for i in thirds]
    sums = {}
    for name, split in zip(sources.BATCH_FILES, [*parts, small.test], strict=False):
        planes = split.images.transpose(0, 3, 1, 2).reshape(len(split), -1)
        content = pickle.dumps({"data": planes, "labels": split.labels.tolist()})
        (folder / name).write_bytes(content)
        sums[name] = hashlib.md5(content).hexdigest()
    meta = pickle.dumps({"label_names": list(data.CLASSES["cifar10"])})
    (folder / "batches.meta").write_bytes(meta)

    official = import_torchvision().datasets.CIFAR10
    monkeypatch.setattr(official, "train_list", [[n, sums[n]] for n in sources.BATCH_FILES[:5]])
    monkeypatch.setattr(official, "test_list", [["test_batch", sums["test_batch"]]])
    monkeypatch.setattr(official, "meta", official.meta | {"md5": hashlib.md5(meta).hexdigest()})
    return root


def write_archive(root: Path, small: Small, monkeypatch) -> Path:
    write_batches(root / "batches", small, monkeypatch)
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w:gz") as archive:
        archive.add(root / "batches" / sources.BATCHES, sources.BATCHES)
    folder = root / "archive"
    folder.mkdir()
    (folder / sources.ARCHIVE).write_bytes(packed.getvalue())
    official = import_torchvision().datasets.CIFAR10
    monkeypatch.setattr(official, "tgz_md5", hashlib.md5(packed.getvalue()).hexdigest())
    return folder


@pytest.fixture
def folders(small, tmp_path, monkeypatch) -> Path:
    """Complete class folders that DROPOUT_DEMO_DATA names."""
    root = write_folders(tmp_path / "originals", small)
    monkeypatch.setenv("DROPOUT_DEMO_DATA", str(root))
    return root


@pytest.fixture
def server() -> Iterator[FileServer]:
    """A server on this machine that has the file."""
    with serving(CONTENT) as one:
        yield one
