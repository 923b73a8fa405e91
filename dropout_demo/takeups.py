"""What a run leaves in its folder so that it can be taken up after its server's end.

Without torch: what the file of its state holds is the business of `resuming.py`.
"""

from __future__ import annotations

import contextlib
import logging
import time
from collections.abc import Iterator
from pathlib import Path

from dropout_demo.weights import root

log = logging.getLogger(__name__)

MOST = 3
"""How often a run is taken up, at most, after servers that did not end in order: one that brings
its server down must not do so for ever."""

OLD_SECONDS = 30 * 86_400.0
"""After so long nobody will take a run up whose database is gone."""

_STATE = "resume.pt"
_COUNT = "taken-up"
_CANCELLED = "cancelled"
_PARTS = ".*.part"  # of a file whose writer was killed; see checkpoints.py


def state_file(folder: Path) -> Path:
    """The file of a run's state, by the run's folder."""
    return folder / _STATE


def count(folder: Path) -> bool:
    """Count that a run is taken up; False when it was often enough.

    What cannot be counted, on a full disk, does not end the run.
    """
    file = folder / _COUNT
    try:
        before = int(file.read_text() or "0") if file.exists() else 0
        if before >= MOST:
            return False
        folder.mkdir(parents=True, exist_ok=True)
        file.write_text(str(before + 1))
    except (OSError, ValueError) as error:
        log.warning("that the run of %s is taken up is not counted: %s", folder.name, error)
    return True


def forgive(folder: Path) -> None:
    """The server ends in order: that the run is taken up after it does not count."""
    _remove(folder / _COUNT)


def note_cancelled(folder: Path) -> None:
    """Somebody wants the run to end, whatever happens to the server first."""
    with contextlib.suppress(OSError):
        folder.mkdir(parents=True, exist_ok=True)
        (folder / _CANCELLED).touch()


def cancelled(folder: Path) -> bool:
    """Whether somebody wanted the run to end."""
    return (folder / _CANCELLED).exists()


def forget(folder: Path) -> None:
    """The run came to its end: only its networks stay."""
    for name in (_STATE, _COUNT, _CANCELLED):
        _remove(folder / name)
    for part in folder.glob(_PARTS):
        _remove(part)


def folders() -> Iterator[Path]:
    """The folders of all runs that left a state."""
    for file in root().glob(f"*/{_STATE}"):
        yield file.parent


def old(folder: Path) -> bool:
    """Whether a run left its state so long ago that nobody will take it up."""
    try:
        return state_file(folder).stat().st_mtime < time.time() - OLD_SECONDS
    except OSError:
        return False


def _remove(file: Path) -> None:
    with contextlib.suppress(OSError):
        file.unlink()
