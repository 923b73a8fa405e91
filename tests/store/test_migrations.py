"""A database of every earlier version opens, and nothing of it is lost."""

from __future__ import annotations

import sqlite3
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
import sqlalchemy as sql
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.schema import CreateColumn

from dropout_demo.config import RunConfig
from dropout_demo.events import Finished, Measure
from dropout_demo.store import Store, StoreError, tables
from dropout_demo.store.migrations import STEPS
from dropout_demo.store.tables import SCHEMA_VERSION

VERSION_1 = """
CREATE TABLE about (version INTEGER NOT NULL, PRIMARY KEY (version));
CREATE TABLE runs (
    number INTEGER NOT NULL, id VARCHAR(32) NOT NULL, owner VARCHAR(64) NOT NULL,
    server VARCHAR(32) NOT NULL, config TEXT NOT NULL, hash VARCHAR(16) NOT NULL,
    status VARCHAR(16) NOT NULL, created FLOAT NOT NULL, began FLOAT, ended FLOAT,
    summary TEXT NOT NULL, PRIMARY KEY (number), UNIQUE (id)
);
CREATE INDEX ix_runs_hash ON runs (hash);
CREATE INDEX ix_runs_status ON runs (status);
CREATE INDEX ix_runs_owner ON runs (owner);
CREATE TABLE events (
    run VARCHAR(32) NOT NULL, seq INTEGER NOT NULL, body TEXT NOT NULL, PRIMARY KEY (run, seq)
);
INSERT INTO about VALUES (1);
"""
"""As version 1 made it; never to be changed."""

OLD_CONFIG = '{"dataset": "shapes", "train_size": 256, "dropout": {"fc1": {"p": 0.5}}, "epochs": 2}'
FINISHED = '{"finished": {"kind": "finished", "test": {"loss": 2.0, "accuracy": 0.25}}}'


@pytest.fixture
def old(path: Path) -> Path:
    """A database of version 1 with a finished, a running and a waiting run."""
    connection = sqlite3.connect(path)
    connection.execute("PRAGMA journal_mode=WAL")  # as every version keeps it
    connection.executescript(VERSION_1)
    row = "INSERT INTO runs VALUES (?, ?, 'me', 'srv', ?, ?, ?, 1.5, ?, ?, ?)"
    name = RunConfig.model_validate_json(OLD_CONFIG).hash
    connection.execute(row, (1, "done", OLD_CONFIG, name, "finished", 2.5, 3.5, FINISHED))
    connection.execute(row, (2, "runs", OLD_CONFIG, name, "running", 2.75, None, "{}"))
    connection.execute(row, (3, "waits", OLD_CONFIG, name, "queued", None, None, "{}"))
    for seq in range(1, 5):
        body = f'{{"run":"done","seq":{seq},"at":2.5,"kind":"epoch","epoch":{seq}}}'
        connection.execute("INSERT INTO events VALUES ('done', ?, ?)", (seq, body))
    connection.commit()
    connection.close()
    return path


def columns(path: Path, table: str) -> list[tuple[str, str, int]]:
    with sqlite3.connect(path) as connection:
        found = connection.execute(f"PRAGMA table_info({table})").fetchall()
    connection.close()
    return [(name, kind, not_null) for _, name, kind, not_null, *_ in found]


def test_a_database_of_version_1_opens_and_nothing_is_lost(old: Path) -> None:
    store = Store(f"sqlite:///{old}")
    done, runs, waits = store.runs()
    assert [run.id for run in (done, runs, waits)] == ["done", "runs", "waits"]
    assert (done.owner, done.server, done.status) == ("me", "srv", "finished")
    assert (done.created, done.began, done.ended) == (1.5, 2.5, 3.5)
    assert done.summary["finished"]["test"]["accuracy"] == 0.25
    assert done.config == RunConfig.model_validate_json(OLD_CONFIG)
    assert [event["epoch"] for event in store.events("done")] == [1, 2, 3, 4]
    for run in (done, runs, waits):
        assert (run.name, run.colour, run.pinned, run.hidden) == ("", None, False, False)
        assert (run.deleted, run.imported) == (None, False)
    assert store.finished("me", [done.config.hash]) == {done.config.hash: done}
    assert store.of_arms([done.config.with_seed(7)], ["finished"]) == [done]
    store.close()


def test_what_is_new_works_on_it_and_it_opens_again(old: Path) -> None:
    first = Store(f"sqlite:///{old}")
    assert first.mark("me", ["done"], name="my run", colour=3, pinned=True) == 1
    assert first.delete("me", ["waits"]) == 1
    show = first.add_comparison("me", "compare=pair", ["done", "runs"])
    first.append("runs", Finished(Measure(1.0, 0.5), 1, 2.0), 1)
    told = first.runs()
    first.close()
    second = Store(f"sqlite:///{old}")
    assert second.runs() == told
    assert (told[0].name, told[0].colour, told[0].pinned) == ("my run", 3, True)
    assert second.comparison(show) is not None
    second.close()


def test_an_old_and_a_new_database_have_the_same_columns_and_indexes(
    old: Path, tmp_path: Path
) -> None:
    new = tmp_path / "new.db"
    for path in (old, new):
        Store(f"sqlite:///{path}").close()

    def indexes(path: Path) -> set[str]:
        with sqlite3.connect(path) as connection:
            found = connection.execute("SELECT name FROM sqlite_master WHERE type = 'index'")
            names = {name for (name,) in found}
        connection.close()
        return names

    for table in tables.schema.tables:
        assert columns(old, table) == columns(new, table)
    assert indexes(old) == indexes(new)


def test_many_may_open_an_old_database_at_the_same_moment(old: Path) -> None:
    with ThreadPoolExecutor(8) as pool:
        stores = list(pool.map(Store, [f"sqlite:///{old}"] * 8))
    assert [len(store.runs()) for store in stores] == [3] * 8
    for store in stores:
        store.close()


@pytest.mark.parametrize("version", [SCHEMA_VERSION + 1, 99, 0, -1])
def test_a_version_that_is_not_known_is_refused_and_left_as_it_was(old: Path, version: int) -> None:
    connection = sqlite3.connect(old)
    connection.execute("UPDATE about SET version = ?", (version,))
    connection.commit()
    connection.close()
    before = old.read_bytes()
    with pytest.raises(StoreError, match=r"was made by another version of this program; .*\.$"):
        Store(f"sqlite:///{old}")
    assert old.read_bytes() == before


def test_a_migration_that_fails_changes_nothing(old: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def half(connection: sql.Connection) -> None:
        STEPS[1](connection)
        connection.exec_driver_sql("ALTER TABLE no_such_table ADD COLUMN x INTEGER")

    before = columns(old, "runs")
    with monkeypatch.context() as patch:
        patch.setattr("dropout_demo.store.migrations.STEPS", {1: half})
        with pytest.raises(StoreError):
            Store(f"sqlite:///{old}")
    assert columns(old, "runs") == before
    store = Store(f"sqlite:///{old}")
    assert len(store.runs()) == 3
    store.close()


def test_every_version_has_its_step() -> None:
    assert set(STEPS) == set(range(1, SCHEMA_VERSION))


@pytest.mark.parametrize("dialect", [sqlite.dialect(), postgresql.dialect()])  # type: ignore[no-untyped-call]
def test_new_columns_can_be_added_where_rows_are(dialect: sql.Dialect) -> None:
    for name in ("name", "pinned", "hidden", "imported"):
        text = str(CreateColumn(tables.runs.c[name]).compile(dialect=dialect))
        assert "DEFAULT" in text
        assert "NOT NULL" in text
