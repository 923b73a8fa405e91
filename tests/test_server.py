"""`streamlit run app.py` from its start to its end, however that comes."""

from __future__ import annotations

import signal
import socket
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, closing
from pathlib import Path
from typing import Any

import psutil
import pytest

from dropout_demo.config import RunConfig
from dropout_demo.events import Cancelled, Step
from dropout_demo.store import Store
from dropout_demo.takeups import state_file
from tests.serving import (
    LONG,
    TINY,
    end_all,
    gone,
    launch,
    new_client,
    outcome,
    prepared_home,
    serve,
    until,
    watching,
)

CUT = TINY | {"train_size": 600, "width": 0.25, "epochs": 12, "dropout": {"fc1": 0.5}}
"""Ends within seconds, after epochs that can be waited for."""

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="Windows has no signals")


@pytest.fixture
def folder(home: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home with prepared images and no runs."""
    return prepared_home(tmp_path_factory)


def database(folder: Path) -> str:
    """The address of a home's own database."""
    return f"sqlite:///{folder / 'runs.db'}"


@pytest.fixture
def processes() -> Iterator[list[psutil.Process]]:
    """What servers started; the test notes it, and none of it is left."""
    noted: list[psutil.Process] = []
    yield noted
    end_all(noted)


def test_a_server_told_to_end_does_so_within_five_seconds_with_streams_open(
    folder: Path, processes: list[psutil.Process]
) -> None:
    with serve(folder) as server, ExitStack() as stack:
        runs, _ = server.train(LONG, LONG, TINY)
        streams = [stack.enter_context(watching(server, runs[0])) for _ in range(5)]
        assert [next(stream).event for stream in streams] == ["started"] * 5
        for run in runs[:2]:
            server.until_steps(run)
        processes += server.children()
        server.signal(signal.SIGTERM, patience=5)
        until(lambda: gone(processes), 5, "the end of all workers")
        assert "Traceback" not in server.log.read_text()
    with closing(Store(database(folder))) as store:
        assert [run.status for run in store.some(runs)] == ["running"] * 2 + ["queued"]
        kinds = {event["kind"] for event in store.events(runs[0])}
        assert kinds <= {"started", "step", "epoch"}  # no end: the next server takes it up


def test_ctrl_c_ends_a_server_whose_workers_still_start(
    folder: Path, processes: list[psutil.Process]
) -> None:
    with serve(folder) as server, ExitStack() as stack:
        runs, _ = server.train(LONG, LONG, TINY)
        for _ in range(3):
            stack.enter_context(watching(server, *runs))
        processes += server.children()
        server.signal(signal.SIGINT, patience=5)
        until(lambda: gone(processes), 5, "the end of all workers")
        assert "Traceback" not in server.log.read_text()
    with closing(Store(database(folder))) as store:
        assert {run.status for run in store.some(runs)} <= {"queued", "running"}


def test_a_killed_servers_runs_end_with_the_numbers_of_one_that_nobody_disturbed(
    folder: Path, processes: list[psutil.Process]
) -> None:
    with serve(folder) as server:
        (cut, long, waits), token = server.train(CUT, LONG, TINY)
        until(lambda: epochs_told(server.events(cut)) >= 1, what="an epoch", every=0.05)
        assert server.run(waits)["status"] == "queued"
        processes += server.children()
        shown = server.events(cut)
        server.signal(signal.SIGKILL)
        until(lambda: gone(processes), 10, "the end of all workers")
    assert shown[-1]["kind"] in ("step", "epoch")
    with closing(Store(database(folder))) as store:  # the long one would only take time
        store.append(long, Cancelled(), store.last_seq(long) + 1)
        assert len(store.events(cut)) >= len(shown)
    assert state_file(folder / "weights" / cut).exists()
    with serve(folder) as server:
        (undisturbed,), _ = server.train(CUT)  # another owner's: it is trained anew
        server.until_status(cut, "finished")
        events = server.events(cut)
        assert events[: len(shown)] == shown
        assert [event["seq"] for event in events] == list(range(1, len(events) + 1))
        steps = [event["step"] for event in events if event["kind"] == "step"]
        assert steps == sorted(set(steps))
        server.until_status(undisturbed, "finished")
        assert outcome(events) == outcome(server.events(undisturbed))
        server.until_status(waits, "finished")
        assert server.cancel(cut, token).status_code == 409  # and its owner is still known
        until(lambda: not state_file(folder / "weights" / cut).exists(), 10, "the state's end")


def epochs_told(events: list[dict[str, Any]]) -> int:
    return [event["kind"] for event in events].count("epoch")


def test_a_port_in_use_is_said_in_a_sentence_and_ends_the_program(
    folder: Path, processes: list[psutil.Process]
) -> None:
    log = folder / "server.log"
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        process = launch(folder, port, log)
        try:
            code = process.wait(60)
        except subprocess.TimeoutExpired:
            processes += [psutil.Process(process.pid)]
            raise
    assert code not in (0, None)
    said = log.read_text()
    assert f"Port {port} is not available" in said
    assert "Traceback" not in said


def test_a_damaged_database_limits_the_server_and_stays_as_it_was(folder: Path) -> None:
    broken = folder / "runs.db"
    broken.write_bytes(b"SQLite format 3\0" + bytes(range(256)) * 64)
    before = broken.read_bytes()
    with serve(folder, DROPOUT_DEMO_SLOTS="1") as server:
        health = server.health()
        assert health["status"] == "limited"
        (warning,) = health["warnings"]
        assert "Runs cannot be kept in" in warning
        assert "kept only while this server runs" in warning
        (run,), token = server.train(TINY)
        assert server.cancel(run, token).status_code == 202
    assert broken.read_bytes() == before
    assert [path.name for path in folder.glob("runs.db*")] == ["runs.db"]


def test_a_database_damaged_in_the_middle_gives_sentences_and_no_traces(folder: Path) -> None:
    with closing(Store(database(folder))) as store:
        store.add([("a", RunConfig.parse(TINY))], "me")
        for seq in range(1, 50):
            store.append("a", Step(seq, 1, 2.0, 0.1, 1e3), seq)
        store.append("a", Cancelled(), 50)
    with sqlite3.connect(folder / "runs.db") as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        root, size = (
            connection.execute("SELECT rootpage FROM sqlite_master WHERE name='events'").fetchone(),
            connection.execute("PRAGMA page_size").fetchone(),
        )
    connection.close()
    with (folder / "runs.db").open("r+b") as file:
        file.seek((root[0] - 1) * size[0])
        file.write(b"\xff" * size[0])
    with serve(folder, DROPOUT_DEMO_SLOTS="1") as server:
        answer = server.get("/api/runs/a/events")
        assert answer.status_code == 503
        assert "Runs cannot be kept in" in answer.json()["error"]
        assert server.get("/api/health").status_code == 200
        assert server.get("/").status_code == 200


def test_settings_that_make_no_sense_are_said_and_the_server_serves(folder: Path) -> None:
    with serve(folder, DROPOUT_DEMO_SLOTS="lots", DROPOUT_DEMO_BACKEND="abacus") as server:
        health = server.health()
        assert health["status"] == "limited"
        assert [warning.split()[0] for warning in health["warnings"]] == [
            "DROPOUT_DEMO_SLOTS",
            "DROPOUT_DEMO_BACKEND",
        ]
        assert health["backend"] == "local"


def test_a_page_and_the_api_come_from_one_server_and_the_page_gives_a_token(folder: Path) -> None:
    with serve(folder, DROPOUT_DEMO_SLOTS="1") as server:
        with new_client(server.address) as browser:
            page = browser.get("/", headers={"Accept": "text/html"})
        assert page.status_code == 200
        assert "text/html" in page.headers["content-type"]
        assert "HttpOnly" in page.headers["set-cookie"]
        pids = {worker["pid"] for worker in server.health()["workers"]}
        assert {child.pid for child in server.children()} == pids
