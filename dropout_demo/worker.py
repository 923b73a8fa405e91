"""A worker process: `python -m dropout_demo.worker`. Takes runs on stdin, speaks events on stdout.

One JSON object a line. In: {"run": key, "config": {...}, "threads": n, "weights": a folder for the
networks and the state on the way, or null} and {"cancel": key}.
Out: {"ready": {...}} once, then {"run": key, "event": {...}}; a run's last event is its end.
The worker ends itself when stdin ends, so no worker outlives its server, however that went.
"""

from __future__ import annotations

import json
import os
import queue
import signal
import sys
import threading
from pathlib import Path
from typing import Any

from dropout_demo.lines import Speech

NICENESS = 5
"""Training yields to the web server: a page stays quick while all cores train."""


def main() -> None:
    """Serve runs until stdin ends."""
    speech = Speech.on_stdout()
    for name in ("SIGINT", "SIGTERM", "SIGHUP"):  # they are for the server; we end with stdin
        if hasattr(signal, name):  # Windows has no hang-up
            signal.signal(getattr(signal, name), signal.SIG_IGN)
    if hasattr(os, "nice"):
        os.nice(NICENESS)
    tasks: queue.SimpleQueue[dict[str, Any]] = queue.SimpleQueue()
    stops: dict[str, threading.Event] = {}
    threading.Thread(target=_listen, args=(tasks, stops), daemon=True).start()

    from dropout_demo.config import RunConfig
    from dropout_demo.devices import keep_freed_memory
    from dropout_demo.events import to_json
    from dropout_demo.execution import execute
    from dropout_demo.warmup import warm_up

    keep_freed_memory()
    speech.say({"ready": warm_up()})
    while True:
        task = tasks.get()
        key, stop = task["run"], stops[task["run"]]
        config = RunConfig.model_validate(task["config"])
        weights = Path(task["weights"]) if task.get("weights") else None
        for event in execute(config, task["threads"], stop.is_set, weights):
            speech.say({"run": key, "event": to_json(event)})
        del stops[key]


def _listen(tasks: queue.SimpleQueue[dict[str, Any]], stops: dict[str, threading.Event]) -> None:
    for line in sys.stdin:
        message = json.loads(line)
        if "cancel" in message:
            stop = stops.get(message["cancel"])
            if stop is not None:
                stop.set()
        else:
            stops[message["run"]] = threading.Event()
            tasks.put(message)
    os._exit(0)  # the server is gone: nobody would read another word


if __name__ == "__main__":
    main()
