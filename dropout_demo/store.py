"""Runs and their events, in a database. An event is committed before anybody is shown it."""

from __future__ import annotations

import json
import logging
import sqlite3
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import sqlalchemy as sql
from pydantic import ValidationError
from sqlalchemy import Engine, event
from sqlalchemy.exc import SQLAlchemyError

from dropout_demo.config import RunConfig
from dropout_demo.events import END_KINDS, Event, Interrupted, to_json

log = logging.getLogger(__name__)

SCHEMA_VERSION = 1
WAITING = ("queued", "running")

_schema = sql.MetaData()
_about = sql.Table("about", _schema, sql.Column("version", sql.Integer, primary_key=True))
_runs = sql.Table(
    "runs",
    _schema,
    sql.Column("number", sql.Integer, primary_key=True),  # order of arrival
    sql.Column("id", sql.String(32), nullable=False, unique=True),
    sql.Column("owner", sql.String(64), nullable=False, index=True),
    sql.Column("server", sql.String(32), nullable=False, default=""),  # who looks after it
    sql.Column("config", sql.Text, nullable=False),
    sql.Column("hash", sql.String(16), nullable=False, index=True),
    sql.Column("status", sql.String(16), nullable=False, index=True),
    sql.Column("created", sql.Float, nullable=False),
    sql.Column("began", sql.Float),
    sql.Column("ended", sql.Float),
    sql.Column("summary", sql.Text, nullable=False, default="{}"),
)
_events = sql.Table(
    "events",
    _schema,
    sql.Column("run", sql.String(32), primary_key=True),
    sql.Column("seq", sql.Integer, primary_key=True),
    sql.Column("body", sql.Text, nullable=False),
)


class StoreError(Exception):
    """The database cannot be used; says why and what to do, in one sentence."""


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


class Store:
    """Every method opens its own short transaction and may be called from any thread."""

    def __init__(self, url: str | sql.URL) -> None:
        """Open or make the database at an SQLAlchemy URL. Raises StoreError."""
        try:
            self._engine = _engine(url)
            self._name = self._engine.url.render_as_string(hide_password=True)
            self._writer = self._engine.execution_options(writes=True)
            if self._engine.dialect.name == "sqlite" and self.file is None:
                raise StoreError(
                    "DROPOUT_DEMO_DATABASE names a database in memory, which threads cannot share; "
                    "name a file: sqlite:////folder/runs.db."
                )
            with _as_store_error(self._name):
                _prepare(self._writer)
        except (SQLAlchemyError, ImportError, ValueError) as error:  # a URL that means nothing
            reason = str(error).rstrip(".")  # without the URL: a password may stand in it
            raise StoreError(f"DROPOUT_DEMO_DATABASE cannot be used: {reason}.") from None

    @property
    def file(self) -> Path | None:
        """The database's own file; None for a database server."""
        name = self._engine.url.database
        is_file = self._engine.dialect.name == "sqlite" and name not in (None, "", ":memory:")
        return Path(str(name)) if is_file else None

    def close(self) -> None:
        """Let go of the database."""
        self._engine.dispose()

    def add(self, runs: Sequence[tuple[str, RunConfig]], owner: str, server: str = "") -> None:
        """Write new runs (id, configuration) as queued, all or none."""
        now = time.time()
        rows = [
            {
                "id": run,
                "owner": owner,
                "server": server,
                "config": config.model_dump_json(),
                "hash": config.hash,
                "status": "queued",
                "created": now,
                "summary": "{}",
            }
            for run, config in runs
        ]
        with self._writing() as connection:
            connection.execute(_runs.insert(), rows)

    def append(self, run: str, what: Event, seq: int) -> dict[str, Any]:
        """Commit a run's next event and what it changes of the run; returns it as stored."""
        body = {"run": run, "seq": seq, "at": time.time(), **to_json(what)}
        with self._writing() as connection:
            text = json.dumps(body, separators=(",", ":"))
            connection.execute(_events.insert(), {"run": run, "seq": seq, "body": text})
            changes = _changes(body)
            if what.kind == "epoch" or what.kind in END_KINDS:
                summary = _summary(connection, run) | {what.kind: to_json(what)}
                changes["summary"] = json.dumps(summary)
            if changes:
                connection.execute(_runs.update().where(_runs.c.id == run).values(**changes))
        return body

    def run(self, run: str) -> Run | None:
        """One run, or None when there is none of that id."""
        found = self._select(_runs.c.id == run)
        return found[0] if found else None

    def runs(
        self, owner: str | None = None, status: Sequence[str] = (), limit: int = 1_000
    ) -> list[Run]:
        """Runs in the order in which they came; the newest `limit` of them."""
        wanted = [] if owner is None else [_runs.c.owner == owner]
        wanted += [_runs.c.status.in_(status)] if status else []
        return self._select(*wanted, limit=limit)

    def some(self, ids: Sequence[str]) -> list[Run]:
        """The runs of these ids that there are, in the order asked for."""
        found = {run.id: run for run in self._select(_runs.c.id.in_(ids))}
        return [found[run] for run in ids if run in found]

    def count(self, status: Sequence[str], owner: str | None = None) -> int:
        """How many runs have one of these states."""
        query = sql.select(sql.func.count()).where(_runs.c.status.in_(status))
        if owner is not None:
            query = query.where(_runs.c.owner == owner)
        with self._reading() as connection:
            return int(connection.execute(query).scalar_one())

    def events(self, run: str, after: int = 0) -> list[dict[str, Any]]:
        """A run's events with seq > `after`, in order."""
        return [json.loads(text) for text in self.event_texts(run, after)]

    def event_texts(self, run: str, after: int = 0) -> list[str]:
        """As `events`, each still as its JSON text."""
        query = (
            sql.select(_events.c.body)
            .where(_events.c.run == run, _events.c.seq > after)
            .order_by(_events.c.seq)
        )
        with self._reading() as connection:
            return list(connection.execute(query).scalars())

    def last_seq(self, run: str) -> int:
        """The seq of a run's last event; 0 before the first."""
        query = sql.select(sql.func.max(_events.c.seq)).where(_events.c.run == run)
        with self._reading() as connection:
            return int(connection.execute(query).scalar_one() or 0)

    def interrupt(self, runs: Sequence[str]) -> None:
        """Mark runs that a server left in the middle."""
        for run in runs:
            self.append(run, Interrupted(), self.last_seq(run) + 1)

    def hand_over(self, runs: Sequence[str], server: str) -> None:
        """Let another server look after these runs."""
        with self._writing() as connection:
            connection.execute(_runs.update().where(_runs.c.id.in_(runs)).values(server=server))

    def _select(self, *wanted: sql.ColumnElement[bool], limit: int = 1_000) -> list[Run]:
        query = sql.select(_runs).where(*wanted).order_by(_runs.c.number.desc()).limit(limit)
        with self._reading() as connection:
            rows = connection.execute(query).all()
        return [run for row in reversed(rows) if (run := _run(row)) is not None]

    @contextmanager
    def _reading(self) -> Iterator[sql.Connection]:
        with _as_store_error(self._name), self._engine.connect() as connection:
            yield connection

    @contextmanager
    def _writing(self) -> Iterator[sql.Connection]:
        with _as_store_error(self._name), self._writer.begin() as connection:
            yield connection


