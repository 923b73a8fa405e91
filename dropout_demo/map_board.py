"""The map as a board: what stands in the store now, cell by cell."""

from __future__ import annotations

import math
from collections import Counter
from typing import Any

from dropout_demo.arms import arm_of
from dropout_demo.config import RunConfig
from dropout_demo.map import CELLS, Cell, arms_of_map, filled
from dropout_demo.store import WAITING, Run, Store


def map_parts(store: Store, setting: RunConfig, measure: str) -> dict[str, Any]:
    """By the name of a cell (`name_of`): its value over seeds, its runs, and what is under way.

    Only cells with something are named. Numbers as in `MEASURES`; an interval that one seed does
    not have is null. Raises KeyError for a measure that there is not, StoreError.
    """
    arms = list(arms_of_map(setting))
    finished = [run for run in store.of_arms(arms, ["finished"]) if "epoch" in run.summary]
    told = filled(measure, setting, [(r.id, r.config, r.summary["epoch"]) for r in finished])
    busy = under_way(store.of_arms(arms, WAITING), setting)
    parts: dict[str, Any] = {}
    for cell in CELLS:
        part: dict[str, Any] = {}
        if value := told.get(cell):
            interval = [value.low, value.high] if math.isfinite(value.low) else None
            part = {"mean": value.mean, "interval": interval, "runs": list(value.runs)}
        if cell in busy:
            part["busy"] = busy[cell]
        if part:
            parts[name_of(cell)] = part
    return parts


def under_way(runs: list[Run], setting: RunConfig) -> Counter[Cell]:
    """How many of these runs are of each cell."""
    cells = arms_of_map(setting)
    return Counter(cell for run in runs if (cell := cells.get(arm_of(run.config))) is not None)


def name_of(cell: Cell) -> str:
    """Such as "fc1/0.5"."""
    return f"{cell.place}/{cell.rate:g}"


def cell_of(name: str) -> Cell | None:
    """The cell of a name; None for what names none."""
    return next((cell for cell in CELLS if name_of(cell) == name), None)
