"""The one shape that every backend has."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from dropout_demo.config import RunConfig
from dropout_demo.events import Event


@dataclass(frozen=True)
class WorkerState:
    """One worker, for the System page."""

    pid: int
    state: str  # "starting", "idle" or "training"


class Backend(Protocol):
    """Runs configurations. All methods may be called from any thread."""

    name: str

    def start(self) -> None:
        """Make ready, without waiting for it."""

    def run(
        self,
        config: RunConfig,
        threads: int,
        should_stop: Callable[[], bool],
        weights: Path | None = None,
    ) -> Iterator[Event]:
        """The events of one run; the last is its end. Raises nothing but programming errors.

        weights: a folder for the networks after some epochs and the run's state, from which a run
        goes on if there is one; it then says again what it said until then.
        """
        ...

    def workers(self) -> list[WorkerState]:
        """The processes there are."""
        ...

    def device(self) -> dict[str, Any] | None:
        """What runs compute on, once known: device, precision and the reason for them."""
        ...

    def close(self) -> None:
        """End all that was started, and wait for it."""
