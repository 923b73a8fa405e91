"""Which networks are kept, where, and for how long: files by run and epoch. Without torch."""

from __future__ import annotations

import contextlib
import re
import shutil
from collections.abc import Iterable
from pathlib import Path

from dropout_demo.config import MAX_WEIGHTS_BYTES
from dropout_demo.paths import home

MOST_EPOCHS = 8
"""Networks kept of one run, beside the untrained one, which its seed gives."""

_FILE = re.compile(r"epoch-(\d{3})\.pt")
_RUN = re.compile(r"[0-9a-z-]{1,64}")


def folder_of(run: str) -> Path:
    """Where the networks of a run are kept. Raises ValueError for what is no run's id."""
    if not _RUN.fullmatch(run):
        raise ValueError(f"{run!r} is no run's id.")
    return root() / run


def root() -> Path:
    """The folder with all runs' networks."""
    return home() / "weights"


def file_of(folder: Path, epoch: int) -> Path:
    """The file of the network after an epoch."""
    return folder / f"epoch-{epoch:03d}.pt"


def epochs_to_keep(epochs: int) -> frozenset[int]:
    """After which epochs of a run its network is kept: dense at first, when most changes.

    At most `MOST_EPOCHS`, each about as many times the one before as any other, and always the
    first and the last: 1, 2, 3, 5, 7, 10, 15 of 15.
    """
    if epochs <= MOST_EPOCHS:
        return frozenset(range(1, epochs + 1))
    return frozenset(round(epochs ** (place / (MOST_EPOCHS - 1))) for place in range(MOST_EPOCHS))


def epochs_in(folder: Path) -> list[int]:
    """The epochs whose networks are there, in order."""
    try:
        names = [path.name for path in folder.iterdir()]
    except OSError:
        return []
    return sorted(int(found[1]) for name in names if (found := _FILE.fullmatch(name)))


def forget(runs: Iterable[str]) -> None:
    """Remove the networks of these runs."""
    for run in runs:
        shutil.rmtree(folder_of(run), ignore_errors=True)


def make_room(most: int = MAX_WEIGHTS_BYTES) -> None:
    """Remove what is too much, oldest runs first: their networks on the way, then their last.

    A file that cannot be removed stays: the next call tries again.
    """
    files = []
    for folder in root().glob("*"):
        epochs = epochs_in(folder)
        for epoch in epochs:
            try:
                told = file_of(folder, epoch).stat()
            except OSError:
                continue
            files.append((epoch == epochs[-1], told.st_mtime, file_of(folder, epoch), told.st_size))
    total = sum(size for *_, size in files)
    for _, _, file, size in sorted(files):
        if total <= most:
            break
        try:
            file.unlink()
        except OSError:
            continue
        total -= size
        with contextlib.suppress(OSError):  # other files may lie there, and then it stays
            file.parent.rmdir()
