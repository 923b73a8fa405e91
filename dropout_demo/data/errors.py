"""What can go wrong with data, as one sentence for the person who reads it."""

from __future__ import annotations

import errno
from pathlib import Path


class DataError(Exception):
    """Images cannot be had. Its text is one plain sentence: what is wrong and what to do."""


def unwritable(error: OSError, folder: Path) -> DataError:
    """The sentence for an error of the system while writing below `folder`."""
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return disk_full(folder)
    reason = error.strerror or type(error).__name__
    return DataError(
        f"The folder {folder} cannot be written ({reason}); "
        "make it writable or let DROPOUT_DEMO_HOME name another."
    )


def disk_full(folder: Path) -> DataError:
    """The sentence for a full disk."""
    return DataError(
        f"The disk that holds {folder} is full; "
        "free some space or let DROPOUT_DEMO_HOME name a folder elsewhere, then try again."
    )


def unreadable(error: OSError, path: Path) -> DataError:
    """The sentence for an error of the system while reading `path`."""
    reason = error.strerror or type(error).__name__
    return DataError(f"{path} cannot be read ({reason}); check its permissions or copy it again.")