def _changes(body: dict[str, Any]) -> dict[str, Any]:
    """The columns of a run that an event changes."""
    if body["kind"] == "started":
        return {"status": "running", "began": body["at"]}
    if body["kind"] in END_KINDS:
        return {"status": body["kind"], "ended": body["at"]}
    return {}


def _summary(connection: sql.Connection, run: str) -> dict[str, Any]:
    query = sql.select(_runs.c.summary).where(_runs.c.id == run)
    summary: dict[str, Any] = json.loads(connection.execute(query).scalar_one())
    return summary


def _run(row: Any) -> Run | None:
    """A row as a run; None, and a word in the log, for one that another version has written."""
    try:
        config = RunConfig.model_validate_json(row.config)
    except ValidationError as error:
        log.warning("run %s is left out: %s", row.id, error)
        return None
    return Run(
        id=row.id,
        owner=row.owner,
        server=row.server,
        config=config,
        status=row.status,
        created=row.created,
        began=row.began,
        ended=row.ended,
        summary=json.loads(row.summary),
    )


def _engine(url: str | sql.URL) -> Engine:
    engine = sql.create_engine(url)
    if engine.dialect.name == "sqlite":
        event.listen(engine, "connect", _tune_sqlite)
        event.listen(engine, "begin", _begin)
    return engine


def _tune_sqlite(connection: sqlite3.Connection, _: object) -> None:
    """Readers beside one writer, and a wait instead of an error when two want to write."""
    connection.isolation_level = None  # SQLAlchemy's "begin" below opens transactions, not sqlite3
    for setting in ("journal_mode=WAL", "synchronous=NORMAL", "busy_timeout=10000"):
        connection.execute(f"PRAGMA {setting}")


def _begin(connection: sql.Connection) -> None:
    """A writer takes the lock at its beginning, where it can wait for it; a reader takes none."""
    writes = connection.get_execution_options().get("writes", False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


def _prepare(engine: Engine) -> None:
    """Make the tables and prove that the database can be written."""
    with engine.begin() as connection:
        there = set(sql.inspect(connection).get_table_names())
        if there and _about.name not in there:
            raise StoreError(
                f"The database {engine.url.render_as_string()} belongs to another program; "
                "name another by DROPOUT_DEMO_DATABASE."
            )
        _schema.create_all(connection)
        version = connection.execute(sql.select(_about.c.version)).scalar()
        if version is None:
            connection.execute(_about.insert(), {"version": SCHEMA_VERSION})
        elif version != SCHEMA_VERSION:
            raise StoreError(
                f"The database {engine.url.render_as_string()} was made by another version of "
                "this program; name another by DROPOUT_DEMO_DATABASE."
            )
        connection.execute(_about.update().values(version=SCHEMA_VERSION))


@contextmanager
def _as_store_error(name: str) -> Iterator[None]:
    """Whatever goes wrong with the database, waiting for a connection too, as one sentence."""
    try:
        yield
    except SQLAlchemyError as error:
        raise StoreError(_sentence(name, str(getattr(error, "orig", None) or error))) from error


def _sentence(url: str, cause: str) -> str:
    """What the driver said, with what to do about it."""
    for sign, advice in (
        ("not a database", "The file is not a database; move it away or name another"),
        ("readonly", "The file is read-only; give write permission or name another"),
        ("unable to open", "The file cannot be opened; check its folder or name another"),
        ("locked", "Another program holds it; end that program or name another"),
        ("full", "The disk is full; free some space or name another"),
    ):
        if sign in cause:
            return f"Runs cannot be kept in {url}. {advice} by DROPOUT_DEMO_DATABASE."
    return f"Runs cannot be kept in {url}: {cause}. Name another by DROPOUT_DEMO_DATABASE."
