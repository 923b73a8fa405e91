"""Data sets by name: load, prepare, status."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from dropout_demo.data import cache, shapes, sources
from dropout_demo.data.errors import DataError
from dropout_demo.data.splits import CLASSES, Data, Split, balanced, hold_out
from dropout_demo.paths import data_folder, home

TYPE_CHECKING = False
if TYPE_CHECKING:
    from dropout_demo.data.cifar import Progress

SHAPES_SIZES = {"train": 10_000, "val": 2_000, "test": 2_000}

_loaded: dict[tuple[str, Path, Path | None], Data] = {}
_loading = threading.RLock()


@dataclass(frozen=True)
class DataStatus:
    """How things stand with a data set, for a page to say."""

    name: str
    ready: bool  # `load` should work: prepared, or the originals are there
    prepared: bool  # `load` is quick: the cache is there
    source: str  # "class folders in /somewhere", "drawn here" or "nowhere"
    detail: str  # one sentence
    can_download: bool  # a download would be used


def load(name: str) -> Data:
    """The data set `name`, "cifar10" or "shapes", prepared first if it has to be.

    Images are uint8 (N, 32, 32, 3), labels int64 (N,), read-only maps of files that all processes
    share. cifar10: 45,000 train, 5,000 validation, 10,000 test; shapes: 10,000, 2,000, 2,000.
    The first call in a process checks every byte; later ones return the same object.
    Raises DataError, one sentence, when the images cannot be had.
    """
    _check_name(name)
    key = (name, home(), data_folder())
    with _loading:
        if key not in _loaded:
            _loaded[key] = _cached(name) or _prepare(name, _silent)
        return _loaded[key]


def forget() -> None:
    """Let the next `load` look at the disk again, as in a new process."""
    with _loading:
        _loaded.clear()


def prepare(name: str, progress: Progress | None = None) -> None:
    """Build the cache of `name` unless a good one is there.

    progress: called with the phase ("read" or "write"), how much is done, and the total (images or
    bytes). Raises DataError, one sentence, when the images cannot be had or kept.
    """
    _check_name(name)
    _prepare(name, progress or _silent)


def download(
    progress: Progress | None = None, should_stop: Callable[[], bool] = lambda: False
) -> Path:
    """Fetch the official archive of CIFAR-10 into the home folder and return its path.

    See `archive.download`. Raises DataError also where DROPOUT_DEMO_DATA names another folder, so
    that the download would not be used.
    """
    from dropout_demo.data import archive  # here, so that who maps a cache needs no HTTP client

    archive.check_wanted("cifar10")
    return archive.download(progress, should_stop)


def status(name: str) -> DataStatus:
    """How things stand with `name`; cheap, reads no image. Raises DataError for an unknown name."""
    _check_name(name)
    claims = cache.manifest(name)
    if claims is not None and _serves(claims):
        detail = f"Prepared; {claims.source}."
        return DataStatus(name, True, True, claims.source, detail, _can_download(name))
    if name == "shapes":
        detail = "Will be drawn at the first use, in a few seconds."
        return DataStatus(name, True, False, "drawn here", detail, False)
    try:
        source = sources.find()
    except DataError as error:
        return DataStatus(name, False, False, "nowhere", str(error), _can_download(name))
    if source is None:
        return DataStatus(name, False, False, "nowhere", str(_not_found()), True)
    detail = f"Found: {source}; prepared at the first use."
    return DataStatus(name, True, False, str(source), detail, _can_download(name))


def _check_name(name: str) -> None:
    if name not in CLASSES:
        raise DataError(f"There is no data set {name!r}; choose one of {', '.join(CLASSES)}.")


def _silent(_phase: str, _done: int, _total: int) -> None:
    """The progress of who does not want any."""


def _can_download(name: str) -> bool:
    return name == "cifar10" and data_folder() is None


def _cached(name: str) -> Data | None:
    claims = cache.manifest(name)
    return cache.open_(claims) if claims is not None and _serves(claims) else None


def _serves(claims: cache.Manifest) -> bool:
    """Whether a cache may stand for what the environment asks for.

    Without DROPOUT_DEMO_DATA any cache of the data set may, its originals gone or not. A folder
    that is named is served only by a cache made from that very folder: an empty or half-copied
    one is then an error and not a reason to take other images silently.
    """
    if claims.name == "shapes":
        return claims.recipe == _recipe("shapes")
    return sources.origin() in (None, claims.origin)


def _recipe(name: str) -> str:
    return (
        f"seed {shapes.SEED}, drawing {shapes.VERSION}" if name == "shapes" else "canonical order"
    )


def _prepare(name: str, progress: Progress) -> Data:
    ready = _cached(name)
    if ready is not None:
        return ready
    if name == "cifar10":
        _found()  # say what is wrong before waiting for another process or making folders
    with cache.writing(name):
        ready = _cached(name)  # another process may have made it while this one waited
        if ready is not None:
            return ready
        splits, source = _drawn(progress) if name == "shapes" else _read(progress)
        origin = sources.origin() if name == "cifar10" else None
        claims = cache.write(
            name, splits, origin=origin, source=source, recipe=_recipe(name), progress=progress
        )
        made = cache.open_(claims)
    if made is None:
        raise DataError(
            f"What was written to {cache.folder()} reads back differently; "
            "check that disk or let DROPOUT_DEMO_HOME name a folder on another."
        )
    return made


def _found() -> sources.Source:
    source = sources.find()
    if source is None:
        raise _not_found()
    return source


def _not_found() -> DataError:
    return DataError(
        "CIFAR-10 is not here yet; download it (170 MB) on the System page or with "
        "`python -m dropout_demo data --download`, or let DROPOUT_DEMO_DATA name a folder."
    )


def _read(progress: Progress) -> tuple[dict[str, Split], str]:
    from dropout_demo.data import cifar  # here, so that who maps a cache never needs torch

    source = _found()
    train, test = cifar.read(source, cache.folder(), progress)
    val, rest = hold_out(balanced(train), sources.COUNTS.val * len(CLASSES["cifar10"]))
    return {"train": rest, "val": val, "test": balanced(test)}, str(source)


def _drawn(progress: Progress) -> tuple[dict[str, Split], str]:
    total = sum(SHAPES_SIZES.values())
    images = np.empty((total, 32, 32, 3), np.uint8)
    done = 0
    for block in shapes.draw(total):
        images[done : done + len(block)] = block
        done += len(block)
        progress("read", done, total)
    rest, splits = Split(images, shapes.labels(total)), {}
    for name, size in SHAPES_SIZES.items():
        splits[name], rest = hold_out(rest, size)
    return splits, "drawn here"
