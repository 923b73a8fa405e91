"""Recorded results: real runs of this project, small, with where they come from."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from dropout_demo.config import RunConfig
from dropout_demo.readings import Result

FOLDER = Path(__file__).resolve().parent.parent / "assets" / "recorded"
WEIGHTS = FOLDER / "weights"


@dataclass(frozen=True)
class RecordedRun:
    """One recorded run: its configuration and its events without the steps."""

    config: RunConfig
    provenance: Mapping[str, Any]  # machine, versions, date, data fingerprint, threads
    events: tuple[Mapping[str, Any], ...]

    @property
    def result(self) -> Result:
        """The run as comparisons take it."""
        return Result(self.config, tuple(e for e in self.events if e["kind"] == "epoch"))

    @property
    def id(self) -> str:
        """A name that no stored run has."""
        return f"recorded-{self.config.hash}"


@dataclass(frozen=True)
class Recording:
    """Runs that belong together, and their provenance."""

    name: str
    title: str
    runs: tuple[RecordedRun, ...]

    @property
    def provenance(self) -> dict[str, str]:
        """Where the runs come from; what differs among them is said with all its values."""
        names = dict.fromkeys(name for run in self.runs for name in run.provenance)
        values = {
            name: dict.fromkeys(str(run.provenance.get(name, "unknown")) for run in self.runs)
            for name in names
        }
        return {name: " or ".join(found) for name, found in values.items()}


@cache
def recording(name: str) -> Recording | None:
    """A recording of this name; None when it was not made yet."""
    path = FOLDER / f"{name}.json"
    if not path.is_file():
        return None
    raw = json.loads(path.read_text("utf-8"))
    runs = (
        RecordedRun(
            RunConfig.model_validate(run["config"]), run["provenance"], tuple(run["events"])
        )
        for run in raw["runs"]
    )
    return Recording(name, raw["title"], tuple(runs))


def weights_of(config: RunConfig) -> Path:
    """The folder of a recorded run's networks; few runs have any, for they are large."""
    return WEIGHTS / config.hash


def recorded_run(config_hash: str) -> RecordedRun | None:
    """The recorded run of this configuration, from whichever recording holds it."""
    for path in sorted(FOLDER.glob("*.json")):
        found = recording(path.stem)
        for run in found.runs if found else ():
            if run.config.hash == config_hash:
                return run
    return None
