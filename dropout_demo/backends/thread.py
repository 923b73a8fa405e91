"""Runs in this process: for tests, and where more processes are not wanted."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from dropout_demo.backends.base import WorkerState
from dropout_demo.config import RunConfig
from dropout_demo.events import Event


class ThreadBackend:
    """Trains in the thread that asks; torch is imported when the first run begins."""

    name = "thread"

    def start(self) -> None:
        """Nothing to make ready."""

    def run(
        self,
        config: RunConfig,
        threads: int,
        should_stop: Callable[[], bool],
        weights: Path | None = None,
    ) -> Iterator[Event]:
        """The events of one run."""
        from dropout_demo.execution import execute

        yield from execute(config, threads, should_stop, weights)

    def workers(self) -> list[WorkerState]:
        """No processes of its own."""
        return []

    def device(self) -> dict[str, Any] | None:
        """What this process would compute on."""
        from dropout_demo.devices import choose

        device = choose()
        return {"device": device.name, "precision": device.precision, "reason": device.reason}

    def close(self) -> None:
        """Nothing to end: the job threads end their own runs."""
