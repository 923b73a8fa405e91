"""The opened runs that all panels look at."""

from __future__ import annotations

from dataclasses import dataclass

from dropout_demo.arms import arm_of
from dropout_demo.config import RunConfig
from dropout_demo.inside.networks import NetworkRef
from dropout_demo.lab import lab
from dropout_demo.opening import RECORDED, NotOpen, Openable, open_run, openable
from dropout_demo.recorded import RecordedRun, recording
from dropout_demo.ui.lab_state import learner

RECORDING = "article-pair"
MOST_SIBLINGS = 9


@dataclass(frozen=True)
class OnShow:
    """One opened run as the page shows it."""

    run: str  # its id, as the API takes it
    config: RunConfig
    name: str  # the learner's own, or what tells it from the other: plain text
    colour: int  # a place in the palette
    epochs: tuple[int, ...]  # those that are kept, from 0
    epoch: int  # the chosen one
    network: NetworkRef


def shelf_runs() -> list[Openable]:
    """This learner's runs that can be opened, newest first; then the recorded ones."""
    mine = lab().store.runs(learner(), status=["finished"])
    return openable(reversed(mine)) + [_opened(run) for run in recorded_runs()]


def recorded_runs() -> list[RecordedRun]:
    """Recorded runs whose networks are part of this copy."""
    found = recording(RECORDING)
    return [run for run in (found.runs if found else ()) if _kept(run)]


def siblings(shown: OnShow) -> list[NetworkRef]:
    """The last networks of the same arm trained from other seeds: an ensemble's other members."""
    arm, taken, found = arm_of(shown.config), {shown.config.seed}, []
    pool = shelf_runs() if not shown.run.startswith(RECORDED) else map(_opened, recorded_runs())
    for other in pool:
        if arm_of(other.config) == arm and other.config.seed not in taken:
            taken.add(other.config.seed)
            found.append(other.network())
    return found[:MOST_SIBLINGS]


def _kept(run: RecordedRun) -> bool:
    try:
        _opened(run)
    except NotOpen:
        return False
    return True


def _opened(run: RecordedRun) -> Openable:
    return open_run(lab().store, run.id)
