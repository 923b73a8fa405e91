"""The whole laboratory of one server: store, queue, workers and data, made once a process."""

from __future__ import annotations

import tempfile
import threading
from pathlib import Path

from filelock import FileLock, Timeout

from dropout_demo.backends import Backend, create
from dropout_demo.datajobs import DataJobs
from dropout_demo.jobs import Jobs, division
from dropout_demo.paths import home
from dropout_demo.settings import read_settings
from dropout_demo.store import Store, StoreError
from dropout_demo.tails import Tails


class Lab:
    """Everything that pages and routes share. Make it with `lab()`."""

    def __init__(self) -> None:
        settings = read_settings()
        self.warnings = list(settings.warnings)
        slots, threads = division(settings.slots)
        self._substitute: tempfile.TemporaryDirectory[str] | None = None
        self.store = self._open_store(settings.database)
        self.backend: Backend = create(settings.backend, slots)
        self.jobs = Jobs(self.store, self.backend, slots, threads)
        self.tails = Tails(self.store)
        self.data = DataJobs()
        self._lock: FileLock | None = None
        self._started = False
        self._starting = threading.Lock()

    def start(self) -> None:
        """Start the workers and take up what waits; a second call does nothing."""
        with self._starting:
            if self._started:
                return
            self._started = True
            try:
                self.jobs.start(recover=self._is_alone())
            except StoreError as error:
                self.warnings.append(str(error))
            self.data.prepare_first()

    def close(self) -> None:
        """End everything that was started."""
        self.jobs.close()
        self.data.close()
        self.store.close()
        if self._substitute is not None:
            self._substitute.cleanup()
        if self._lock is not None:
            self._lock.release()

    def _open_store(self, url: str | None) -> Store:
        """The database; when it cannot be used, one for this server's life, and a warning."""
        try:
            return Store(url or f"sqlite:///{_home() / 'runs.db'}")
        except StoreError as error:
            self.warnings.append(f"{error} Until then, runs are kept only while this server runs.")
            self._substitute = tempfile.TemporaryDirectory(prefix="dropout-lab-")
            return Store(f"sqlite:///{self._substitute.name}/runs.db")

    def _is_alone(self) -> bool:
        """Whether no other server works on this database; only then are its left runs ours."""
        try:
            beside = self.store.file or _home() / "server"
            self._lock = FileLock(beside.with_name(beside.name + ".lock"))
            self._lock.acquire(timeout=0)
        except Timeout:
            self._lock = None
            self.warnings.append(
                "Another server uses the same database; each looks after its own runs."
            )
            return False
        except (OSError, StoreError):
            self._lock = None
        return True


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
_making = threading.Lock()


def lab() -> Lab:
    """The process's laboratory, started at the first call."""
    global _lab
    with _making:
        if _lab is None:
            _lab = Lab()
            _lab.start()
    return _lab


def close_lab() -> None:
    """End the process's laboratory, if there is one."""
    global _lab
    with _making:
        if _lab is not None:
            _lab.close()
            _lab = None
