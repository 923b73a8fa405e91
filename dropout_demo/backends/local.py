"""Runs in warm worker processes on this machine: the default backend."""

from __future__ import annotations

import threading
import time
import uuid
from collections.abc import Callable, Generator, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

from dropout_demo.backends.base import WorkerState
from dropout_demo.backends.child import ENDED, Child
from dropout_demo.config import RunConfig
from dropout_demo.events import END_KINDS, Cancelled, Event, Failed, from_json

POLL_SECONDS = 0.05
CANCEL_PATIENCE = 0.6
"""Seconds that a worker has to end a run nicely before it is ended by force."""


class LocalBackend:
    """A pool of `slots` workers, started beforehand, each with torch imported and warmed up."""

    name = "local"

    def __init__(self, slots: int) -> None:
        self._slots = slots
        self._lock = threading.Lock()
        self._idle: list[Child] = []
        self._busy: list[Child] = []
        self._ready: set[int] = set()  # pids that said so
        self._device: dict[str, Any] | None = None
        self._closed = False

    def start(self) -> None:
        """Start the workers; they warm up by themselves."""
        with self._lock:
            self._idle += [_worker() for _ in range(self._slots - len(self._idle))]

    def run(
        self,
        config: RunConfig,
        threads: int,
        should_stop: Callable[[], bool],
        weights: Path | None = None,
    ) -> Iterator[Event]:
        """The events of one run, relayed from a worker; a second one if the first was dying."""
        task = {
            "config": config.model_dump(mode="json"),
            "threads": threads,
            "weights": weights and str(weights),
        }
        with closing(self._run_in_a_worker(task, should_stop)) as first:
            for event in first:
                if event is None:
                    break
                yield event
            else:
                return
        with closing(self._run_in_a_worker(task, should_stop, last_try=True)) as second:
            yield from filter(None, second)

    def _run_in_a_worker(
        self, task: dict[str, Any], should_stop: Callable[[], bool], last_try: bool = False
    ) -> Generator[Event | None, None, None]:
        """The events; None, unless it is the last try, if the worker ended before the first."""
        worker = self._take()
        ended, first = False, True
        try:
            key = uuid.uuid4().hex
            worker.say(task | {"run": key})
            for event in self._relay(worker, key, should_stop):
                died = isinstance(event, Failed) and not worker.alive()
                ended = event.kind in END_KINDS
                yield None if died and first and not last_try else event
                first = False
        finally:
            self._give_back(worker, reusable=ended)

    def _relay(self, worker: Child, key: str, should_stop: Callable[[], bool]) -> Iterator[Event]:
        """What the worker says of this run; how it ended, if it did."""
        give_up_at: float | None = None
        while True:
            if give_up_at is None and should_stop():
                worker.say({"cancel": key})
                give_up_at = time.monotonic() + CANCEL_PATIENCE
            if give_up_at is not None and time.monotonic() > give_up_at:
                worker.process.kill()
                worker.process.wait()
                yield Cancelled()
                return
            message = worker.read(POLL_SECONDS)
            if message is ENDED:
                yield Failed(
                    f"The worker process {worker.why_it_ended()} in the middle of the run; "
                    "train it again, a new worker is there."
                )
                return
            if message is None:
                continue
            self._note_ready(worker, message)
            if message.get("run") == key:
                event = from_json(message["event"])
                yield event
                if event.kind in END_KINDS:
                    return

    def workers(self) -> list[WorkerState]:
        """The worker processes and what they do."""
        with self._lock:
            for worker in self._idle:
                self._hear(worker)
            busy = [WorkerState(worker.pid, "training") for worker in self._busy]
            return busy + [
                WorkerState(worker.pid, "idle" if worker.pid in self._ready else "starting")
                for worker in self._idle
                if worker.alive()
            ]

    def device(self) -> dict[str, Any] | None:
        """What the workers compute on, once one has said so."""
        self.workers()
        return self._device

    def close(self) -> None:
        """End every worker and wait for it."""
        with self._lock:
            self._closed = True
            workers, self._idle = self._idle + self._busy, []
        for worker in workers:
            worker.close_input()
        for worker in workers:
            worker.end()

    def _take(self) -> Child:
        with self._lock:
            while self._idle:
                worker = self._idle.pop(0)
                if worker.alive():
                    break
                worker.end()
            else:
                worker = _worker()
            self._busy.append(worker)
            return worker

    def _give_back(self, worker: Child, *, reusable: bool) -> None:
        """Keep a worker that is free again; end any other and start a new one in its place."""
        with self._lock:
            self._busy.remove(worker)
            keep = reusable and worker.alive() and not self._closed
            if keep:
                self._idle.insert(0, worker)
            elif not self._closed:
                self._idle.append(_worker())
        if not keep:
            worker.process.kill()
            worker.end()

    def _hear(self, worker: Child) -> None:
        """Take note of what an idle worker said since."""
        while (message := worker.read(0)) is not None and message is not ENDED:
            self._note_ready(worker, message)

    def _note_ready(self, worker: Child, message: dict[str, Any]) -> None:
        if "ready" in message:
            self._ready.add(worker.pid)
            self._device = message["ready"]


def _worker() -> Child:
    return Child("dropout_demo.worker")
