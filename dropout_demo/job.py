"""A run that waits or trains in this process, and what it leaves behind."""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass, field

from dropout_demo import takeups
from dropout_demo.config import RunConfig
from dropout_demo.estimates import Pace, Progress
from dropout_demo.events import END_KINDS, Event, Finished
from dropout_demo.store import Run, Store
from dropout_demo.told import Told
from dropout_demo.weights import folder_of, forget

PACE_BEFORE = 0.3
"""What the pace of other runs is worth in a run's forecast, as a share of the run."""


@dataclass
class Job:
    """A run that waits or trains in this process."""

    run: str
    owner: str
    config: RunConfig
    progress: Progress
    stop: threading.Event = field(default_factory=threading.Event)
    thread: threading.Thread | None = None
    seq: int = 0
    told: Told = field(default_factory=Told)
    cancelled: bool = False  # somebody wanted it to end
    ended: bool = False
    finished: bool = False
    group: str = ""  # runs that are held and go on together: the code of a class
    first: bool = False  # before the others of its group, and of its round
    turn: str = ""  # whose turn it takes in line: its owner's, or another's of its group

    def __post_init__(self) -> None:
        self.turn = self.turn or self.owner

    @classmethod
    def left_by_another(cls, run: Run, store: Store) -> Job:
        """A run that another server left, with what it said there. Raises StoreError."""
        job = cls(run.id, run.owner, run.config, Progress(run.config))
        if run.status == "running":
            job.told, job.seq = Told.by(store.events(run.id)), store.last_seq(run.id)
            job.progress.done = job.told.epoch / run.config.epochs
        return job

    def go_on(self) -> bool:
        """Begin again what another server began; False when that was done often enough."""
        self.progress.began = time.monotonic() - self.told.seconds
        return takeups.count(folder_of(self.run))

    def note(self, event: Event) -> None:
        """Take in an event that was stored."""
        self.seq += 1
        self.told.note(event)
        self.ended = event.kind in END_KINDS
        self.finished = isinstance(event, Finished)
        self.progress.note(event)

    def cancel(self) -> None:
        """Ask for its end. If it trains, whoever takes it up will know of that."""
        if self.thread is not None:
            takeups.note_cancelled(folder_of(self.run))
        self.cancelled = True
        self.stop.set()

    def was_cancelled(self) -> bool:
        """Whether it was to end when its former server did."""
        return takeups.cancelled(folder_of(self.run))

    def tidy(self) -> None:
        """Keep of its files what is of use from now on."""
        if self.finished:
            takeups.forget(folder_of(self.run))
        elif self.ended:
            forget([self.run])
        else:  # its server ends in order
            takeups.forgive(folder_of(self.run))

    def seconds_left(self, pace: Pace) -> float:
        """Of a running run: by the pace of others at first, and ever more by its own.

        Its own counts as if `PACE_BEFORE` of it had passed at the others' pace: what the start
        takes says little of the rest.
        """
        left = self.progress.seconds_left()
        if left is None:
            return self.seconds_to_take(pace)
        done = self.progress.done
        own = left / (1 - done) if done < 1 else 0.0
        whole = (PACE_BEFORE * pace.seconds(self.config) + done * own) / (PACE_BEFORE + done)
        return whole * (1 - done)

    def seconds_to_take(self, pace: Pace) -> float:
        """Of a waiting run, which may have begun at another server."""
        return pace.seconds(self.config) * (1 - self.progress.done)
