"""Small runs, their code, and the numbers that both must share."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from dropout_demo.config import RunConfig
from dropout_demo.events import Event, to_json
from dropout_demo.export import comparison_file
from dropout_demo.store import Run

Events = list[dict[str, Any]]
MEASURES = ("train_masked", "train_clean", "val")


def as_run(config: RunConfig, name: str = "", id: str = "abc") -> Run:
    return Run(id, "owner", "server", config, "finished", 1.0, 2.0, 3.0, {}, name)


def as_stored(events: Sequence[Event], run: str = "abc") -> Events:
    told = enumerate(map(to_json, events), 1)
    return [{"run": run, "seq": seq, "at": 0.5, **event} for seq, event in told]


def tiny_config(**changes: Any) -> RunConfig:
    """Trains on the tiny images in a moment; the last batch is uneven."""
    plain = {"dataset": "shapes", "train_size": 130, "width": 0.125, "batch_size": 50}
    return RunConfig.model_validate(plain | {"epochs": 2, "precision": "fp32"} | changes)


def script_of(*configs: RunConfig, events: Sequence[Events] = ()) -> str:
    told = events or [[] for _ in configs]
    runs = [(as_run(config, id=f"r{n}"), told[n]) for n, config in enumerate(configs)]
    return comparison_file("py", runs)[1]


def numbers(events: Events) -> list[dict[str, Any]]:
    """What a script says with --json, from the events of a run."""
    epochs = [e for e in events if e["kind"] == "epoch"]
    told = [{"epoch": e["epoch"], **{name: e[name] for name in MEASURES}} for e in epochs]
    ended = [e for e in events if e["kind"] == "finished"]
    return told + [{"test": e["test"]} for e in ended]


def without_epoch_of_test(reports: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [*reports[:-1], {"test": reports[-1]["test"]}]
