"""Preparing a data set in its own process: `python -m dropout_demo.data.job [--download] NAME`.

Speaks JSON lines on stdout: {"phase": "download"|"read"|"write", "done": n, "total": n}, at most
ten a second, then {"done": true} or {"error": "one sentence"}; the exit code is 0 or 1. It ends by
itself as soon as its stdin ends, so that it never outlives the server that started it. Ended at any
moment, also by SIGTERM, it leaves a download that the next one goes on with and a cache as it was.
"""

from __future__ import annotations

import argparse
import os
import signal
import sys
import threading
import time

from dropout_demo.lines import Speech

SECONDS_BETWEEN = 0.1


class _Progress:
    """Tells how far a work is, not too often."""

    def __init__(self, speech: Speech) -> None:
        self._speech = speech
        self._last = ("", 0.0)  # phase and time of the last progress

    def __call__(self, phase: str, done: int, total: int) -> None:
        now = time.monotonic()
        if phase != self._last[0] or done == total or now - self._last[1] >= SECONDS_BETWEEN:
            self._last = (phase, now)
            self._speech.say({"phase": phase, "done": done, "total": total})


def main() -> int:
    """Do what the command line says; 0 when it is done, 1 when it failed."""
    parser = argparse.ArgumentParser(prog="python -m dropout_demo.data.job")
    parser.add_argument("--download", action="store_true", help="fetch the archive first")
    parser.add_argument("--url", help="fetch it from here instead of its official address")
    parser.add_argument("--md5", help="its checksum there, hexadecimal")
    parser.add_argument("name")
    chosen = parser.parse_args()
    speech = Speech.on_stdout()
    progress = _Progress(speech)
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the server; we end with stdin
    threading.Thread(target=_end_with_stdin, daemon=True).start()

    from dropout_demo.data import DataError, prepare
    from dropout_demo.data.archive import check_wanted, download

    try:
        if chosen.download:
            check_wanted(chosen.name)
            download(progress, url=chosen.url, md5=chosen.md5)
        prepare(chosen.name, progress)
    except DataError as error:
        speech.say({"error": str(error)})
        return 1
    except (MemoryError, OSError) as error:
        reason = str(error) or "memory ran out"
        speech.say({"error": f"The images could not be prepared ({reason}); try again."})
        return 1
    speech.say({"done": True})
    return 0


def _end_with_stdin() -> None:
    while os.read(0, 4096):  # not sys.stdin: its lock would hang the interpreter's end
        pass
    os._exit(0)


if __name__ == "__main__":
    sys.exit(main())
