"""What 100 connections that watch one run get, and what they cost the training.

One slot with all threads of a small machine trains the article's network; stretches without and
with watchers take turns on the same run. The watchers are plain sockets in one process of their
own, on this machine too: what reading costs them is taken from the same cores, and printed.
"""

from __future__ import annotations

import asyncio
import itertools
import json
import re
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from statistics import quantiles
from typing import Any
from urllib.parse import urlsplit

from benchmarks.machine import describe
from benchmarks.server import Server, dataset, prepared_home, serve, spread, until_it_answers

WATCHERS = 100
ROUNDS = 6
SECONDS = 10.0  # that a stretch lasts
SETTLING_SECONDS = 1.0  # from the connections to the stretch: starting the watchers is no watching
WARM_UP_SECONDS = 3.0
IN_TIME = 0.5  # seconds after it was written
EPOCHS = 200  # more than fit in all stretches
MESSAGE = re.compile(rb'data: \{[^\n]*?"seq":(\d+),"at":([\d.]+)')


def main() -> None:
    """Measure in turns and print."""
    print(describe())
    with prepared_home() as home, serve(home, DROPOUT_DEMO_SLOTS="1") as server:
        until_it_answers(server)
        server.until_idle()
        config = {"preset": "article", "dataset": dataset(), "epochs": EPOCHS}
        runs, owner = server.train(config)
        server.until_events(runs[0])
        time.sleep(WARM_UP_SECONDS)
        alone, seen = [], []
        for _ in range(ROUNDS):
            alone.append(_stretch())
            seen.append(_in_a_process(server, runs[0]))
        events = server.get(f"/api/runs/{runs[0]}/events")["events"]
        server.cancel(runs, owner)
    threads = events[0]["threads"]
    print(f"{WATCHERS} watch one run on {dataset()}, {threads} threads, {ROUNDS} x {SECONDS:.0f} s")
    _tell_delays(seen)
    watched = [round_["stretch"] for round_ in seen]
    _tell_speeds([speed(events, *s) for s in alone], [speed(events, *s) for s in watched])


def _stretch() -> tuple[float, float]:
    """A while in which nobody watches; begin and end in unix seconds."""
    begun = time.time()
    time.sleep(SECONDS)
    return begun, time.time()


def speed(events: Sequence[dict[str, Any]], begun: float, ended: float) -> float:
    """Images a second between the steps told of in a stretch of time; evaluation is left out."""
    steps = [e for e in events if e["kind"] == "step" and begun <= e["at"] <= ended]
    parts = [
        (later["step"] - earlier["step"], later["images_per_second"])
        for earlier, later in itertools.pairwise(steps)
        if earlier["epoch"] == later["epoch"]
    ]
    return float(sum(count for count, _ in parts) / sum(count / speed for count, speed in parts))


def _tell_delays(seen: Sequence[dict[str, Any]]) -> None:
    delays = [delay for round_ in seen for delay in round_["delays"]]
    cuts = quantiles(delays, n=100)
    in_time = sum(delay <= IN_TIME for delay in delays) / len(delays)
    print(
        f"{len(delays):,} updates arrived; within {IN_TIME:g} s of being written: "
        f"{100 * in_time:.1f} %; after {1_000 * cuts[49]:.0f} ms in the median, "
        f"95 % within {1_000 * cuts[94]:.0f} ms, all within {1_000 * max(delays):.0f} ms"
    )
    broken = sum(round_["broken"] for round_ in seen)
    silent = sum(round_["silent"] for round_ in seen)
    print(f"gaps and doubles: {broken}; connections cut or without an update: {silent}")
    print(f"the watchers' own process: {spread([100 * s['cpu'] for s in seen], '% of a core', 1)}")


def _tell_speeds(alone: Sequence[float], watched: Sequence[float]) -> None:
    kept = [100 * w / a for a, w in zip(alone, watched, strict=True)]
    print(f"training unwatched: {spread(alone, 'images/s')}")
    print(f"training watched: {spread(watched, 'images/s')}")
    print(f"speed kept, watched against unwatched: {spread(kept, '%', 1)}")


def _in_a_process(server: Server, run: str) -> dict[str, Any]:
    command = [sys.executable, "-m", "benchmarks.watchers", server.address, run]
    output = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    told: dict[str, Any] = json.loads(output)
    return told


@dataclass
class Watcher(asyncio.Protocol):
    """One connection that reads a stream as cheaply as can be."""

    request: bytes
    seq: int = 0  # the last that was told
    broken: int = 0  # messages that were not the next one
    cut: bool = False
    delays: list[float] = field(default_factory=list)
    _connected_at: float = 0.0
    _rest: bytes = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._connected_at = time.time()
        transport.write(self.request)

    def connection_lost(self, _: Exception | None) -> None:
        self.cut = True

    def data_received(self, data: bytes) -> None:
        """Take the whole messages; what was written before we came is no update."""
        now = time.time()
        whole, end, rest = (self._rest + data).rpartition(b"\n\n")
        self._rest = rest
        for found in MESSAGE.finditer(whole + end):
            seq, at = int(found[1]), float(found[2])
            self.broken += seq != self.seq + 1
            self.seq = seq
            if at >= self._connected_at:
                self.delays.append(now - at)


async def watch(address: str, run: str) -> dict[str, Any]:
    """Watch from many connections for a while; delays in seconds, and what went wrong."""
    place = urlsplit(address)
    assert place.hostname is not None
    assert place.port is not None
    request = f"GET /api/stream?run={run}&status=1 HTTP/1.1\r\nHost: {place.netloc}\r\n\r\n"
    loop = asyncio.get_running_loop()
    connections = [
        await loop.create_connection(lambda: Watcher(request.encode()), place.hostname, place.port)
        for _ in range(WATCHERS)
    ]
    await asyncio.sleep(SETTLING_SECONDS)
    begun, cpu_begun = time.time(), time.process_time()
    await asyncio.sleep(SECONDS)
    ended, cpu_ended = time.time(), time.process_time()
    watchers = [watcher for _, watcher in connections]
    told = {
        "delays": [delay for watcher in watchers for delay in watcher.delays],
        "broken": sum(watcher.broken for watcher in watchers),
        "silent": sum(watcher.cut or not watcher.delays for watcher in watchers),
        "stretch": (begun, ended),
        "cpu": (cpu_ended - cpu_begun) / SECONDS,
    }
    for transport, _ in connections:
        transport.abort()
    return told


if __name__ == "__main__":
    if len(sys.argv) == 3 and sys.argv[0].endswith("watchers.py"):
        print(json.dumps(asyncio.run(watch(*sys.argv[1:]))))
    else:
        main()
