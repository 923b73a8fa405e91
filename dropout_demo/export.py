"""A run as a file."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import pandas as pd

from dropout_demo.store import Run

EventRecord = Mapping[str, Any]


def epochs_frame(events: Sequence[EventRecord]) -> pd.DataFrame:
    """One row an epoch: loss (nats a sample) and accuracy (fraction) of the three measures."""
    columns = ["epoch"]
    for name in ("train_masked", "train_clean", "val"):
        columns += [f"{name}_loss", f"{name}_accuracy"]
    rows = [
        {
            "epoch": event["epoch"],
            "seconds": event["seconds"],
            **{
                f"{name}_{part}": event[name][part]
                for name in ("train_masked", "train_clean", "val")
                for part in ("loss", "accuracy")
            },
        }
        for event in events
        if event["kind"] == "epoch"
    ]
    return pd.DataFrame(rows, columns=[*columns, "seconds"])


def as_csv(_: Run, events: Sequence[EventRecord]) -> tuple[str, str]:
    """Media type and text: one row an epoch, under a header; numbers exact to the last bit."""
    return "text/csv", epochs_frame(events).to_csv(index=False, lineterminator="\n")


def as_json(run: Run, events: Sequence[EventRecord]) -> tuple[str, str]:
    """Media type and text: configuration, status and all events."""
    whole = {
        "id": run.id,
        "config": run.config.model_dump(mode="json"),
        "hash": run.config.hash,
        "status": run.status,
        "events": list(events),
    }
    return "application/json", json.dumps(whole, indent=1)


FORMS: Mapping[str, Callable[[Run, Sequence[EventRecord]], tuple[str, str]]] = {
    "csv": as_csv,
    "json": as_json,
}
