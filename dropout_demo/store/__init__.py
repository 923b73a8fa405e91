"""Runs and their events, in a database. An event is committed before anybody is shown it."""

from __future__ import annotations

from collections.abc import Sequence

from dropout_demo.events import Interrupted
from dropout_demo.store.classes import Class, ClassRun, ClassTable, Student
from dropout_demo.store.comparisons import Comparison, ComparisonTable
from dropout_demo.store.database import StoreError, StoreFull
from dropout_demo.store.event_log import EventLog
from dropout_demo.store.notes import NoteTable
from dropout_demo.store.runs import WAITING, Run
from dropout_demo.store.shelf import Shelf

__all__ = [
    "WAITING",
    "Class",
    "ClassRun",
    "Comparison",
    "Run",
    "Store",
    "StoreError",
    "StoreFull",
    "Student",
]


class Store(Shelf, EventLog, ComparisonTable, NoteTable, ClassTable):
    """Every method opens its own short transaction and may be called from any thread."""

    def interrupt(self, runs: Sequence[str]) -> None:
        """Mark runs that a server left in the middle."""
        for run in runs:
            self.append(run, Interrupted(), self.last_seq(run) + 1)
