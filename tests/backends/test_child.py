from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest

from dropout_demo.backends.child import ENDED, Child
from tests.serving import suspend

ECHO = """
import sys
for line in sys.stdin:
    sys.stdout.write(line)
    sys.stdout.flush()
"""
LIMIT = 20.0  # seconds until a small script must have answered
Start = Callable[..., Child]


@pytest.fixture
def start(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Start]:
    """Start a script as a child; what is left at the end is ended."""
    monkeypatch.syspath_prepend(tmp_path)
    children: list[Child] = []

    def start(script: str, *arguments: str, **environment: str) -> Child:
        (tmp_path / "said_by_test.py").write_text(script)
        children.append(Child("said_by_test", arguments, **environment))
        return children[-1]

    yield start
    for child in children:
        if child.alive():
            child.process.kill()
        child.end()


def all_said(child: Child) -> list[dict[str, Any]]:
    said = []
    while (message := child.read(LIMIT)) is not ENDED:
        assert message is not None, "nothing more was said"
        said.append(message)
    return said


def test_lines_go_there_and_back_in_order(start: Start) -> None:
    child = start(ECHO)
    for number in range(200):
        child.say({"n": number, "text": "ü\n\u2028"})
    assert [child.read(LIMIT) for _ in range(200)] == [
        {"n": number, "text": "ü\n\u2028"} for number in range(200)
    ]
    assert child.read(0) is None


def test_a_child_gets_its_arguments_and_environment(start: Start) -> None:
    child = start(
        "import json, os, sys; print(json.dumps({'a': sys.argv[1:], 'e': os.environ['X']}))",
        "one",
        "two",
        X="y",
    )
    assert all_said(child) == [{"a": ["one", "two"], "e": "y"}]


def test_end_waits_until_the_process_is_gone(start: Start) -> None:
    child = start(ECHO)
    process = psutil.Process(child.pid)
    child.end(patience=LIMIT)
    assert not child.alive()
    assert child.process.returncode == 0
    assert not process.is_running()
    assert child.read(0) is ENDED


def test_end_may_be_called_twice(start: Start) -> None:
    child = start(ECHO)
    child.end(LIMIT)
    child.end(LIMIT)
    assert not child.alive()


def test_a_child_that_does_not_listen_is_ended_by_force(start: Start) -> None:
    child = start("import time; print('{}', flush=True); time.sleep(600)")
    assert child.read(LIMIT) == {}
    began = time.monotonic()
    child.end(patience=0.1)
    assert not child.alive()
    assert time.monotonic() - began < LIMIT


def test_a_child_that_ended_hears_nothing_and_nobody_is_harmed(start: Start) -> None:
    child = start("")
    assert all_said(child) == []
    child.process.wait(LIMIT)
    for _ in range(100):
        child.say({"hello": "?" * 10_000})
    child.close_input()
    child.end()


def test_half_a_line_is_left_out_and_what_follows_is_read(start: Start) -> None:
    child = start("print('{\"a\": 1}'); print('{\"b\": '); print('{\"c\": 3}')")
    assert all_said(child) == [{"a": 1}, {"c": 3}]


@pytest.mark.parametrize(
    ("script", "why"),
    [
        ("raise SystemExit(3)", "ended with exit code 3"),
        ("import os, signal; os.kill(os.getpid(), signal.SIGKILL)", "was killed (SIGKILL"),
        ("import os, signal; os.kill(os.getpid(), signal.SIGTERM)", "was ended by signal 15"),
    ],
)
@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no signals")
def test_why_it_ended_is_told_in_words(start: Start, script: str, why: str) -> None:
    child = start(script)
    assert all_said(child) == []
    assert child.why_it_ended().startswith(why)


@pytest.mark.skipif(sys.platform == "win32", reason="Windows cannot stop a process")
def test_a_stopped_child_is_ended_by_force(start: Start) -> None:
    child = start(ECHO)
    suspend(psutil.Process(child.pid))
    child.end(patience=0.1)
    assert not child.alive()
