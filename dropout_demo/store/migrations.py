"""A new database gets its tables; one of an earlier version is brought up to ours, in place."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import suppress

import sqlalchemy as sql
from pydantic import ValidationError
from sqlalchemy.schema import CreateColumn

from dropout_demo.arms import arm_of
from dropout_demo.config import RunConfig
from dropout_demo.store import tables
from dropout_demo.store.tables import SCHEMA_VERSION

Step = Callable[[sql.Connection], None]


class ForeignDatabase(Exception):
    """The database is not one of ours, or of a later version; says so in the words of a clause."""


def prepare(connection: sql.Connection) -> None:
    """Make or bring up the tables, within one transaction, and prove that it can be written.

    Raises ForeignDatabase before anything is changed.
    """
    there = set(sql.inspect(connection).get_table_names())
    if there and tables.about.name not in there:
        raise ForeignDatabase("belongs to another program")
    found = connection.scalar(sql.select(tables.about.c.version)) if there else None
    version = SCHEMA_VERSION if found is None else found
    if not 1 <= version <= SCHEMA_VERSION:
        raise ForeignDatabase("was made by another version of this program")
    for step in range(version, SCHEMA_VERSION):
        STEPS[step](connection)
    tables.schema.create_all(connection)
    # Written even where it is so already: a database that cannot be written is refused now.
    if connection.execute(tables.about.update().values(version=SCHEMA_VERSION)).rowcount == 0:
        connection.execute(tables.about.insert(), {"version": SCHEMA_VERSION})


def _shelf(connection: sql.Connection) -> None:
    """Version 1 to 2: runs get a name, a colour and what else a shelf needs. No row is rewritten.

    Comparisons are a whole new table, which `create_all` makes.
    """
    for name in ("name", "colour", "pinned", "hidden", "deleted", "imported"):
        column = CreateColumn(tables.runs.c[name]).compile(dialect=connection.dialect)
        connection.exec_driver_sql(f"ALTER TABLE runs ADD COLUMN {column}")
    for index in tables.runs.indexes:
        if "deleted" in index.columns:
            index.create(connection)


def _notes(_: sql.Connection) -> None:
    """Version 2 to 3: notes are a whole new table, which `create_all` makes."""


def _arms(connection: sql.Connection) -> None:
    """Version 3 to 4: runs say which arm they are of, and are found by it.

    Classes are whole new tables, which `create_all` makes. A run whose configuration this version
    cannot read stays without an arm.
    """
    column = CreateColumn(tables.runs.c.arm).compile(dialect=connection.dialect)
    connection.exec_driver_sql(f"ALTER TABLE runs ADD COLUMN {column}")
    for index in tables.runs.indexes:
        if "arm" in index.columns:
            index.create(connection)
    change = tables.runs.update().where(tables.runs.c.config == sql.bindparam("text"))
    rows = []
    for text in connection.execute(sql.select(tables.runs.c.config).distinct()).scalars():
        with suppress(ValidationError):
            config = RunConfig.model_validate_json(text)
            rows.append({"text": text, "arm": arm_of(config).hash})
    if rows:
        connection.execute(change, rows)


STEPS: Mapping[int, Step] = {1: _shelf, 2: _notes, 3: _arms}
"""What brings a database of a version to the next."""
