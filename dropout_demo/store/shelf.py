"""A learner's shelf: marking runs, putting them away and back, and finding a finished one again."""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import Unpack

import sqlalchemy as sql

from dropout_demo.marks import Marks, marks_from
from dropout_demo.store import tables
from dropout_demo.store.runs import WAITING, Run, RunTable

_runs = tables.runs


class Shelf(RunTable):
    """What only a run's owner may do; other owners' ids are passed over in silence."""

    def mark(self, owner: str, ids: Sequence[str], **marks: Unpack[Marks]) -> int:
        """Change name, colour, pinned or hidden of these runs; returns of how many.

        Raises ConfigError for a value that makes no sense; see marks.py.
        """
        values = dict(marks_from(marks))
        wanted = [*_of(owner, ids), _runs.c.deleted.is_(None)]
        if values:
            return self._update(wanted, values)
        with self._reading() as connection:
            return int(connection.scalar(sql.select(sql.func.count()).where(*wanted)) or 0)

    def count_on_shelf(self, owner: str) -> int:
        """How many runs an owner keeps, hidden ones too."""
        mine = sql.select(sql.func.count()).where(_runs.c.owner == owner, _runs.c.deleted.is_(None))
        with self._reading() as connection:
            return int(connection.scalar(mine) or 0)

    def delete(self, owner: str, ids: Sequence[str]) -> int:
        """Put runs away; returns how many. Whoever calls has cancelled those that train or wait."""
        return self._update([*_of(owner, ids), _runs.c.deleted.is_(None)], {"deleted": time.time()})

    def restore(self, owner: str, ids: Sequence[str]) -> int:
        """Bring deleted runs back; returns how many were still there."""
        return self._update([*_of(owner, ids), _runs.c.deleted.is_not(None)], {"deleted": None})

    def purge(self, before: float) -> list[str]:
        """Remove for good, with their events, the runs deleted before a time (unix seconds).

        A run that has not ended stays: its worker still writes. So does a run of a class as long
        as there is the class, whose results it is part of. Returns the ids that are gone.
        """
        of_classes = sql.select(tables.class_runs.c.run)
        ended = (_runs.c.status.not_in(WAITING), _runs.c.id.not_in(of_classes))
        wanted = (_runs.c.deleted < before, *ended)
        gone = sql.select(_runs.c.id).where(*wanted)
        with self._reading() as connection:  # most often nothing: no need to write
            if connection.execute(gone.limit(1)).first() is None:
                return []
        with self._writing() as connection:
            ids = list(connection.execute(gone).scalars())
            connection.execute(tables.events.delete().where(tables.events.c.run.in_(gone)))
            connection.execute(_runs.delete().where(*wanted))
        return ids

    def finished(self, owner: str, hashes: Sequence[str]) -> dict[str, Run]:
        """By configuration hash, this owner's newest run that was trained here to its end."""
        found = self._select(
            _runs.c.owner == owner,
            _runs.c.hash.in_(hashes),
            _runs.c.status == "finished",
            _runs.c.deleted.is_(None),
            sql.not_(_runs.c.imported),
        )
        return {run.config.hash: run for run in found}  # in order of arrival: the newest stays

    def _update(self, wanted: Sequence[sql.ColumnElement[bool]], values: dict[str, object]) -> int:
        with self._writing() as connection:
            return connection.execute(_runs.update().where(*wanted).values(**values)).rowcount


def _of(owner: str, ids: Sequence[str]) -> list[sql.ColumnElement[bool]]:
    return [_runs.c.owner == owner, _runs.c.id.in_(ids)]
