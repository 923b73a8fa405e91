"""Where the originals of CIFAR-10 lie: official batches, official archive, or class folders."""

from __future__ import annotations

import functools
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from dropout_demo.data.errors import DataError, unreadable
from dropout_demo.data.splits import CLASSES
from dropout_demo.paths import data_folder, home

BATCHES = "cifar-10-batches-py"
ARCHIVE = "cifar-10-python.tar.gz"
BATCH_FILES = (*(f"data_batch_{n}" for n in range(1, 6)), "test_batch", "batches.meta")
CLASS_NAMES = CLASSES["cifar10"]


@dataclass(frozen=True)
class Counts:
    """Images of each class in the originals' two parts; `val` of `train` are for validation."""

    train: int = 5_000
    test: int = 1_000
    val: int = 500


COUNTS = Counts()
"""What a complete CIFAR-10 holds."""


@dataclass(frozen=True)
class Source:
    """One complete form of the originals. `path`: the batches' folder, the archive, or the folder
    with `train` and `test`."""

    kind: Literal["batches", "archive", "folders"]
    path: Path

    def __str__(self) -> str:
        words = {"batches": "official batches", "archive": "official archive"}
        return f"{words.get(self.kind, 'class folders')} in {self.folder}"

    @property
    def folder(self) -> Path:
        """The folder a person would look into."""
        return self.path.parent if self.kind == "archive" else self.path


def origin() -> str | None:
    """The folder that `DROPOUT_DEMO_DATA` names, with links resolved, or None."""
    named = data_folder()
    return None if named is None else str(Path(os.path.realpath(named)))


def find() -> Source | None:
    """The originals, or None where no folder was named and the home folder holds none.

    A folder named by `DROPOUT_DEMO_DATA` is the only one looked at: silently training on something
    else than what was named would be worse than stopping. Raises DataError when it is wrong, or
    when what lies in the home folder is incomplete.
    """
    named = data_folder()
    if named is not None:
        source = _look(named)
        if source is None:
            raise _nothing_in(named)
        return source
    for folder in (home(), home() / "downloads"):
        if os.path.isdir(folder) and (source := _look(folder)) is not None:  # noqa: PTH112 - no error
            return source
    return None


def archive_in_home() -> Path:
    """Where a download is put."""
    return home() / "downloads" / ARCHIVE


def _look(folder: Path) -> Source | None:
    """The first complete form below `folder`; DataError when the only ones are incomplete."""
    try:
        return _first_complete(folder)
    except OSError as error:
        raise unreadable(error, folder) from None


def _first_complete(folder: Path) -> Source | None:
    names = _names(folder)
    candidates: list[Source] = []
    if BATCHES in names:
        candidates.append(Source("batches", folder / BATCHES))
    if names & set(BATCH_FILES[:-1]):
        candidates.append(Source("batches", folder))
    if ARCHIVE in names:
        candidates.append(Source("archive", folder / ARCHIVE))
    if {"train", "test"} & names:
        candidates.append(Source("folders", folder))
    problems = []
    for source in candidates:
        problem = _incomplete(source)
        if problem is None:
            return source
        problems.append(problem)
    if problems:
        raise DataError(problems[0])
    return None


def _incomplete(source: Source) -> str | None:
    """What a quick look at names and counts finds missing, as a sentence."""
    if source.kind == "archive":
        return None if source.path.is_file() else f"{source.path} is not a file; copy it again."
    if source.kind == "batches":
        missing = [name for name in BATCH_FILES if name not in _names(source.path)]
        return _half_copied(source.path, "lacks " + _listed(missing)) if missing else None
    return _incomplete_part(source.path, "train", COUNTS.train) or _incomplete_part(
        source.path, "test", COUNTS.test
    )


def _incomplete_part(folder: Path, part: str, expected: int) -> str | None:
    """The same for `train/` or `test/`, which must hold `expected` images of each class."""
    if part not in _names(folder):
        return _half_copied(folder, f"the folder {part} is missing")
    classes = {name for name in _names(folder / part) if (folder / part / name).is_dir()}
    if missing := [name for name in CLASS_NAMES if name not in classes]:
        return _half_copied(folder, f"{part} lacks the class {_listed(missing)}")
    if strange := sorted(classes - set(CLASS_NAMES)):
        return (
            f"{folder / part} holds {_listed(strange)}, no class of CIFAR-10; "
            "remove it or name another folder in DROPOUT_DEMO_DATA."
        )
    for name in CLASS_NAMES:
        count = _image_count(folder / part / name)
        if count < expected:
            return _half_copied(folder, f"{part}/{name} has {count:,} of {expected:,} images")
        if count > expected:
            return (
                f"{folder / part / name} has {count:,} images where CIFAR-10 has {expected:,}; "
                "remove what does not belong there or copy it again."
            )
    return None


def is_image(path: str) -> bool:
    """Whether a file is one of the images, not litter such as a Mac's `._` companions."""
    name = Path(path).name
    return name.lower().endswith(".png") and not name.startswith(".")


def _image_count(folder: Path) -> int:
    # A page asks at every visit; 60,000 names are read again only after a folder has changed.
    return _counted(str(folder), folder.stat().st_mtime_ns)


@functools.lru_cache(maxsize=256)
def _counted(folder: str, _changed: int) -> int:
    return sum(name.lower().endswith(".png") for name in _names(Path(folder)))


def _names(folder: Path) -> set[str]:
    """Names in a folder, without hidden ones; DataError when it cannot be listed."""
    try:
        # os.listdir: a Path for each of 60,000 names costs five times as long
        return {n for n in os.listdir(folder) if not n.startswith(".")}  # noqa: PTH208
    except FileNotFoundError:
        raise DataError(
            f"The folder {folder} does not exist; let DROPOUT_DEMO_DATA name the one with CIFAR-10."
        ) from None
    except NotADirectoryError:
        raise DataError(
            f"{folder} is a file, not a folder; let DROPOUT_DEMO_DATA name its folder."
        ) from None
    except OSError as error:
        raise unreadable(error, folder) from None


def _nothing_in(folder: Path) -> DataError:
    state = "does not hold CIFAR-10" if _names(folder) else "is empty"
    return DataError(
        f"The folder {folder}, named by DROPOUT_DEMO_DATA, {state}; put the official archive, "
        "its batches, or train/<class>/*.png and test/<class>/*.png there, or unset the variable."
    )


def _half_copied(folder: Path, what: str) -> str:
    return f"{folder} is only half copied: {what}; copy it again in full."


def _listed(names: list[str]) -> str:
    return " and ".join([", ".join(names[:-1]), names[-1]] if names[1:] else names)
