"""The whole laboratory of one server: store, queue, workers and data, made once a process."""

from __future__ import annotations

import tempfile
import threading
import time
from pathlib import Path

from sqlalchemy import URL

from dropout_demo.backends import Backend, create
from dropout_demo.boards import Boards
from dropout_demo.brakes import Brakes
from dropout_demo.classroom.service import Classroom
from dropout_demo.cores import cores, division
from dropout_demo.datajobs import DataJobs
from dropout_demo.jobs import Jobs
from dropout_demo.paths import home
from dropout_demo.presence import Presence
from dropout_demo.probing import Probing
from dropout_demo.settings import read_settings
from dropout_demo.store import Store, StoreError
from dropout_demo.tails import Tails
from dropout_demo.weights import forget

UNDO_SECONDS = 24 * 3_600.0
"""So long a deleted run can be brought back; the next start of a server removes it for good."""


class Lab:
    """Everything that pages and routes share. Make it with `lab()`."""

    def __init__(self) -> None:
        settings = read_settings()
        self.warnings = list(settings.warnings)
        slots, threads = division(settings.slots)
        self._substitute: tempfile.TemporaryDirectory[str] | None = None
        self.store = self._open_store(settings.database)
        self.backend: Backend = create(settings.backend, slots)
        self.presence = Presence(self.store.file.parent if self.store.file else home())
        self.jobs = Jobs(self.store, self.backend, slots, threads, server=self.presence.server)
        self.tails = Tails(self.store)
        self.boards = Boards()
        self.classroom = Classroom(self.store, self.jobs)
        self.brakes = Brakes()
        self.data = DataJobs()
        self.probing = Probing(self._threads_to_probe)
        self._started = False
        self._starting = threading.Lock()

    def start(self) -> None:
        """Start the workers and take up what waits; a second call does nothing."""
        with self._starting:
            if self._started:
                return
            self._started = True
            try:
                self.presence.hold()
                self.jobs.start(alive=self.presence.alive)
                forget(self.store.purge(time.time() - UNDO_SECONDS))
                self.classroom.finish_ending()
                self.classroom.purge()
            except (StoreError, OSError) as error:
                self.warnings.append(f"What an earlier server left was not taken up: {error}")
            self.data.prepare_first()

    def close(self) -> None:
        """End everything that was started."""
        self.jobs.close()
        self.probing.close()
        self.data.close()
        self.store.close()
        self.presence.release()
        if self._substitute is not None:
            self._substitute.cleanup()

    def _threads_to_probe(self) -> int:
        """All cores while nothing trains; one beside training, which keeps its slots."""
        return 1 if self.jobs.counts()["running"] else cores()

    def _open_store(self, url: str | None) -> Store:
        """The database; when it cannot be used, one for this server's life, and a warning."""
        try:
            return Store(url or _sqlite(_home() / "runs.db"))
        except StoreError as error:
            self.warnings.append(f"{error} Until then, runs are kept only while this server runs.")
            self._substitute = tempfile.TemporaryDirectory(prefix="dropout-lab-")
            return Store(_sqlite(Path(self._substitute.name) / "runs.db"))


def _sqlite(path: Path) -> URL:
    """The address of a file, whatever characters are in its path."""
    return URL.create("sqlite", database=str(path))


def _home() -> Path:
    """The home folder, made if need be."""
    folder = home()
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise StoreError(
            f"The folder {folder} cannot be made ({error.strerror}); "
            "name another by DROPOUT_DEMO_HOME."
        ) from None
    return folder


_lab: Lab | None = None
_ended = False
_making = threading.Lock()


def lab() -> Lab:
    """The process's laboratory, started at the first call. Raises StoreError once it was ended."""
    global _lab
    with _making:
        if _ended:
            raise StoreError("The server is ending; open the page again in a moment.")
        if _lab is None:
            _lab = Lab()
            _lab.start()
    return _lab


def close_lab(*, for_good: bool = False) -> None:
    """End the process's laboratory, if there is one; `for_good`: nobody late makes another."""
    global _lab, _ended
    with _making:
        _ended = for_good
        if _lab is not None:
            _lab.close()
            _lab = None
