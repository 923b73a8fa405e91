"""Which servers of one database are alive: each holds a lock file of its own while it is."""

from __future__ import annotations

import secrets
from pathlib import Path

from filelock import FileLock, Timeout


class Presence:
    """This server's sign of life, and a look at those of others. The system frees it with us."""

    def __init__(self, folder: Path) -> None:
        self.server = secrets.token_hex(6)
        self._folder = folder
        self._lock = FileLock(self._path(self.server))

    def hold(self) -> None:
        """Say that this server lives. Raises OSError where the folder cannot be written."""
        self._folder.mkdir(parents=True, exist_ok=True)
        self._lock.acquire(timeout=0)

    def release(self) -> None:
        """Say that it does not any more."""
        self._lock.release()
        self._path(self.server).unlink(missing_ok=True)

    def alive(self, server: str) -> bool:
        """Whether the server of this name lives, this one included."""
        if server == self.server:
            return True
        path = self._path(server)
        if not path.exists():
            return False
        try:
            with FileLock(path).acquire(timeout=0):
                path.unlink(missing_ok=True)
        except (Timeout, OSError):
            return True
        return False

    def _path(self, server: str) -> Path:
        return self._folder / f"server-{server}.lock"
