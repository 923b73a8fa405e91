"""Which runs can be opened, and what is kept of each: stored runs and recorded ones alike."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from dropout_demo.config import RunConfig
from dropout_demo.inside.networks import NetworkRef
from dropout_demo.recorded import RecordedRun, recorded_run, weights_of
from dropout_demo.store import Run, Store
from dropout_demo.weights import epochs_in, folder_of

RECORDED = "recorded-"


class NotOpen(Exception):
    """A run that cannot be opened; says why, and what to do, in one sentence."""


@dataclass(frozen=True)
class Openable:
    """A finished run whose networks are kept."""

    run: str  # a stored run's id, or "recorded-" and the hash of a configuration
    config: RunConfig
    own_name: str  # the learner's own; "" for none
    own_colour: int | None
    folder: Path
    epochs: tuple[int, ...]  # in order; from 0, the untrained network, which needs no file
    last: int  # the epoch that the run's result is of: the best one after early stopping

    def network(self, epoch: int | None = None) -> NetworkRef:
        """The network after an epoch, the last if none is named. Raises NotOpen."""
        at = self.last if epoch is None else epoch
        if at not in self.epochs:
            kept = ", ".join(map(str, self.epochs))
            raise NotOpen(f"Epoch {at} of this run is not kept; its networks are of epochs {kept}.")
        return NetworkRef(self.config, self.folder, at)


def open_run(store: Store, run: str) -> Openable:
    """The run of an id. Raises NotOpen when it is unknown, not finished, or not kept."""
    if run.startswith(RECORDED):
        recorded = recorded_run(run.removeprefix(RECORDED)[:64])
        if recorded is None:
            raise NotOpen("There is no recorded run of this name.")
        return _recorded(recorded)
    found = store.run(run[:64])
    if found is None:
        raise NotOpen("There is no run of this id on this server.")
    return _stored(found)


def openable(runs: Iterable[Run]) -> list[Openable]:
    """Those of these runs that can be opened."""
    found = []
    for run in runs:
        try:
            found.append(_stored(run))
        except NotOpen:
            continue
    return found


def _stored(run: Run) -> Openable:
    if run.imported:
        raise NotOpen(
            "This run came from a file, which holds no networks; train it here to open it."
        )
    if run.status != "finished":
        raise NotOpen(f"This run is {run.status}; only a finished run can be opened.")
    best = run.summary.get("finished", {}).get("best_epoch")
    told = run.summary.get("epoch", {}).get("epoch", run.config.epochs)
    last = best if run.config.patience is not None and best else told
    folder = folder_of(run.id)
    kept = epochs_in(folder)
    if last not in kept:
        raise NotOpen(
            "The networks of this run are not kept any more, or never were; train it again: "
            "the same seed gives the same network."
        )
    return Openable(run.id, run.config, run.name, run.colour, folder, (0, *kept), last)


def _recorded(run: RecordedRun) -> Openable:
    folder = weights_of(run.config)
    kept = epochs_in(folder)
    last = run.config.epochs
    if last not in kept:
        raise NotOpen("The networks of this recorded run are not part of this copy.")
    return Openable(run.id, run.config, "", None, folder, (0, *kept), last)
