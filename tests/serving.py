"""What tests of the serving part share: a home with prepared images, real servers, waiting."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

import httpx
import psutil
import pytest

from tests.conftest import shared_folder

ROOT = Path(__file__).resolve().parents[1]
TINY: dict[str, Any] = {"dataset": "shapes", "train_size": 256, "epochs": 2, "batch_size": 64}
"""Ends within a second or two."""

LONG = TINY | {"train_size": 4_000, "epochs": 200}
"""Goes on for minutes: to be cancelled, cut or killed."""

START_LIMIT = 60.0  # seconds until a server must answer
RUN_LIMIT = 60.0  # seconds until a tiny run must have ended, on a busy machine
T = TypeVar("T")


def until(
    look: Callable[[], T], seconds: float = RUN_LIMIT, what: str = "it", *, every: float = 0.02
) -> T:
    """Look again and again until something true is seen, and give it; fail after `seconds`."""
    deadline = time.monotonic() + seconds
    while not (seen := look()):
        if time.monotonic() > deadline:
            raise AssertionError(f"{what} did not come within {seconds} s; last seen: {seen!r}")
        time.sleep(every)
    return seen


def prepared_home(factory: pytest.TempPathFactory) -> Path:
    """A new home folder; the images in it are prepared once a session and shared."""
    from dropout_demo.data import prepare

    images = shared_folder(factory) / "prepared"
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("DROPOUT_DEMO_HOME", str(images))
        prepare("shapes")  # once: another process of this test run may do so just now
    home = factory.mktemp("home")
    (home / "cache").symlink_to(images / "cache", target_is_directory=True)
    return home


def free_port() -> int:
    """A port of the loopback that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def gone(processes: Iterable[psutil.Process]) -> bool:
    """Whether none of these processes runs any more."""
    return not [p for p in processes if p.is_running() and p.status() != psutil.STATUS_ZOMBIE]


def suspend(process: psutil.Process) -> None:
    """Make a process hang: it neither computes nor listens until it is ended."""
    process.suspend()
    until(lambda: process.status() == psutil.STATUS_STOPPED, 10, "the stop")


def end_all(processes: Iterable[psutil.Process]) -> None:
    """End what a failed test may have left."""
    for process in processes:
        try:
            process.kill()
        except psutil.NoSuchProcess:
            continue


def new_client(address: str) -> httpx.Client:
    """A client without certificates: reading them takes longer than most answers."""
    return httpx.Client(base_url=address, timeout=30, verify=False)


@dataclass
class Server:
    """One `streamlit run app.py`."""

    address: str
    process: subprocess.Popen[bytes]
    home: Path
    log: Path
    client: httpx.Client = field(init=False)

    def __post_init__(self) -> None:
        self.client = new_client(self.address)

    def get(self, path: str, **options: Any) -> httpx.Response:
        return self.client.get(path, **options)

    def health(self) -> dict[str, Any]:
        return dict(self.get("/api/health").json())

    def train(self, *configs: Mapping[str, Any], token: str | None = None) -> tuple[list[str], str]:
        """Start runs; their ids and the owner's token."""
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        body = {"configs": list(configs)}
        answer = self.client.post("/api/runs", json=body, headers=headers)
        assert answer.status_code == 201, answer.text
        return answer.json()["ids"], token or answer.json()["owner"]

    def run(self, run: str) -> dict[str, Any]:
        return dict(self.get(f"/api/runs/{run}").json())

    def events(self, run: str, after: int = 0) -> list[dict[str, Any]]:
        return list(self.get(f"/api/runs/{run}/events", params={"after": after}).json()["events"])

    def cancel(self, run: str, token: str | None) -> httpx.Response:
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        return self.client.delete(f"/api/runs/{run}", headers=headers)

    def until_status(self, run: str, status: str, seconds: float = RUN_LIMIT) -> dict[str, Any]:
        """The run as it is told once it has this status."""

        def look() -> dict[str, Any] | None:
            told = self.run(run)
            return told if told["status"] == status else None

        return until(look, seconds, f"status {status}", every=0.05) or {}

    def until_steps(self, run: str, count: int = 2) -> None:
        """Wait until a run has said something."""
        until(lambda: len(self.events(run)) >= count, what="the first events", every=0.05)

    def children(self) -> list[psutil.Process]:
        """All processes that the server started."""
        return psutil.Process(self.process.pid).children(recursive=True)

    def signal(self, what: signal.Signals, patience: float = 10) -> int:
        """Send a signal and wait; the exit code. Gives up after `patience` seconds."""
        self.process.send_signal(what)
        return self.process.wait(patience)


