"""Runs as tables and as JSON: every number, exact to the last bit."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from dropout_demo.arms import arm_names
from dropout_demo.contrasts import group_arms
from dropout_demo.readings import Result
from dropout_demo.store import Run

EventRecord = Mapping[str, Any]

_GROUPS = ("train_masked", "train_clean", "val")
_COLUMNS = (
    "epoch",
    *(f"{group}_{part}" for group in _GROUPS for part in ("loss", "accuracy")),
    "seconds",
)

_OF_THE_RUN = ("run", "arm", "seed", "status", "counted")


def epochs_frame(events: Sequence[EventRecord]) -> pd.DataFrame:
    """One row an epoch: loss (nats a sample) and accuracy (fraction) of the three measures."""
    return pd.DataFrame(_rows(events), columns=list(_COLUMNS))


def as_csv(_: Run, events: Sequence[EventRecord]) -> tuple[str, str]:
    """Media type and text: one row an epoch, under a header; numbers exact to the last bit."""
    return "text/csv", epochs_frame(events).to_csv(index=False, lineterminator="\n")


def as_json(run: Run, events: Sequence[EventRecord]) -> tuple[str, str]:
    """Media type and text: configuration, status and all events."""
    return "application/json", json.dumps(_whole(run, events), indent=1)


def comparison_csv(runs_with_events: Sequence[tuple[Run, Sequence[EventRecord]]]) -> str:
    """One row a run and epoch: what the run is, then the columns of a single run.

    `counted`: 1 in runs that a verdict rests on, the finished ones, of an arm and seed that was
    repeated the latest. `kept`: 1 in the epoch that is read as a finished run's last, with early
    stopping the best. So rows with both hold every number that a verdict at the last epoch needs.
    """
    names = arm_names([run.config for run, _ in runs_with_events])
    done = {
        run.id: Result(run.config, tuple(event for event in events if event["kind"] == "epoch"))
        for run, events in runs_with_events
        if run.status == "finished"
    }
    counted = {id(one) for arm in group_arms(list(done.values())).values() for one in arm.values()}
    rows = [
        {
            "run": run.id,
            "arm": name,
            "seed": run.config.seed,
            "status": run.status,
            "counted": int(id(done.get(run.id)) in counted),
            "kept": int(run.id in done and row["epoch"] == done[run.id].kept["epoch"]),
            **row,
        }
        for (run, events), name in zip(runs_with_events, names, strict=True)
        for row in _rows(events)
    ]
    frame = pd.DataFrame(rows, columns=[*_OF_THE_RUN, "kept", *_COLUMNS])
    return frame.to_csv(index=False, lineterminator="\n")


def comparison_json(
    runs_with_events: Sequence[tuple[Run, Sequence[EventRecord]]], query: str
) -> str:
    """The address of the comparison and all its runs, each as `as_json` gives it."""
    runs = [_whole(run, events) for run, events in runs_with_events]
    return json.dumps({"query": query, "runs": runs}, indent=1)


def _whole(run: Run, events: Sequence[EventRecord]) -> dict[str, Any]:
    return {
        "id": run.id,
        "config": run.config.model_dump(mode="json"),
        "hash": run.config.hash,
        "status": run.status,
        "events": list(events),
    }


def _rows(events: Sequence[EventRecord]) -> list[dict[str, Any]]:
    return [
        {
            "epoch": event["epoch"],
            **{f"{g}_{part}": event[g][part] for g in _GROUPS for part in ("loss", "accuracy")},
            "seconds": event["seconds"],
        }
        for event in events
        if event["kind"] == "epoch"
    ]
