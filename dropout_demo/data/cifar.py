"""Reading the originals of CIFAR-10 with torchvision. Imports torch only when something is read."""

from __future__ import annotations

import hashlib
import io
import os
import tarfile
import tempfile
import warnings
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np

from dropout_demo.data import sources
from dropout_demo.data.errors import DataError, unreadable, unwritable
from dropout_demo.data.sources import BATCH_FILES, BATCHES, CLASS_NAMES, Source
from dropout_demo.data.splits import Split
from dropout_demo.vision import import_torchvision

Progress = Callable[[str, int, int], None]
"""Called with a phase ("download", "read", "write"), how much of it is done, and its total."""

CHUNK = 256  # image files read at a time
READERS = 4  # threads that wait for the disk while another decodes


def read(source: Source, scratch: Path, progress: Progress) -> tuple[Split, Split]:
    """The training and test images in the order they lie in, each uint8 (N, 32, 32, 3).

    scratch: a folder in which a temporary one may be made, to unpack an archive.
    Raises DataError naming the file that is missing, damaged or unreadable.
    """
    if source.kind == "folders":
        parts = _read_folders(source.path, progress)
    elif source.kind == "batches":
        parts = _read_batches(source.path, progress)
    else:
        with _unpacked(source.path, scratch) as folder:
            parts = _read_batches(Path(folder) / BATCHES, progress)
    for split, expected in zip(parts, (sources.COUNTS.train, sources.COUNTS.test), strict=True):
        if np.bincount(split.labels, minlength=10).tolist() != [expected] * 10:
            raise DataError(
                f"{source.path} does not hold {expected:,} images a class; copy it again."
            )
    return parts


def _read_batches(folder: Path, progress: Progress) -> tuple[Split, Split]:
    """The official batches; torchvision compares their checksums and unpacks them."""
    torchvision = import_torchvision()
    check = torchvision.datasets.utils.check_integrity

    class Batches(torchvision.datasets.CIFAR10):  # type: ignore[name-defined, misc]
        base_folder = folder.name  # the batches may lie in a folder of another name

    total = 10 * (sources.COUNTS.train + sources.COUNTS.test)
    progress("read", 0, total)
    try:
        meta = (Batches.meta["filename"], Batches.meta["md5"])
        for name, md5 in (*Batches.train_list, *Batches.test_list, meta):
            if not check(folder / name, md5):
                raise DataError(
                    f"{folder / name} differs from the official file (checksum); copy it again."
                )
        train, test = (_as_split(Batches, folder.parent, train=part) for part in (True, False))
    except OSError as error:
        raise unreadable(error, Path(error.filename or folder)) from None
    progress("read", total, total)
    return train, test


def _as_split(batches: Any, root: Path, *, train: bool) -> Split:
    with warnings.catch_warnings():
        # The official files were pickled by a NumPy whose types newer ones complain about.
        warnings.simplefilter("ignore", np.exceptions.VisibleDeprecationWarning)
        read = batches(root, train=train)
    return Split(np.ascontiguousarray(read.data), np.array(read.targets, dtype=np.int64))


def _unpacked(archive: Path, scratch: Path) -> tempfile.TemporaryDirectory[str]:
    """A temporary folder holding the official batches of a checked archive."""
    torchvision = import_torchvision()
    try:
        with archive.open("rb") as file:
            digest = hashlib.file_digest(
                file, lambda: hashlib.md5(usedforsecurity=False)
            ).hexdigest()
    except OSError as error:
        raise unreadable(error, archive) from None
    if digest != torchvision.datasets.CIFAR10.tgz_md5:
        raise DataError(
            f"{archive} differs from the official archive (checksum): it is damaged or incomplete; "
            "delete it and fetch it again."
        )
    folder = None
    try:
        scratch.mkdir(parents=True, exist_ok=True)
        folder = tempfile.TemporaryDirectory(prefix="unpack-", dir=scratch)
        _unpack(archive, Path(folder.name) / BATCHES)
    except OSError as error:
        if folder is not None:
            folder.cleanup()
        raise unwritable(error, scratch) from None
    return folder


def _unpack(archive: Path, folder: Path) -> None:
    folder.mkdir()
    with tarfile.open(archive) as packed:
        for name in BATCH_FILES:  # these by name and nothing else, so no path of the archive counts
            content = packed.extractfile(f"{BATCHES}/{name}")
            if content is not None:
                (folder / name).write_bytes(content.read())


def _read_folders(folder: Path, progress: Progress) -> tuple[Split, Split]:
    """`train/<class>/*.png` and `test/<class>/*.png`, listed by torchvision's ImageFolder."""
    torchvision = import_torchvision()

    class Folder(torchvision.datasets.ImageFolder):  # type: ignore[name-defined, misc]
        def find_classes(self, _directory: str | Path) -> tuple[list[str], dict[str, int]]:
            return list(CLASS_NAMES), {name: k for k, name in enumerate(CLASS_NAMES)}

    try:
        parts = [
            Folder(folder / part, is_valid_file=sources.is_image) for part in ("train", "test")
        ]
    except OSError as error:
        raise unreadable(error, Path(error.filename or folder)) from None
    total = sum(len(part.samples) for part in parts)
    splits, done = [], 0
    for part in parts:
        images = np.empty((len(part.samples), 32, 32, 3), np.uint8)
        for k, (path, content) in enumerate(_contents([path for path, _ in part.samples])):
            images[k] = _decoded(path, content)
            if k % CHUNK == 0:
                progress("read", done + k, total)
        done += len(images)
        splits.append(Split(images, np.array([label for _, label in part.samples], np.int64)))
    progress("read", total, total)
    return splits[0], splits[1]


def _contents(paths: list[str]) -> Iterator[tuple[str, bytes]]:
    """Every file's bytes, read ahead by threads.

    Decoding stays in one thread: at 32×32 it is mostly Python, and threads that decode
    take turns at the interpreter and lose a third of the speed (measured on two cores).
    """
    chunks = [paths[k : k + CHUNK] for k in range(0, len(paths), CHUNK)]
    with ThreadPoolExecutor(READERS) as pool:
        for chunk, contents in zip(chunks, pool.map(_read_all, chunks), strict=True):
            yield from zip(chunk, contents, strict=True)


def _read_all(paths: list[str]) -> list[bytes]:
    contents = []
    for path in paths:
        try:
            # The system's own calls: Python's file objects cost twice the time for 2 KB.
            file = os.open(path, os.O_RDONLY | getattr(os, "O_BINARY", 0))
            try:
                contents.append(os.read(file, 1 << 20))
            finally:
                os.close(file)
        except OSError as error:
            raise unreadable(error, Path(path)) from None
    return contents


def _decoded(path: str, content: bytes) -> np.ndarray[Any, np.dtype[np.uint8]]:
    from PIL import Image

    try:
        with Image.open(io.BytesIO(content), formats=("PNG",)) as image:
            pixels = np.asarray(image if image.mode == "RGB" else image.convert("RGB"))
    except (OSError, SyntaxError, ValueError, Image.DecompressionBombError):
        raise DataError(f"{path} is not a readable PNG image; copy it again.") from None
    if pixels.shape != (32, 32, 3):
        height, width = pixels.shape[:2]
        raise DataError(
            f"{path} is {width}×{height} pixels where CIFAR-10 has 32×32; copy it again."
        )
    return pixels
