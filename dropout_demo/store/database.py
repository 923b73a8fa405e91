"""One database by its address: transactions, and everything that goes wrong as a sentence."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import sqlalchemy as sql
from sqlalchemy import Engine, event
from sqlalchemy.exc import SQLAlchemyError

from dropout_demo.store.migrations import ForeignDatabase, prepare


class StoreError(Exception):
    """The database cannot be used; says why and what to do, in one sentence."""


class StoreFull(StoreError):
    """A learner keeps as much as anybody may; says of what and what to do."""


class Database:
    """An open database. Every method may be called from any thread."""

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
            with self._writing() as connection:
                prepare(connection)
        except ForeignDatabase as error:
            raise StoreError(
                f"The database {self._name} {error}; name another by DROPOUT_DEMO_DATABASE."
            ) from None
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

    @contextmanager
    def _reading(self) -> Iterator[sql.Connection]:
        with _as_store_error(self._name), self._engine.connect() as connection:
            yield connection

    @contextmanager
    def _writing(self) -> Iterator[sql.Connection]:
        with _as_store_error(self._name), self._writer.begin() as connection:
            yield connection


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
