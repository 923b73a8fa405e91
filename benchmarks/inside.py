"""How long the process that looks inside networks takes, and what it costs training beside it.

The recorded article pair on real CIFAR-10, asked as pages ask, the process warm. The first of every
question is left out: it maps the images. For the cost, stretches with and without somebody who
draws 100 masks again and again take turns while two runs of one thread train.
"""

from __future__ import annotations

import itertools
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from statistics import median

import httpx

from benchmarks.machine import describe
from benchmarks.server import Server, prepared_home, serve, spread, until_it_answers
from benchmarks.watchers import speed
from dropout_demo.cores import cores
from dropout_demo.inside.learned import FiltersQuestion, MistakesQuestion
from dropout_demo.inside.masks import Masks
from dropout_demo.inside.networks import NetworkRef
from dropout_demo.inside.passes import PassesQuestion
from dropout_demo.inside.questions import Question
from dropout_demo.probing import Probing
from dropout_demo.recorded import RecordedRun, recording, weights_of

ROUNDS = 5
STRETCHES = 4
SECONDS = 8.0
WARM_UP_SECONDS = 3.0
EPOCHS = 200  # more than fit in all stretches


def main() -> None:
    """Measure and print."""
    print(describe())
    found = recording("article-pair")
    assert found is not None
    runs = [run for run in found.runs if weights_of(run.config).is_dir()]
    _answers(runs)
    _beside_training(next(run for run in runs if run.config.dropout))


def _answers(runs: Sequence[RecordedRun]) -> None:
    probing = Probing(cores)
    plain, dropped = (
        next(run for run in runs if bool(run.config.dropout) == wanted) for wanted in (False, True)
    )
    pair = [_network(dropped), _network(plain)]
    many = [_network(run) for run in runs if run.config.dropout]
    try:
        probing.warm()
        _seconds(probing, MistakesQuestion(), pair[:1])
        opened = [
            _seconds(probing, FiltersQuestion(), [_network(dropped, epoch), _network(plain, epoch)])
            for epoch in (1, 3, 7)
        ]
        _tell("two networks opened, filters told", opened)
        masks = [_seconds(probing, Masks(index=0, seed=seed), pair) for seed in range(1, 32)]
        _tell("a new mask at flatten, two networks", masks[1:])
        passes = [_seconds(probing, PassesQuestion(draw=draw), many) for draw in range(ROUNDS + 1)]
        _tell("100 masks over 2,000 images, and an ensemble of 5", passes[1:])
    finally:
        probing.close()


def _network(run: RecordedRun, epoch: int = 15) -> NetworkRef:
    return NetworkRef(run.config, weights_of(run.config), epoch)


def _seconds(probing: Probing, question: Question, networks: Sequence[NetworkRef]) -> float:
    begun = time.perf_counter()
    for _ in probing.ask(question, networks):
        pass
    return time.perf_counter() - begun


def _tell(what: str, seconds: Sequence[float]) -> None:
    print(f"{what}: {spread([1_000 * one for one in seconds], 'ms', 0)}")


def _beside_training(run: RecordedRun) -> None:
    """Two runs train; in every second stretch somebody draws 100 masks again and again."""
    with prepared_home() as home, serve(home, DROPOUT_DEMO_SLOTS="2") as server:
        until_it_answers(server)
        server.until_idle()
        runs, owner = server.train(
            *({"preset": "article", "epochs": EPOCHS, "seed": seed} for seed in (0, 1))
        )
        for name in runs:
            server.until_events(name)
        time.sleep(WARM_UP_SECONDS)
        stretches = []
        for _ in range(STRETCHES):
            alone = _stretch()
            with _asked_again_and_again(server, run):
                stretches.append((alone, _stretch()))
        events = [server.get(f"/api/runs/{name}/events")["events"] for name in runs]
        server.cancel(runs, owner)
    kept = [
        sum(speed(told, *asked) for told in events) / sum(speed(told, *alone) for told in events)
        for alone, asked in stretches
    ]
    print(
        f"training speed kept by two runs beside it: {median(kept):.0%} "
        f"({min(kept):.0%} to {max(kept):.0%} over {STRETCHES} rounds; "
        f"three threads on {cores()} cores leave {cores() / 3:.0%})"
    )


def _stretch() -> tuple[float, float]:
    begun = time.time()
    time.sleep(SECONDS)
    return begun, time.time()


@contextmanager
def _asked_again_and_again(server: Server, run: RecordedRun) -> Iterator[None]:
    """Until the block ends; every question is a new one, so that no answer is at hand."""
    stop = threading.Event()

    def ask() -> None:
        for draw in itertools.count(int(time.time()) % 10**6):
            if stop.is_set():
                return
            body = {"networks": [{"run": run.id}], "question": {"draw": draw}}
            httpx.post(f"{server.address}/api/inside/passes", json=body, timeout=60)

    asker = threading.Thread(target=ask)
    asker.start()
    try:
        yield
    finally:
        stop.set()
        asker.join()
