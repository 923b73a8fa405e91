"""Preparing in a process of its own: what it says, and that it never outlives who started it."""

import json
import os
import signal
import subprocess
import sys
import time

import pytest

from tests.data.server import CONTENT, fetch, part

JOB = [sys.executable, "-m", "dropout_demo.data.job"]
PIPES = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}


def start(*arguments):
    return subprocess.Popen([*JOB, *arguments], **PIPES)


def finished(*arguments):
    """Lines and exit code of a job whose stdin stays open, as a server's does."""
    with start(*arguments) as process:
        said = [json.loads(line) for line in process.stdout]
        return said, process.wait(timeout=60)


def test_a_job_says_its_progress_and_that_it_is_done():
    said, code = finished("shapes")
    assert code == 0
    assert said[-1] == {"done": True}
    assert {message["phase"] for message in said[:-1]} == {"read", "write"}
    assert all(0 <= message["done"] <= message["total"] for message in said[:-1])
    assert len(said) < 200, "at most ten lines a second"


def test_a_job_says_its_error_in_one_sentence(server):
    server.status = 404
    said, code = finished("--download", "--url", server.url, "--md5", "0", "cifar10")
    assert code == 1
    assert list(said[-1]) == ["error"]
    assert "404" in said[-1]["error"]


def test_a_job_refuses_a_download_that_would_not_be_used(tmp_path, monkeypatch):
    monkeypatch.setenv("DROPOUT_DEMO_DATA", str(tmp_path))
    said, _ = finished("--download", "cifar10")
    assert "DROPOUT_DEMO_DATA" in said[-1]["error"]


@pytest.mark.parametrize("way", ["stdin ends", "SIGTERM"])
def test_a_job_that_is_ended_leaves_its_part_for_the_next(server, way):
    server.pause = 0.05
    process = start("--download", "--url", server.url, "--md5", server.md5, "cifar10")
    with process:
        for line in process.stdout:
            if json.loads(line)["done"] > 50_000:
                break
        if way == "SIGTERM":
            os.kill(process.pid, signal.SIGTERM)
        else:
            process.stdin.close()
        begun = time.monotonic()
        process.wait(timeout=10)
        assert time.monotonic() - begun < 1
    assert part().stat().st_size > 50_000
    assert CONTENT.startswith(part().read_bytes())
    server.pause = 0
    assert fetch(server).read_bytes() == CONTENT
    assert "range" in server.asked[-1]