def launch(home: Path, port: int, log: Path, **environment: str) -> subprocess.Popen[bytes]:
    """`streamlit run app.py`, as README has it, on this home and port."""
    kept = {k: v for k, v in os.environ.items() if not k.startswith("DROPOUT_DEMO_")}
    command = [sys.executable, "-m", "streamlit", "run", str(ROOT / "app.py")]
    with log.open("ab") as out:
        return subprocess.Popen(
            [*command, f"--server.port={port}"],
            cwd=ROOT,
            env=kept | {"DROPOUT_DEMO_HOME": str(home), "DROPOUT_DEMO_SLOTS": "2"} | environment,
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=subprocess.STDOUT,
        )


@contextmanager
def serve(home: Path, **environment: str) -> Iterator[Server]:
    """A real server on a free port until the block ends; nothing of it is left after that."""
    port = free_port()
    log = home / "server.log"
    server = Server(f"http://127.0.0.1:{port}", launch(home, port, log, **environment), home, log)
    children: list[psutil.Process] = []
    try:
        _until_it_answers(server)
        children = server.children()
        yield server
    finally:
        server.client.close()
        if server.process.poll() is None:
            children += server.children()
            try:
                server.signal(signal.SIGTERM)
            except subprocess.TimeoutExpired:
                server.process.kill()
                server.process.wait()
        end_all(children)


def _until_it_answers(server: Server) -> None:
    def answers() -> bool:
        if server.process.poll() is not None:
            raise AssertionError(f"the server ended:\n{server.log.read_text()[-4000:]}")
        try:
            return server.get("/api/health").status_code == 200
        except httpx.TransportError:
            return False

    until(answers, START_LIMIT, f"an answer of {server.address}", every=0.1)


@dataclass(frozen=True)
class Message:
    """One message of a stream."""

    id: str | None
    event: str
    data: dict[str, Any]


def messages(answer: httpx.Response) -> Iterator[Message]:
    """The messages of an open event stream, as a browser would read them."""
    fields: dict[str, str] = {}
    for line in answer.iter_lines():
        if line:
            name, _, value = line.partition(":")
            fields[name] = value.removeprefix(" ")
        elif "data" in fields:
            yield Message(fields.get("id"), fields["event"], json.loads(fields["data"]))
            fields = {}
        else:
            fields = {}  # "retry" or a comment


@contextmanager
def watching(server: Server, *runs: str, last: str | None = None, **more: str) -> Iterator[Any]:
    """The messages of a stream on these runs, resumed after the id `last`."""
    pairs = [("run", run) for run in runs] + list(more.items())
    headers = {"Last-Event-ID": last} if last else {}
    with (
        new_client(server.address) as client,
        client.stream("GET", "/api/stream", params=pairs, headers=headers) as answer,
    ):
        assert answer.status_code == 200, answer.read()
        assert answer.headers["content-type"].startswith("text/event-stream")
        yield messages(answer)


def outcome(events: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """What must be the same in every repetition: no clocks, and no step that speed chose."""
    times = {"run", "seq", "at", "seconds", "images_per_second"}
    return [
        {name: value for name, value in event.items() if name not in times}
        for event in events
        if event["kind"] != "step"
    ]
