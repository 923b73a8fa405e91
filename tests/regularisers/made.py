"""Recorded runs made up from a configuration alone, for tests of what is said of them."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from dropout_demo.arms import rates_of
from dropout_demo.config import RunConfig
from dropout_demo.recorded import RecordedRun


def accuracy_of(config: RunConfig) -> float:
    """Higher with dropout and with crops, and a little other for each seed."""
    gain = 0.02 * bool(rates_of(config)) + 0.04 * (config.augmentation != "none")
    spread = 0.1 * (config.weight_decay + config.input_noise / 100)
    return 0.6 + gain + spread + 0.001 * (config.seed + int(config.hash[:2], 16) / 256)


def keep(folder: Path, configs: Iterable[RunConfig]) -> None:
    """As `make record` would, below `folder`/runs."""
    (folder / "runs").mkdir(parents=True, exist_ok=True)
    for config in configs:
        run = RecordedRun(config, {"machine": "made up"}, tuple(_events(config)))
        path = folder / "runs" / f"{config.hash}.json"
        path.write_text(json.dumps(run.to_json()), "utf-8")


def _events(config: RunConfig) -> list[dict[str, Any]]:
    accuracy = accuracy_of(config)
    epochs = min(config.epochs, 6 + config.patience) if config.patience else config.epochs
    told: list[dict[str, Any]] = [{"kind": "started", "threads": 1}]
    for number in range(1, epochs + 1):
        at = accuracy * (1 - 0.5 / number)
        val = {"loss": 1.2 + 0.02 * abs(number - 6), "accuracy": at}
        clean = {"loss": 1.6 - 0.08 * number, "accuracy": at}
        told.append(
            {
                "kind": "epoch",
                "epoch": number,
                "train_masked": clean,
                "train_clean": clean,
                "val": val,
                "seconds": 2.0,
            }
        )
    test = {"loss": 2 - accuracy, "accuracy": accuracy}
    told.append({"kind": "finished", "test": test, "best_epoch": 6, "seconds": 2.0 * epochs})
    return told
