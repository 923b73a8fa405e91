"""One copy of a data set on disk, as plain arrays that every process maps instead of reading.

    <home>/cache/<name>.json                    what is there and its checksum
    <home>/cache/<name>-<fingerprint>-<random>/ train_images.npy, train_labels.npy, val_..., ...

The JSON file, replaced in one step, decides: a folder that it does not name is litter of a process
that was killed, and is swept at the next writing. Who has mapped an older folder keeps it.
"""

from __future__ import annotations

import concurrent.futures
import contextlib
import dataclasses
import hashlib
import json
import shutil
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
from filelock import FileLock

from dropout_demo.data.errors import unwritable
from dropout_demo.data.splits import Data, Split
from dropout_demo.paths import home

VERSION = 1
"""Raise it when what is written, or the order of images, changes: older caches are then rebuilt."""

SPLITS = ("train", "val", "test")
PIECE = 1 << 24  # bytes hashed or written at a time


@dataclasses.dataclass(frozen=True)
class Manifest:
    """What the JSON file of a data set says."""

    version: int
    name: str
    fingerprint: str
    folder: str  # below the cache's folder
    bytes: dict[str, int]  # file name -> size
    origin: str | None  # the folder that DROPOUT_DEMO_DATA named when this was made
    source: str  # for people: "class folders in ..."
    recipe: str  # what made the content, for sets that are drawn


def folder() -> Path:
    """Where caches lie."""
    return home() / "cache"


def manifest(name: str) -> Manifest | None:
    """What the cache of `name` claims to hold, or None. Looks at sizes, not at contents."""
    try:
        claims = Manifest(**json.loads((folder() / f"{name}.json").read_text("utf-8")))
        sizes = {file: (folder() / claims.folder / file).stat().st_size for file in claims.bytes}
    except (OSError, ValueError, TypeError):  # none there, or damaged: the same to who asks
        return None
    whole = (claims.version, claims.name, claims.bytes) == (VERSION, name, sizes)
    return claims if whole and len(sizes) == 2 * len(SPLITS) else None


def open_(claims: Manifest) -> Data | None:
    """The data set as read-only memory maps, every byte checked; None when anything differs."""
    place = folder() / claims.folder
    try:
        splits = {name: _map(place, name) for name in SPLITS}
    except (OSError, ValueError, EOFError):
        return None
    if not all(map(_is_well_formed, splits.values())) or fingerprint(splits) != claims.fingerprint:
        return None
    return Data(name=claims.name, fingerprint=claims.fingerprint, **splits)


@contextlib.contextmanager
def writing(name: str) -> Iterator[None]:
    """Hold the right to write the cache of `name`, among all processes; waits for it."""
    try:
        folder().mkdir(parents=True, exist_ok=True)
        lock = FileLock(folder() / f"{name}.lock")
        lock.acquire()
    except OSError as error:
        raise unwritable(error, folder()) from None
    try:
        yield
    finally:
        lock.release()


def write(
    name: str,
    splits: dict[str, Split],
    *,
    origin: str | None,
    source: str,
    recipe: str,
    progress: Callable[[str, int, int], None],
) -> Manifest:
    """Put a data set into the cache in place of what was there; only within `writing(name)`.

    Raises DataError when the disk is full or the folder cannot be written; what was there stays.
    """
    mark = fingerprint(splits)
    try:
        _sweep(name)
        place = Path(tempfile.mkdtemp(prefix=f"{name}-{mark[:12]}-", dir=folder()))
        try:
            place.chmod(0o755)  # mkdtemp keeps others out; workers may be other users
            _write_arrays(place, splits, progress)
            sizes = {file.name: file.stat().st_size for file in place.iterdir()}
            made = Manifest(VERSION, name, mark, place.name, sizes, origin, source, recipe)
            draft = place.with_suffix(".json")
            draft.write_text(json.dumps(dataclasses.asdict(made), indent=1), "utf-8")
            draft.replace(folder() / f"{name}.json")
        except BaseException:
            shutil.rmtree(place, ignore_errors=True)
            place.with_suffix(".json").unlink(missing_ok=True)
            raise
        _sweep(name, keep=place.name)
    except OSError as error:
        raise unwritable(error, folder()) from None
    return made


def fingerprint(splits: dict[str, Split]) -> str:
    """32 hex digits of all images and labels, their order, types and shapes."""
    arrays = [array for name in SPLITS for array in (splits[name].images, splits[name].labels)]
    pieces = [piece for array in arrays for piece in _pieces(array)]
    # hashlib lets other threads run: two cores check 184 MB in about 0.1 s.
    with concurrent.futures.ThreadPoolExecutor(4) as pool:
        digests = list(pool.map(lambda piece: hashlib.blake2b(piece).digest(), pieces))
    shapes = repr([(array.dtype.str, array.shape) for array in arrays])
    return hashlib.blake2b(shapes.encode() + b"".join(digests), digest_size=16).hexdigest()


def _pieces(array: np.ndarray[Any, Any]) -> list[memoryview]:
    raw = memoryview(np.ascontiguousarray(array).reshape(-1).view(np.uint8).data)
    return [raw[k : k + PIECE] for k in range(0, len(raw), PIECE)]


def _map(place: Path, split: str) -> Split:
    images, labels = (
        np.load(place / f"{split}_{part}.npy", mmap_mode="r", allow_pickle=False)
        for part in ("images", "labels")
    )
    return Split(images, labels)


def _is_well_formed(split: Split) -> bool:
    images, labels = split.images, split.labels
    return (
        (images.dtype, labels.dtype) == (np.dtype(np.uint8), np.dtype("<i8"))
        and images.shape == (len(labels), 32, 32, 3)
        and labels.ndim == 1
    )


def _write_arrays(
    place: Path, splits: dict[str, Split], progress: Callable[[str, int, int], None]
) -> None:
    arrays: dict[str, np.ndarray[Any, Any]] = {}
    for name in SPLITS:
        arrays[f"{name}_images.npy"] = splits[name].images
        arrays[f"{name}_labels.npy"] = splits[name].labels
    total, done = sum(array.nbytes for array in arrays.values()), 0
    for file_name, array in arrays.items():
        with (place / file_name).open("xb") as file:
            _write_header(file, array)
            for piece in _pieces(array):
                file.write(piece)  # not through a map: a full disk would end the process
                done += len(piece)
                progress("write", done, total)


def _write_header(file: BinaryIO, array: np.ndarray[Any, Any]) -> None:
    header = {"descr": array.dtype.str, "fortran_order": False, "shape": array.shape}
    np.lib.format.write_array_header_1_0(file, header)


def _sweep(name: str, keep: str | None = None) -> None:
    """Delete folders of `name` that nobody asks for any more; what resists stays for later."""
    claims = manifest(name)
    in_use = {keep, None if claims is None else claims.folder}
    for path in folder().glob(f"{name}-*"):
        if path.name.removesuffix(".json") not in in_use:
            if path.is_dir():
                shutil.rmtree(path, ignore_errors=True)
            else:
                with contextlib.suppress(OSError):
                    path.unlink()
    for path in folder().glob("unpack-*"):
        if keep is None and name == "cifar10":
            shutil.rmtree(path, ignore_errors=True)
