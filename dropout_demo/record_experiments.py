"""Making the recorded experiments that train no image network."""

from __future__ import annotations

import datetime as dt
import json
import platform
from importlib.metadata import version
from typing import Any

import torch
from rich.progress import Progress

from dropout_demo.evidence.experiments import (
    RECORDED_SEEDS,
    Row,
    Rows,
    file_of_experiment,
    recorded_rows,
    sequence_row,
)
from dropout_demo.record import processor
from dropout_demo.sequences.setting import EPOCHS, RATE, SEQUENCE_ARMS, SequenceArm
from dropout_demo.sequences.training import train

RECORDED_EXPERIMENTS = ("sequence",)
"""Those kept in files; what is computed in a moment is not."""

_THREADS = 1  # small matrices gain nothing by more


def record_experiment(name: str, progress: Progress, *, epochs: int = EPOCHS) -> bool:
    """Make the rows that are not there yet, keeping each as it ends; whether all are there now.

    Raises ValueError for a name that is none.
    """
    if name not in RECORDED_EXPERIMENTS:
        raise ValueError(f"There is no experiment {name}; allowed: {RECORDED_EXPERIMENTS}.")
    torch.set_num_threads(_THREADS)
    for seed in range(RECORDED_SEEDS):
        for arm in SEQUENCE_ARMS:
            there = recorded_rows(name)
            rows = there.rows if there else ()
            if not any((row.arm, row.seed) == (arm, seed) for row in rows):
                row = _trained(arm, seed, epochs, progress)
                keep_rows(Rows(name, (*rows, row), there.provenance if there else _provenance()))
    return True


def _trained(arm: SequenceArm, seed: int, epochs: int, progress: Progress) -> Row:
    bar = progress.add_task(f"LSTM, {arm}, seed {seed}", total=epochs)
    curve = []
    for told in train(arm, seed, epochs=epochs):
        if told is not None:
            curve.append([round(x, 6) for x in (told.train_clean, told.val, told.val_memory)])
            progress.update(bar, completed=told.epoch)
    progress.remove_task(bar)
    return sequence_row(arm, seed, curve)


def keep_rows(rows: Rows) -> None:
    """Write the file of these rows, whole or not at all."""
    path = file_of_experiment(rows.name)
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_suffix(".part")
    part.write_text(json.dumps(rows.to_json(), separators=(",", ":")) + "\n", "utf-8")
    part.replace(path)


def _provenance() -> dict[str, Any]:
    """Where the numbers come from, as runs on images say it."""
    return {
        "date": dt.datetime.now(dt.UTC).date().isoformat(),
        "processor": processor(),
        "system": f"{platform.system()} {platform.machine()}",
        "python": platform.python_version(),
        **{name: version(name) for name in ("torch", "numpy")},
        "device": "cpu",
        "precision": "fp32",
        "threads a run": _THREADS,
        "data": "made by dropout_demo/sequences/grammar.py",
        "rate": RATE,
    }
