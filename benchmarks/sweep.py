"""How much quicker a sweep is done with two slots than with one, both of one thread a run.

The app's own queue and worker processes, without pages, on a store of their own. Rounds of one slot
and of two take turns; every slot trains as many runs, so both take the same time if slots cost each
other nothing. One slot with the threads of both is shown beside them: what two slots give over it
is what a wider run cannot use. Starting the workers is not measured, nor is reading the images.
"""

from __future__ import annotations

import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from statistics import median

from benchmarks.machine import describe
from benchmarks.server import dataset, spread, until
from dropout_demo.backends import create
from dropout_demo.config import RunConfig
from dropout_demo.cores import cores
from dropout_demo.data import load
from dropout_demo.jobs import Jobs
from dropout_demo.store import WAITING, Store

ROUNDS = 3
RUNS_A_SLOT = 4
EPOCHS = 2
RATES = (0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8)  # none is 0: a run without masks is shorter
SETUPS = {"one slot": (1, 1), "two slots": (2, 1), "one slot, two threads": (1, 2)}
SWEEP_LIMIT = 300.0  # seconds until a sweep must be done


def main() -> None:
    """Measure in turns and print."""
    print(describe())
    if cores() < 2:
        print("Two slots need two cores; there is one.")
        return
    load(dataset())  # prepared once, so that no sweep has to wait for it
    with ExitStack() as stack:
        queues = {name: stack.enter_context(_queue(*setup)) for name, setup in SETUPS.items()}
        for jobs in queues.values():
            measure(jobs, 1)  # each worker has read the images and trained once
        rounds = [
            {name: measure(jobs, RUNS_A_SLOT) for name, jobs in queues.items()}
            for _ in range(ROUNDS)
        ]
    print(f"sweep over the rate on {dataset()}, {RUNS_A_SLOT} runs a slot, {EPOCHS} epochs each")
    for name in SETUPS:
        print(f"{name}: {spread([r[name] for r in rounds], 'runs a minute', 1)}")
    for name, other in (("two slots", "one slot"), ("two slots", "one slot, two threads")):
        ratios = [r[name] / r[other] for r in rounds]
        print(
            f"{name} against {other}: {median(ratios):.2f} times "
            f"({min(ratios):.2f} to {max(ratios):.2f} over {ROUNDS} rounds)"
        )


def sweep(count: int) -> list[RunConfig]:
    """Runs of the same length that differ in the rate of both dense dropouts."""
    quick = RunConfig.preset("quick-baseline", dataset=dataset(), epochs=EPOCHS)
    plain = quick.model_dump()
    return [
        RunConfig.model_validate(plain | {"dropout": {"flatten": rate, "fc1": rate}})
        for rate in RATES[:count]
    ]


def measure(jobs: Jobs, runs_a_slot: int) -> float:
    """Runs a minute of a sweep that fills the slots, from its submission to its last end."""
    begun = time.time()
    runs = jobs.submit(sweep(runs_a_slot * jobs.slots), "bench")
    until(lambda: jobs.store.count(WAITING) == 0, SWEEP_LIMIT, "the end of the sweep")
    ended = jobs.store.some(runs)
    states = {run.status for run in ended}
    if states != {"finished"}:
        raise RuntimeError(f"Runs of the sweep ended as {', '.join(sorted(states))}.")
    return 60 * len(runs) / (max(run.ended or 0.0 for run in ended) - begun)


@contextmanager
def _queue(slots: int, threads: int) -> Iterator[Jobs]:
    with tempfile.TemporaryDirectory(prefix="dropout-bench-") as folder:
        store = Store(f"sqlite:///{Path(folder) / 'runs.db'}")
        jobs = Jobs(store, create("local", slots), slots, threads)
        jobs.start()
        try:
            yield jobs
        finally:
            jobs.close()
            store.close()


if __name__ == "__main__":
    main()
