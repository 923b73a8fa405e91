"""Recorded results: real runs of this project, small, with where they come from."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any

from dropout_demo.config import RunConfig
from dropout_demo.readings import Result
from dropout_demo.recordings import recordings

_HASH = re.compile("[0-9a-f]{16}")
FOLDER = Path(__file__).resolve().parent.parent / "assets" / "recorded"


@dataclass(frozen=True)
class RecordedRun:
    """One recorded run: its configuration and its events without the steps."""

    config: RunConfig
    provenance: Mapping[str, Any]  # machine, versions, date, data fingerprint, threads
    events: tuple[Mapping[str, Any], ...]
    measured: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    """What was found inside its last network, by the names of `evidence.measures`."""

    @property
    def result(self) -> Result:
        """The run as comparisons take it."""
        return Result(self.config, tuple(e for e in self.events if e["kind"] == "epoch"))

    @property
    def id(self) -> str:
        """A name that no stored run has."""
        return f"recorded-{self.config.hash}"

    def to_json(self) -> dict[str, Any]:
        """As it is kept."""
        return {
            "hash": self.config.hash,
            "config": self.config.model_dump(mode="json"),
            "provenance": dict(self.provenance),
            "events": list(self.events),
            "measured": dict(self.measured),
        }


@dataclass(frozen=True)
class Recording:
    """Runs that belong together, and their provenance."""

    name: str
    title: str
    runs: tuple[RecordedRun, ...]
    missing: int = 0  # runs that are planned, but not made yet

    @property
    def provenance(self) -> dict[str, str]:
        """Where the runs come from; what differs among them is said with all its values."""
        names = dict.fromkeys(name for run in self.runs for name in run.provenance)
        values = {
            name: dict.fromkeys(str(run.provenance.get(name, "unknown")) for run in self.runs)
            for name in names
        }
        return {name: " or ".join(found) for name, found in values.items()}


def recording(name: str) -> Recording | None:
    """The runs of this recording that were made; None before the first of them."""
    plan = recordings().get(name)
    if plan is None:
        return None
    runs = tuple(run for config in plan.configs if (run := recorded_run(config.hash)) is not None)
    return Recording(name, plan.title, runs, len(plan.configs) - len(runs)) if runs else None


def recorded_run(config_hash: str) -> RecordedRun | None:
    """The recorded run of this configuration, whichever recordings it belongs to."""
    if not _HASH.fullmatch(config_hash):  # it may come from an address, and becomes a path
        return None
    path = file_of_run(config_hash)
    try:
        written = path.stat().st_mtime_ns
    except OSError:
        return None
    return _read(path, written)


def file_of_run(config_hash: str) -> Path:
    """Where a configuration's run is kept."""
    return FOLDER / "runs" / f"{config_hash}.json"


def weights_of(config: RunConfig) -> Path:
    """The folder of a recorded run's networks; few runs have any, for they are large."""
    return FOLDER / "weights" / config.hash


@lru_cache(maxsize=2_000)
def _read(path: Path, _written: int) -> RecordedRun:
    """_written: when the file was, so that a new one is read anew."""
    raw = json.loads(path.read_text("utf-8"))
    config = RunConfig.model_validate(raw["config"])
    return RecordedRun(config, raw["provenance"], tuple(raw["events"]), raw.get("measured", {}))
