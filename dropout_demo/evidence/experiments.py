"""Experiments that train no image network: their arms, recorded rows, and rows as findings take."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any

from immutabledict import immutabledict

from dropout_demo.evidence.findings import Table
from dropout_demo.evidence.linear import linear_rows
from dropout_demo.recorded import FOLDER

RECORDED_SEEDS = 5
"""Seeds 0 to 4 of each arm are recorded."""

Losses = tuple[float, float, float]
"""After one epoch: train_clean, val and val_memory, nats a symbol."""


@dataclass(frozen=True)
class ArmText:
    """An arm's name, and what it does in a sentence."""

    name: str
    text: str


@dataclass(frozen=True)
class Experiment:
    """What an experiment is called and made of."""

    title: str
    arms: Mapping[str, ArmText]


SEQUENCE_TEXTS: Mapping[str, ArmText] = immutabledict(
    none=ArmText("no dropout", "Nothing is masked."),
    between=ArmText(
        "between layers only",
        "Masks stand on what goes up: input, between the layers, before the scores.",
    ),
    every_step=ArmText(
        "at every step",
        "The same masks, and a new one at each step on what a layer hands to its next step.",
    ),
)

EXPERIMENTS: Mapping[str, Experiment] = immutabledict(
    linear=Experiment(
        "Linear regression with dropout",
        immutabledict(sgd=ArmText("SGD with dropout", "One point a step, a new mask each time.")),
    ),
    sequence=Experiment("A small LSTM on a made language", SEQUENCE_TEXTS),
)
"""By the name that a card gives; arms in the order in which they are drawn."""


@dataclass(frozen=True)
class Row:
    """One arm and seed: its values by name, and its losses by epoch where it has any."""

    arm: str
    seed: int
    values: Mapping[str, float]
    curve: tuple[Losses, ...] = ()

    def to_json(self) -> dict[str, Any]:
        """As it is kept."""
        return {
            "arm": self.arm,
            "seed": self.seed,
            "values": dict(self.values),
            "curve": [list(losses) for losses in self.curve],
        }


@dataclass(frozen=True)
class Rows:
    """An experiment's rows, and where they come from; empty where they are computed at once."""

    name: str
    rows: tuple[Row, ...]
    provenance: Mapping[str, Any] = field(default_factory=immutabledict)

    def to_json(self) -> dict[str, Any]:
        """As it is kept."""
        rows = [row.to_json() for row in self.rows]
        return {"name": self.name, "provenance": dict(self.provenance), "rows": rows}


def sequence_row(arm: str, seed: int, curve: Sequence[Sequence[float]]) -> Row:
    """A recurrent run's row. curve: train_clean, val, val_memory of each epoch, one at least."""
    losses = tuple((train, val, memory) for train, val, memory in curve)
    val = [each[1] for each in losses]
    best = val.index(min(val))
    values = {
        "least_val_loss": val[best],
        "last_val_loss": val[-1],
        "least_val_memory_loss": min(each[2] for each in losses),
        "val_memory_loss_at_best": losses[best][2],
        "best_epoch": float(best + 1),
    }
    return Row(arm, seed, immutabledict(values), losses)


def recorded_rows(name: str) -> Rows | None:
    """What is recorded of an experiment, or computed at once; None before it is made."""
    if name == "linear":
        return _linear()
    if name not in EXPERIMENTS:
        return None
    return kept_rows(name)


def kept_rows(name: str) -> Rows | None:
    """The rows in the file of this name, which is none from an address; None where it is not."""
    path = file_of_experiment(name)
    try:
        written = path.stat().st_mtime_ns
    except OSError:
        return None
    return _read(path, written)


def file_of_experiment(name: str) -> Path:
    """Where an experiment's rows are kept."""
    return FOLDER / "experiments" / f"{name}.json"


def table(rows: Rows) -> Table:
    """Values by arm, seed and name, as `evidence.findings` takes them."""
    told: dict[str, dict[int, Mapping[str, float]]] = {
        arm: {} for arm in EXPERIMENTS[rows.name].arms
    }
    for row in sorted(rows.rows, key=lambda row: row.seed):
        told[row.arm][row.seed] = row.values
    return told


def curves(rows: Rows, part: int = 1) -> Mapping[str, Mapping[int, Sequence[float]]]:
    """By arm and seed, a loss an epoch: 0 train_clean, 1 val, 2 val_memory (nats a symbol)."""
    told: dict[str, dict[int, Sequence[float]]] = {}
    for row in rows.rows:
        if row.curve:
            told.setdefault(row.arm, {})[row.seed] = [losses[part] for losses in row.curve]
    return {arm: told[arm] for arm in EXPERIMENTS[rows.name].arms if arm in told}


@lru_cache(maxsize=1)
def _linear() -> Rows:
    found = linear_rows(range(RECORDED_SEEDS))
    rows = [
        Row(arm, seed, values) for arm, by_seed in found.items() for seed, values in by_seed.items()
    ]
    return Rows("linear", tuple(rows))


@lru_cache(maxsize=8)
def _read(path: Path, _written: int) -> Rows:
    """_written: when the file was, so that a new one is read anew."""
    raw = json.loads(path.read_text("utf-8"))
    rows = tuple(
        Row(
            row["arm"],
            row["seed"],
            immutabledict(row["values"]),
            tuple((train, val, memory) for train, val, memory in row["curve"]),
        )
        for row in raw["rows"]
    )
    return Rows(raw["name"], rows, immutabledict(raw["provenance"]))
