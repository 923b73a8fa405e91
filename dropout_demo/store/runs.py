"""The table of runs: what each is, how it stands, and what it came to."""

from __future__ import annotations

import json
import logging
import time
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import sqlalchemy as sql
from pydantic import ValidationError

from dropout_demo.arms import arm_of
from dropout_demo.config import RunConfig
from dropout_demo.store import tables
from dropout_demo.store.database import Database

log = logging.getLogger(__name__)

WAITING = ("queued", "running")
MOST_OF_ARMS = 5_000
"""The newest runs that a picture of many arms is drawn from."""

_runs = tables.runs


@dataclass(frozen=True)
class Run:
    """A run as the store knows it. Times in unix seconds."""

    id: str
    owner: str
    server: str  # the server that looks after it; see presence.py
    config: RunConfig
    status: str  # queued, running, finished, failed, cancelled or interrupted
    created: float
    began: float | None
    ended: float | None
    summary: dict[str, Any]  # the last epoch's event; of the end, its fields
    name: str = ""  # the learner's own, plain text; "" for none
    colour: int | None = None  # a place in the palette; None: by its place on show
    pinned: bool = False
    hidden: bool = False
    deleted: float | None = None  # when it was put away; it may come back for a while
    imported: bool = False  # came from a file: other hands may have written its numbers


class RunTable(Database):
    """Runs by id, owner and status. A deleted run is not there, except where `deleted` is said."""

    def add(
        self,
        runs: Sequence[tuple[str, RunConfig]],
        owner: str,
        server: str = "",
        *,
        of_class: str = "",
        first: bool = False,
    ) -> None:
        """Write new runs (id, configuration) as queued, all or none.

        of_class: the code of their class, if any; first: whether they go before others.
        """
        now = time.time()
        rows = [
            {**new_row(run, config, owner), "server": server, "status": "queued", "created": now}
            for run, config in runs
        ]
        mine = {"class": of_class, "owner": owner, "first": first}
        with self._writing() as connection:
            connection.execute(_runs.insert(), rows)
            if of_class:
                here = [{"run": run, **mine} for run, _ in runs]
                connection.execute(tables.class_runs.insert(), here)
                used = tables.classes.update().where(tables.classes.c.code == of_class)
                connection.execute(used.values(used=now))

    def run(self, run: str) -> Run | None:
        """One run, or None when there is none of that id."""
        found = self.some([run])
        return found[0] if found else None

    def runs(
        self,
        owner: str | None = None,
        status: Sequence[str] = (),
        limit: int = 1_000,
        *,
        deleted: bool = False,
    ) -> list[Run]:
        """Runs in the order in which they came, the newest `limit`; or those that were deleted."""
        there = _runs.c.deleted.is_not(None) if deleted else _runs.c.deleted.is_(None)
        wanted: list[sql.ColumnElement[bool]] = [there]
        wanted += [] if owner is None else [_runs.c.owner == owner]
        wanted += [_runs.c.status.in_(status)] if status else []
        return self._select(*wanted, limit=limit)

    def some(self, ids: Sequence[str], *, put_away: bool = False) -> list[Run]:
        """The runs of these ids that there are, in the order asked for.

        put_away: those too that their owner has put away.
        """
        wanted = [_runs.c.id.in_(ids)] + ([] if put_away else [_runs.c.deleted.is_(None)])
        found = {run.id: run for run in self._select(*wanted, limit=len(ids))}
        return [found[run] for run in ids if run in found]

    def of_arms(self, arms: Sequence[RunConfig], status: Sequence[str]) -> list[Run]:
        """Everybody's runs of these arms (`arm_of` their configuration) that stand so, by arrival.

        Those that came from a file are left out: other hands may have written their numbers.
        """
        return self._select(
            _runs.c.arm.in_([arm_of(arm).hash for arm in arms]),
            _runs.c.status.in_(status),
            _runs.c.deleted.is_(None),
            sql.not_(_runs.c.imported),
            limit=MOST_OF_ARMS,
        )

    def count(self, status: Sequence[str], owner: str | None = None) -> int:
        """How many runs have one of these states."""
        wanted: list[sql.ColumnElement[bool]] = [_runs.c.deleted.is_(None)]
        wanted += [_runs.c.status.in_(status)]
        wanted += [] if owner is None else [_runs.c.owner == owner]
        with self._reading() as connection:
            return int(connection.scalar(sql.select(sql.func.count()).where(*wanted)) or 0)

    def hand_over(
        self, runs: Sequence[str], server: str, left_by: Sequence[str] | None = None
    ) -> set[str]:
        """Let another server look after these runs; returns of which it does now.

        left_by: only those that are still these servers': of two that ask, one gets them.
        """
        wanted = [_runs.c.id.in_(runs)]
        wanted += [] if left_by is None else [_runs.c.server.in_(left_by)]
        change = _runs.update().where(*wanted).values(server=server).returning(_runs.c.id)
        with self._writing() as connection:
            return set(connection.execute(change).scalars())

    def _select(self, *wanted: sql.ColumnElement[bool], limit: int = 1_000) -> list[Run]:
        query = sql.select(_runs).where(*wanted).order_by(_runs.c.number.desc()).limit(limit)
        with self._reading() as connection:
            rows = connection.execute(query).all()
        return [run for row in reversed(rows) if (run := _run(row)) is not None]


def new_row(run: str, config: RunConfig, owner: str) -> dict[str, Any]:
    """The columns that every new run has."""
    text = config.model_dump_json()
    names = {"hash": config.hash, "arm": arm_of(config).hash}
    return {"id": run, "owner": owner, "config": text, **names, "summary": "{}"}


def _run(row: Any) -> Run | None:
    """A row as a run; None, and a word in the log, for one that another version has written."""
    try:
        config = _config(row.config)
    except ValidationError as error:
        log.warning("run %s is left out: %s", row.id, error)
        return None
    fields = {name: value for name, value in row._mapping.items() if name in _PLAIN}
    return Run(config=config, summary=json.loads(row.summary), **fields)


_PLAIN = frozenset(Run.__dataclass_fields__) - {"config", "summary"}


@lru_cache(maxsize=4_096)
def _config(text: str) -> RunConfig:
    """A stored configuration; a shelf is read often, and reading one takes most of that time."""
    return RunConfig.model_validate_json(text)
