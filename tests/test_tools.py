"""The little programs that the Makefile runs."""

from __future__ import annotations

import socket
import subprocess
import sys
from pathlib import Path

import pytest

TOOLS = Path(__file__).resolve().parents[1] / "tools"


def run(name: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, str(TOOLS / name), *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def test_this_python_is_new_enough() -> None:
    assert run("check_python.py").returncode == 0


def test_a_taken_port_is_said_with_another_to_choose() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        done = run("check_port.py", str(port))
    assert done.returncode == 1
    assert done.stderr.strip() == f"Port {port} is in use; choose another: make app PORT={port + 1}"
    assert run("check_port.py", str(port)).returncode == 0


@pytest.mark.parametrize("port", ["0", "65536", "http", "-1", ""])
def test_a_port_that_is_none_is_refused(port: str) -> None:
    done = run("check_port.py", port)
    assert done.returncode == 1
    assert "allowed: a whole number from 1 to 65535" in done.stderr
