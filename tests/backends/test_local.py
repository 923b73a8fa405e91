from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from dropout_demo.backends import create
from dropout_demo.backends.local import LocalBackend
from dropout_demo.backends.thread import ThreadBackend
from dropout_demo.config import RunConfig
from dropout_demo.events import Event, to_json
from tests.serving import LONG, ROOT, TINY, end_all, gone, outcome, prepared_home, suspend, until

SHORT = RunConfig.parse(TINY | {"dropout": {"flatten": 0.25, "fc1": 0.5}})
WITHIN = 1.0  # seconds in which a cancelled run must have ended
MARGIN = 1.5  # for a test machine that is busy with something else
NO_SIGNALS = pytest.mark.skipif(sys.platform == "win32", reason="Windows has no signals")


@pytest.fixture(scope="module")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return prepared_home(tmp_path_factory)


@pytest.fixture(autouse=True)
def images(home: Path, prepared: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DROPOUT_DEMO_HOME", str(prepared))


@pytest.fixture(scope="module")
def shared(prepared: Path) -> Iterator[LocalBackend]:
    """One worker for all tests of this module."""
    backend = LocalBackend(1)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("DROPOUT_DEMO_HOME", str(prepared))
        backend.start()
    yield backend
    processes = [psutil.Process(worker.pid) for worker in backend.workers()]
    backend.close()
    assert processes
    assert gone(processes)


@pytest.fixture
def backend(shared: LocalBackend) -> LocalBackend:
    """The shared worker, warm and idle."""
    until(lambda: [w.state for w in shared.workers()] == ["idle"], what="an idle worker")
    return shared


def pid(backend: LocalBackend) -> int:
    (worker,) = backend.workers()
    return worker.pid


class Watched:
    """A long run in a thread of its own, as the queue would carry it."""

    def __init__(self, backend: LocalBackend) -> None:
        self.stop = threading.Event()
        self.events: list[Event] = []
        self._run = backend.run(RunConfig.parse(LONG), 1, self.stop.is_set)
        self.thread = threading.Thread(target=self._follow)
        self.thread.start()
        until(lambda: len(self.events) > 2, what="steps")

    def _follow(self) -> None:
        self.events.extend(self._run)

    def cancel(self) -> float:
        """Stop it and wait for its end; how long that took."""
        began = time.monotonic()
        self.stop.set()
        self.thread.join()
        return time.monotonic() - began


def test_a_run_gives_the_numbers_of_the_thread_backend_to_the_last_bit_twice(
    backend: LocalBackend,
) -> None:
    first, second, in_process = (
        list(map(to_json, runner.run(SHORT, 1, lambda: False)))
        for runner in (backend, backend, ThreadBackend())
    )
    kinds = [event["kind"] for event in first if event["kind"] != "step"]
    assert kinds == ["started", "epoch", "epoch", "finished"]
    assert outcome(first) == outcome(second) == outcome(in_process)


def test_a_worker_is_warm_and_says_what_it_computes_on(backend: LocalBackend) -> None:
    assert backend.device() == ThreadBackend().device()


def test_cancelling_takes_effect_within_a_second_and_keeps_the_worker(
    backend: LocalBackend,
) -> None:
    before = pid(backend)
    run = Watched(backend)
    assert [worker.state for worker in backend.workers()] == ["training"]
    assert run.cancel() < WITHIN + MARGIN
    assert run.events[-1].kind == "cancelled"
    assert [event.kind for event in run.events].count("cancelled") == 1
    assert pid(backend) == before


@NO_SIGNALS
def test_a_worker_that_hangs_is_ended_by_force_within_a_second(backend: LocalBackend) -> None:
    run = Watched(backend)
    worker = psutil.Process(pid(backend))
    suspend(worker)
    assert run.cancel() < WITHIN + MARGIN
    assert run.events[-1].kind == "cancelled"
    assert gone([worker])
    assert pid(backend) != worker.pid


@NO_SIGNALS
def test_a_killed_worker_fails_its_run_with_the_reason_and_the_next_run_works(
    backend: LocalBackend,
) -> None:
    run = Watched(backend)
    os.kill(pid(backend), signal.SIGKILL)
    run.thread.join(10)
    last = to_json(run.events[-1])
    assert last["kind"] == "failed"
    assert "worker process was killed (SIGKILL" in last["error"]
    assert last["error"].endswith(".")
    again = [event.kind for event in backend.run(SHORT, 1, lambda: False)]
    assert again[-1] == "finished"


@NO_SIGNALS
def test_signals_for_the_server_do_not_end_a_run_at_its_worker(backend: LocalBackend) -> None:
    run = Watched(backend)
    for what in (signal.SIGTERM, signal.SIGHUP, signal.SIGINT):
        os.kill(pid(backend), what)
    told = len(run.events)
    until(lambda: len(run.events) > told + 2, what="more events")
    run.cancel()
    assert run.events[-1].kind == "cancelled"


@NO_SIGNALS
def test_an_idle_worker_that_was_killed_is_replaced(backend: LocalBackend) -> None:
    worker = psutil.Process(pid(backend))
    worker.kill()
    until(lambda: gone([worker]), what="the worker's end")
    assert [event.kind for event in backend.run(SHORT, 1, lambda: False)][-1] == "finished"
    assert len(backend.workers()) == 1


def test_a_run_that_nobody_follows_any_more_gives_its_worker_back(backend: LocalBackend) -> None:
    worker = psutil.Process(pid(backend))
    run = backend.run(RunConfig.parse(LONG), 1, lambda: False)
    assert next(run).kind == "started"
    run.close()
    assert gone([worker])
    assert len(backend.workers()) == 1


def test_images_that_are_not_there_fail_the_run_and_not_the_worker(backend: LocalBackend) -> None:
    before = pid(backend)
    (failed,) = backend.run(RunConfig(train_size=256, epochs=1), 1, lambda: False)
    assert "CIFAR-10 is not here" in to_json(failed)["error"]
    assert pid(backend) == before


def test_no_worker_is_left_after_close() -> None:
    backend = create("local", slots=2)
    backend.start()
    processes = [psutil.Process(worker.pid) for worker in backend.workers()]
    assert len(processes) == 2
    backend.close()
    assert gone(processes)
    assert backend.workers() == []


@NO_SIGNALS
def test_close_does_not_wait_for_a_worker_that_hangs() -> None:
    backend = LocalBackend(1)
    backend.start()
    worker = psutil.Process(pid(backend))
    suspend(worker)
    began = time.monotonic()
    backend.close()
    assert gone([worker])
    assert time.monotonic() - began < 10


PARENT = f"""
import sys, threading
from dropout_demo.backends.local import LocalBackend
from dropout_demo.config import RunConfig
backend = LocalBackend(2 if "train" in sys.argv else 1)
backend.start()
if "train" in sys.argv:
    events = backend.run(RunConfig.parse({LONG!r}), 1, lambda: False)
    next(events), next(events)
print(*[worker.pid for worker in backend.workers()], flush=True)
threading.Event().wait()
"""


SERVER, GROUP = "the server", "its group, as Ctrl-C does"


@NO_SIGNALS
@pytest.mark.parametrize(
    ("what", "whom", "doing"),
    [
        (signal.SIGKILL, SERVER, "train"),
        (signal.SIGKILL, SERVER, "nothing"),
        (signal.SIGTERM, SERVER, "nothing"),
        (signal.SIGINT, SERVER, "nothing"),
        (signal.SIGINT, GROUP, "nothing"),
    ],
)
def test_no_worker_outlives_its_server(what: signal.Signals, whom: str, doing: str) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", PARENT, doing],
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        start_new_session=True,
    ) as parent:
        assert parent.stdout is not None
        workers = [psutil.Process(int(number)) for number in parent.stdout.readline().split()]
        try:
            assert len(workers) == (2 if doing == "train" else 1)
            if whom == SERVER:
                parent.send_signal(what)
            else:
                os.killpg(parent.pid, what)
            parent.wait(10)
            until(lambda: gone(workers), seconds=10, what="the end of all workers")
        finally:
            end_all(workers)
            parent.kill()
