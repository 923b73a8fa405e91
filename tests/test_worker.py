from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from dropout_demo.backends.child import ENDED, Child
from tests.serving import LONG, RUN_LIMIT, TINY, prepared_home


@pytest.fixture(scope="module")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return prepared_home(tmp_path_factory)


@pytest.fixture(scope="module")
def worker(prepared: Path) -> Iterator[Child]:
    """One worker for all tests of this module, after its first words."""
    child = Child("dropout_demo.worker", DROPOUT_DEMO_HOME=str(prepared))
    ready = child.read(RUN_LIMIT)
    assert ready is not None
    assert ready["ready"].keys() == {"device", "precision", "reason"}
    yield child
    child.end(patience=10)
    assert child.process.returncode == 0


def said(worker: Child, key: str) -> Iterator[dict[str, Any]]:
    """What a run says, to its end."""
    while True:
        message = worker.read(RUN_LIMIT)
        assert message is not None
        assert message is not ENDED
        assert message["run"] == key
        yield message["event"]
        if message["event"]["kind"] not in ("started", "step", "epoch"):
            return


def task(key: str, config: dict[str, Any]) -> dict[str, Any]:
    return {"run": key, "config": config, "threads": 1}


def test_runs_are_trained_one_after_the_other_under_their_own_keys(worker: Child) -> None:
    worker.say(task("one", TINY))
    worker.say(task("two", TINY))
    for key in ("one", "two"):
        kinds = [event["kind"] for event in said(worker, key)]
        assert (kinds[0], kinds[-1]) == ("started", "finished")


def test_a_run_can_be_cancelled_before_and_while_it_trains(worker: Child) -> None:
    worker.say(task("now", LONG))
    worker.say(task("later", LONG))
    worker.say({"cancel": "later"})
    events = said(worker, "now")
    assert next(events)["kind"] == "started"
    worker.say({"cancel": "now"})
    assert [event["kind"] for event in events][-1] == "cancelled"
    assert [event["kind"] for event in said(worker, "later")][-1] == "cancelled"


def test_cancelling_what_is_not_there_harms_nobody(worker: Child) -> None:
    worker.say({"cancel": "nobody"})
    worker.say(task("after", TINY))
    assert [event["kind"] for event in said(worker, "after")][-1] == "finished"


@pytest.mark.skipif(not hasattr(os, "nice"), reason="no priorities here")
def test_training_yields_to_the_server(worker: Child) -> None:
    assert os.getpriority(os.PRIO_PROCESS, worker.pid) > os.getpriority(os.PRIO_PROCESS, 0)


def test_a_worker_ends_with_its_stdin_also_while_it_still_imports(home: Path) -> None:
    began = time.monotonic()
    done = subprocess.run(
        [sys.executable, "-m", "dropout_demo.worker"],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0
    assert done.stdout == b""
    assert time.monotonic() - began < 30


def test_what_libraries_print_does_not_disturb_the_conversation(
    prepared: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "sitecustomize.py").write_text(
        "import atexit, builtins, threading\n"
        "def chat():\n"
        "    print('a library says hello', flush=True)\n"
        "    threading.Timer(0.2, chat).start()\n"
        "threading.Timer(0.5, chat).start()\n"
    )
    monkeypatch.syspath_prepend(tmp_path)
    process = subprocess.Popen(
        [sys.executable, "-m", "dropout_demo.worker"],
        env={
            **os.environ,
            "PYTHONPATH": os.pathsep.join(filter(None, sys.path)),
            "DROPOUT_DEMO_HOME": str(prepared),
        },
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    )
    assert process.stdin is not None
    assert process.stdout is not None
    with process:
        first = json.loads(process.stdout.readline())
        assert "ready" in first
        process.stdin.close()
        rest = process.stdout.read().splitlines()
    assert [line for line in rest if b"library" in line] == []
