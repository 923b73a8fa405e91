"""The process that looks inside networks: `python -m dropout_demo.inside.prober`.

One JSON object a line. In: what `Desk.take` takes. Out: {"ready": true} once, then for each
question {"ask": n, "done": 0..1, "partial": {...} or null}, any number of times, and at its end
{"ask": n, "answer": {...}} or {"ask": n, "error": "one sentence"}. It ends itself when stdin ends.
"""

from __future__ import annotations

import json
import logging
import os
import queue
import signal
import sys
import threading
from typing import Any

from dropout_demo.lines import Speech

NICENESS = 8
"""Yields to the web server and, being above the workers' own, to training, which keeps its slots;
a quick question takes milliseconds all the same."""


def main() -> None:
    """Answer questions until stdin ends."""
    speech = Speech.on_stdout()
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the server; we end with stdin
    logging.basicConfig(level=logging.WARNING)
    if hasattr(os, "nice"):
        os.nice(NICENESS)
    heard: queue.SimpleQueue[dict[str, Any]] = queue.SimpleQueue()
    threading.Thread(target=_listen, args=(heard,), daemon=True).start()

    from dropout_demo.inside.desk import Desk

    desk = Desk(speech.say)
    speech.say({"ready": True})
    while True:
        if not desk.busy():
            desk.take(heard.get())
        while not heard.empty():
            desk.take(heard.get())
        if desk.busy():
            desk.step()


def _listen(heard: queue.SimpleQueue[dict[str, Any]]) -> None:
    for line in sys.stdin:
        heard.put(json.loads(line))
    os._exit(0)  # the server is gone: nobody would read another word


if __name__ == "__main__":
    main()
