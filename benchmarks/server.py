"""The real app for a benchmark: `streamlit run app.py` with a home of its own, and its end."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any

import httpx

from dropout_demo.data import load, status
from dropout_demo.data.cache import folder as cache_folder

ROOT = Path(__file__).resolve().parents[1]
START_LIMIT = 60.0  # seconds until a server must answer
IDLE_LIMIT = 30.0  # seconds until all workers must wait for work
REQUEST_LIMIT = 30.0


def dataset() -> str:
    """Real images where they are, else drawn ones."""
    return "cifar10" if status("cifar10").ready else "shapes"


@contextmanager
def prepared_home() -> Iterator[Path]:
    """A new home folder with the images already prepared, so that preparing is not measured."""
    load(dataset())
    with tempfile.TemporaryDirectory(prefix="dropout-bench-", ignore_cleanup_errors=True) as made:
        shutil.copytree(cache_folder(), Path(made) / "cache")
        yield Path(made)


@dataclass(frozen=True)
class Server:
    """One running app."""

    address: str
    process: subprocess.Popen[bytes]
    log: Path
    launched: float  # when its process was started, by `time.perf_counter()`

    def get(self, path: str) -> Any:
        """The JSON at a path."""
        answer = httpx.get(self.address + path, timeout=REQUEST_LIMIT)
        return answer.raise_for_status().json()

    def train(self, *configs: Mapping[str, Any]) -> tuple[list[str], str]:
        """Start runs; their ids and their owner's token."""
        body = {"configs": list(configs)}
        answer = httpx.post(f"{self.address}/api/runs", json=body, timeout=REQUEST_LIMIT)
        told = answer.raise_for_status().json()
        return told["ids"], told["owner"]

    def cancel(self, runs: Sequence[str], owner: str) -> None:
        """End runs and wait until their workers are free."""
        for run in runs:
            headers = {"Authorization": f"Bearer {owner}"}
            httpx.delete(f"{self.address}/api/runs/{run}", headers=headers, timeout=REQUEST_LIMIT)
        self.until_idle()

    def until_idle(self) -> None:
        """Wait until nothing trains or waits and every worker is warm."""

        def idle() -> bool:
            health = self.get("/api/health")
            queue, workers = health["queue"], health["workers"]
            free = queue["running"] == queue["queued"] == 0
            return free and all(worker["state"] == "idle" for worker in workers)

        until(idle, IDLE_LIMIT, "idle workers")

    def until_events(self, run: str, count: int = 3) -> None:
        """Wait until a run has said something."""
        path = f"/api/runs/{run}/events"
        until(lambda: self.get(path)["last"] >= count, IDLE_LIMIT, "the run's first events")

    def answers(self) -> bool:
        """Whether it serves pages already. Raises RuntimeError when it has ended."""
        if self.process.poll() is not None:
            raise RuntimeError(f"The server ended:\n{self.log.read_text('utf-8')[-4000:]}")
        try:
            return httpx.get(f"{self.address}/_stcore/health", timeout=2).is_success
        except httpx.TransportError:
            return False


@contextmanager
def serve(home: Path, **environment: str) -> Iterator[Server]:
    """`streamlit run app.py` on a free port of the loopback, from its launch to the block's end.

    Does not wait until it answers: see `until_it_answers`.
    """
    port = _free_port()
    log = home / "server.log"
    command = [sys.executable, "-m", "streamlit", "run", "app.py", f"--server.port={port}"]
    kept = {name: text for name, text in os.environ.items() if name not in _OURS}
    with log.open("ab") as out:
        launched = time.perf_counter()
        process = subprocess.Popen(
            [*command, "--server.address=127.0.0.1", "--server.headless=true"],
            cwd=ROOT,
            env=kept | {"DROPOUT_DEMO_HOME": str(home)} | environment,
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=subprocess.STDOUT,
        )
    try:
        yield Server(f"http://127.0.0.1:{port}", process, log, launched)
    finally:
        _end(process)


def until_it_answers(server: Server) -> None:
    """Wait until pages are served."""
    until(server.answers, START_LIMIT, f"an answer of {server.address}", every=0.02)


def until(look: Callable[[], bool], seconds: float, what: str, *, every: float = 0.1) -> None:
    """Look again and again until it is so. Raises TimeoutError after `seconds`."""
    deadline = time.monotonic() + seconds
    while not look():
        if time.monotonic() > deadline:
            raise TimeoutError(f"{what} did not come within {seconds:.0f} s")
        time.sleep(every)


def spread(values: Sequence[float], unit: str, digits: int = 0) -> str:
    """Median with least and greatest, as every figure is printed."""
    low, middle, high = (
        f"{value:,.{digits}f}" for value in (min(values), median(values), max(values))
    )
    return f"{middle} {unit} ({low} to {high}, n = {len(values)})"


_OURS = ("DROPOUT_DEMO_BACKEND", "DROPOUT_DEMO_DATABASE", "DROPOUT_DEMO_SLOTS")
"""Settings that would make another app of it than the one that is measured."""


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _end(process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    try:
        process.wait(10)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
