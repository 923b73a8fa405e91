"""A child process that speaks JSON lines, and ends with us whatever happens."""

from __future__ import annotations

import contextlib
import json
import os
import queue
import signal
import subprocess
import sys
import threading
from collections.abc import Mapping, Sequence
from typing import Any

ENDED: dict[str, Any] = {"ended": True}
"""What `read` gives once the process has ended and all it said was read."""

_LOW_PRIORITY = getattr(subprocess, "BELOW_NORMAL_PRIORITY_CLASS", 0)  # Windows' os.nice


class Child:
    """`python -m MODULE` with a line to its stdin and all its lines in a queue.

    The child must end itself when its stdin ends: then it never outlives this process, not
    even one that was killed.
    """

    def __init__(self, module: str, arguments: Sequence[str] = (), **environment: str) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-m", module, *arguments],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env={**os.environ, "PYTHONPATH": _import_path(), **environment},
            creationflags=_LOW_PRIORITY,
        )
        self._said: queue.SimpleQueue[dict[str, Any]] = queue.SimpleQueue()
        self._writing = threading.Lock()
        self._reader = threading.Thread(target=self._read_lines, daemon=True)
        self._reader.start()

    @property
    def pid(self) -> int:
        """The process's id."""
        return self.process.pid

    def alive(self) -> bool:
        """Whether the process still runs."""
        return self.process.poll() is None

    def say(self, message: Mapping[str, Any]) -> None:
        """Write one line. A child that has ended hears nothing; `read` will tell."""
        line = json.dumps(message).encode() + b"\n"
        assert self.process.stdin is not None
        with self._writing, contextlib.suppress(OSError, ValueError):
            self.process.stdin.write(line)
            self.process.stdin.flush()

    def read(self, timeout: float) -> dict[str, Any] | None:
        """The next thing said, ENDED after the last, None if `timeout` seconds brought none."""
        try:
            return self._said.get(timeout=timeout)
        except queue.Empty:
            return None

    def close_input(self) -> None:
        """Tell the child to end."""
        assert self.process.stdin is not None
        with self._writing, contextlib.suppress(OSError):
            self.process.stdin.close()

    def end(self, patience: float = 1.0) -> None:
        """End the child, by force after `patience` seconds, and wait until it is gone."""
        self.close_input()
        try:
            self.process.wait(patience)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self._reader.join()
        assert self.process.stdout is not None
        self.process.stdout.close()

    def why_it_ended(self) -> str:
        """The end of an ended process, in words."""
        code = self.process.wait()
        if code >= 0:
            return f"ended with exit code {code}"
        if code == -getattr(signal, "SIGKILL", 9):
            return "was killed (SIGKILL; often because memory ran out)"
        return f"was ended by signal {-code} ({signal.strsignal(-code)})"

    def _read_lines(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            with contextlib.suppress(ValueError):  # half a line, from a child killed while writing
                self._said.put(json.loads(line))
        self._said.put(ENDED)


def _import_path() -> str:
    """The child imports what we import, wherever we were started from."""
    return os.pathsep.join(path for path in sys.path if path)
