"""`python -m tests.load`: a class of 300 on this machine, and the figures that README gives."""

from __future__ import annotations

import argparse
import asyncio
import os
import platform
import tempfile
from collections.abc import Mapping
from pathlib import Path
from statistics import median
from typing import Any

import psutil
import pytest

from tests.load.client import MOST_SECONDS, MOST_STUDENTS, Place
from tests.load.scenarios import Class, quantile, start_all, watch
from tests.serving import Server, serve

WATCHED: Mapping[str, Any] = {"train_size": 2_000, "epochs": 500, "batch_size": 64}
QUICK: Mapping[str, Any] = {"train_size": 500, "epochs": 2, "batch_size": 64}
QUIET_SECONDS = 45.0


def main() -> None:
    """Read the command line, serve, and say what was measured."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--students", type=int, default=300)
    parser.add_argument("--seconds", type=float, default=300.0, help="how long all watch")
    asked = parser.parse_args()
    students = min(max(asked.students, 3), MOST_STUDENTS)
    seconds = min(asked.seconds, MOST_SECONDS)
    data = os.environ.get("DROPOUT_DEMO_DATA", "")
    dataset = "cifar10" if data else "shapes"
    with tempfile.TemporaryDirectory(prefix="dropout-load-") as folder:
        home = Path(folder)
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv("DROPOUT_DEMO_HOME", folder)
            from dropout_demo.data import prepare

            prepare(dataset)
        with serve(home, DROPOUT_DEMO_DATA=data) as server:
            asyncio.run(_measure(server, dataset, students, seconds))


async def _measure(server: Server, dataset: str, students: int, seconds: float) -> None:
    place = Place.of(server.address)
    process = psutil.Process(server.process.pid)
    print(f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}")
    setting = {"dataset": dataset} | WATCHED
    here = await Class.open(place, setting, 1)
    joins = await here.join(students)
    print(f"{students} joins: page and seat in {quantile(joins, 0.95):.2f} s (95 %)")
    told = await watch(here, process, seconds, QUIET_SECONDS)
    print(
        f"{students} watch for {seconds:.0f} s: {len(told.delays):,} updates, "
        f"{quantile(told.delays, 0.5):.2f} s after being written (half), "
        f"{quantile(told.delays, 0.95):.2f} s (95 %); {told.lost} connections lost; "
        f"{told.memory_each / 1e6:.2f} MB each; "
        f"a watcher that was cut had the same in the end: {told.agree}"
    )
    print(f"{len(told.clicks)} presses: {quantile(told.clicks, 0.95):.2f} s (95 %)")
    share = told.alone_seconds / told.epoch_seconds
    print(
        f"training: {told.epoch_seconds:.3f} s an epoch beside them, {told.alone_seconds:.3f} s "
        f"alone: {100 * share:.0f} % of its speed"
    )
    many = await Class.open(place, {"dataset": dataset} | QUICK, 1)
    await many.join(students, seconds=10)
    served = await start_all(many, slots=2, limit=MOST_SECONDS)
    ideal = served.work / served.slots
    print(
        f"{students} start a run within 10 s: {quantile(served.answers, 0.95):.2f} s (95 %), "
        f"{served.runs} runs, {served.finished} finished, {100 * served.in_order:.0f} % in order; "
        f"served in {served.seconds:.0f} s, {served.seconds / ideal:.2f} of what their slots allow"
    )
    print(f"said time until the end: off by {100 * median(served.errors):.0f} % (median)")


if __name__ == "__main__":
    main()
