"""What a run has said so far: a run that is taken up says none of it twice."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from dropout_demo.events import Epoch, Event, Started, Step, from_json


@dataclass
class Told:
    """The last of each kind that a run has told, as far as they come again."""

    started: Started | None = None
    step: int = 0
    epoch: int = 0
    seconds: float = 0.0  # of training, in the epochs told

    @classmethod
    def by(cls, events: Iterable[Mapping[str, Any]]) -> Told:
        """By a run's stored events, in order."""
        told = cls()
        for event in events:
            told.note(from_json(event))
        return told

    def note(self, event: Event) -> None:
        """Take in what was told just now."""
        if isinstance(event, Started):
            self.started = event
        elif isinstance(event, Step):
            self.step = event.step
        elif isinstance(event, Epoch):
            self.epoch = event.epoch
            self.seconds += event.seconds

    def includes(self, event: Event) -> bool:
        """Whether an event comes again, or too late: a step of an epoch that is told."""
        if isinstance(event, Started):
            return self.started is not None
        if isinstance(event, Step):
            return event.step <= self.step or event.epoch <= self.epoch
        return isinstance(event, Epoch) and event.epoch <= self.epoch

    def contradicted_by(self, event: Event) -> str | None:
        """Why a run cannot go on, if it begins otherwise than it did; one sentence."""
        if not isinstance(event, Started) or self.started in (None, event):
            return None
        assert self.started is not None
        return (
            f"The run began {_how(self.started)} and can only go on {_how(event)}, which gives "
            "other numbers; train it again."
        )


def _how(started: Started) -> str:
    threads = f"{started.threads} thread{'s' if started.threads != 1 else ''}"
    return f"on {started.device} in {started.precision} with {threads}"
