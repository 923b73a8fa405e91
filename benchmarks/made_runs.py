"""A learner's database full of finished runs, made up: what training them would have stored."""

from __future__ import annotations

import itertools
import math
import random
import uuid
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import sqlalchemy as sql

from benchmarks.server import dataset
from dropout_demo.anatomy import anatomy
from dropout_demo.config import RunConfig
from dropout_demo.events import Epoch, Event, Finished, Measure, Started, Step, to_json
from dropout_demo.plan import Plan
from dropout_demo.store import Store, tables

STEP_EVENTS = 200  # as many as a run of about 20 seconds tells
BEGAN = 1_700_000_000.0  # unix seconds
SECONDS_A_RUN = 22.0
AT_ONCE = 50  # runs written in one transaction


def compared_plan() -> Plan:
    """Four arms, ten seeds: 40 runs of 15 epochs."""
    return Plan(RunConfig.preset("article", dataset=dataset()), "places", seeds=10)


def fill(home: Path, owner: str, count: int) -> list[str]:
    """Make `count` runs of an owner in a new home's database, the compared ones newest.

    Returns the ids of the runs of `compared_plan`.
    """
    configs = [*_others(count - len(compared_plan().configs())), *compared_plan().configs()]
    runs = [(uuid.uuid4().hex[:12], config) for config in configs]
    address = f"sqlite:///{home / 'runs.db'}"
    store = Store(address)
    try:
        for first in range(0, count, AT_ONCE):
            part = runs[first : first + AT_ONCE]
            store.add_imported([(run, config, "", _events(config)) for run, config in part], owner)
    finally:
        store.close()
    _as_if_trained_here(address)
    return [run for run, _ in runs[-len(compared_plan().configs()) :]]


def _as_if_trained_here(address: str) -> None:
    engine = sql.create_engine(address)
    with engine.begin() as connection:
        connection.execute(tables.runs.update().values(imported=False))
    engine.dispose()


def _others(count: int) -> list[RunConfig]:
    """Different configurations, as many sweeps would leave them."""
    rates = (0.0, 0.1, 0.2, 0.3, 0.5, 0.7)
    widths, optimizers = (0.5, 1.0, 2.0), ("adam", "adamw", "sgd")
    plain = RunConfig.preset("quick", dataset=dataset()).model_dump()
    every = itertools.product(range(10), rates, widths, optimizers)
    return [
        RunConfig.model_validate(
            plain
            | {"seed": seed, "width": width, "optimizer": optimizer}
            | {"dropout": {"flatten": rate, "fc1": rate}}
        )
        for seed, rate, width, optimizer in itertools.islice(every, count)
    ]


def _events(config: RunConfig) -> list[dict[str, Any]]:
    """What such a run says, with its place and time; the same for the same configuration."""
    chance = random.Random(config.hash)
    told = list(_told(config, chance))
    gap = SECONDS_A_RUN / len(told)
    return [{"seq": n + 1, "at": BEGAN + n * gap, **to_json(event)} for n, event in enumerate(told)]


def _told(config: RunConfig, chance: random.Random) -> Iterator[Event]:
    """A fall that flattens out, and without dropout a validation loss that rises again."""
    steps = config.epochs * math.ceil(config.train_size / config.batch_size)
    parameters = sum(facts.parameters for facts in anatomy(config))
    yield Started("cpu", "bf16", 1, parameters, steps)
    rate = max((drop.p for drop in config.dropout.values()), default=0.0)
    skill = chance.gauss(0, 0.01)
    said = 0
    vals: list[Measure] = []
    for epoch in range(1, config.epochs + 1):
        while said < STEP_EVENTS * epoch // config.epochs:
            said += 1
            step = max(said, steps * said // STEP_EVENTS)
            at = config.epochs * said / STEP_EVENTS
            masked = _measure(_clean_loss(at) + 0.4 * rate + chance.gauss(0, 0.08))
            yield Step(step, epoch, masked.loss, masked.accuracy, chance.gauss(5_000, 200))
        clean = _measure(_clean_loss(epoch) + 0.1 * rate + skill)
        rise = 0.05 * epoch * max(0.1, 0.6 - rate)
        vals.append(_measure(clean.loss + rise + chance.gauss(0, 0.02)))
        masked = _measure(clean.loss + 0.3 * rate)
        yield Epoch(epoch, masked, clean, vals[-1], SECONDS_A_RUN / config.epochs)
    yield Finished(vals[-1], _best(vals), SECONDS_A_RUN)


def _clean_loss(epoch: float) -> float:
    return 0.35 + 1.95 * math.exp(-epoch / 4)


def _measure(loss: float) -> Measure:
    return Measure(max(0.01, loss), min(0.99, math.exp(-0.55 * max(0.01, loss))))


def _best(vals: Sequence[Measure]) -> int:
    return 1 + min(range(len(vals)), key=lambda at: vals[at].loss)
