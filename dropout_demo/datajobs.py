"""Fetching and preparing images, in a child process: the server stays quick and without torch."""

from __future__ import annotations

import threading
from dataclasses import dataclass, replace

from dropout_demo.backends.child import ENDED, Child
from dropout_demo.data import status

MODULE = "dropout_demo.data.job"
PHASES = {"download": "Downloading", "read": "Reading the images", "write": "Writing the cache"}


@dataclass(frozen=True)
class DataWork:
    """The last or present work on a data set."""

    name: str
    downloads: bool
    phase: str = "Starting"
    done: int = 0
    total: int = 0
    ended: bool = False
    error: str | None = None  # one sentence


class DataJobs:
    """One work at a time. All methods may be called from any thread."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._child: Child | None = None
        self._thread: threading.Thread | None = None
        self._work: DataWork | None = None
        self._cancelled = False

    def prepare_first(self) -> None:
        """Build the caches that a first run will want, if they are not there."""
        wanted = "cifar10" if status("cifar10").ready else "shapes"
        if not status(wanted).prepared:
            self.begin(wanted)

    def begin(self, name: str, *, download: bool = False) -> bool:
        """Prepare a data set, fetching it first if asked; False while other work goes on."""
        with self._lock:
            if self._thread is not None and self._thread.is_alive():
                return False
            self._cancelled = False
            self._work = DataWork(name, download)
            self._child = Child(MODULE, ["--download", name] if download else [name])
            self._thread = threading.Thread(target=self._follow, args=(self._child,), daemon=True)
            self._thread.start()
        return True

    def cancel(self) -> None:
        """End the work; what was downloaded stays and is taken up at the next try."""
        with self._lock:
            child, self._cancelled = self._child, True
        if child is not None:
            child.close_input()

    def work(self) -> DataWork | None:
        """What is going on, or went on last."""
        with self._lock:
            return self._work

    def close(self) -> None:
        """End the work and wait for it."""
        self.cancel()
        thread = self._thread
        if thread is not None:
            thread.join()

    def _follow(self, child: Child) -> None:
        error: str | None = None
        complete = False
        while (message := child.read(timeout=0.5)) is not ENDED:
            if message is None:
                if self._cancelled:
                    child.end()  # by force, if it does not listen any more
                continue
            error = message.get("error", error)
            complete = complete or message.get("done") is True
            if "phase" in message:
                phase = PHASES.get(message["phase"], message["phase"])
                self._update(phase=phase, done=message["done"], total=message["total"])
        if not complete and error is None:
            why = child.why_it_ended()
            error = "Cancelled." if self._cancelled else f"The work {why}; try again."
        child.end()
        self._update(ended=True, error=error)

    def _update(self, **changes: object) -> None:
        with self._lock:
            assert self._work is not None
            self._work = replace(self._work, **changes)  # type: ignore[arg-type]
