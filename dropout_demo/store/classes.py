"""Classes, who is in them, what they train and how they vote."""

from __future__ import annotations

import json
import logging
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sql

from dropout_demo.class_rules.modes import MAX_STUDENTS, Rules
from dropout_demo.class_rules.nicknames import clean_nickname, key_of, unlike
from dropout_demo.config import RunConfig
from dropout_demo.store import tables
from dropout_demo.store.database import Database, StoreFull

log = logging.getLogger(__name__)

MAX_CLASSES_AN_OWNER = 50
"""Kept by one teacher, ended ones too."""

MAX_CLASSES = 5_000
"""Kept on one server, of all teachers."""

STATES = ("open", "paused", "ended")

_classes, _students = tables.classes, tables.students
_runs, _votes = tables.class_runs, tables.votes


@dataclass(frozen=True)
class Class:
    """A class as the store knows it. Times in unix seconds."""

    code: str
    owner: str  # of the teacher
    key: str  # hash of the secret by which the teacher is known on other devices
    name: str
    setting: RunConfig
    rules: Rules
    state: str  # one of STATES
    question: int  # the claim that is voted on, by its number; 0 for none
    revealed: bool  # whether votes and answer show
    created: float
    used: float


@dataclass(frozen=True)
class Student:
    """Who joined a class."""

    owner: str
    seat: int
    nickname: str
    hidden: bool
    joined: float


@dataclass(frozen=True)
class ClassRun:
    """A run of a class: whose, and how it stands."""

    run: str
    owner: str
    status: str
    first: bool = False  # the teacher's own, which goes before the others


class ClassTable(Database):
    """Classes by code. What belongs to a class goes with it, its runs excepted."""

    def add_class(
        self, code: str, owner: str, key: str, name: str, setting: RunConfig, rules: Rules
    ) -> bool:
        """Keep a new class, open; False when the code is taken. Raises StoreFull."""
        everybodys = sql.select(sql.func.count()).select_from(_classes)
        mine = everybodys.where(_classes.c.owner == owner)
        now = time.time()
        row = {"code": code, "owner": owner, "key": key, "name": name, "state": "open"}
        row |= {"setting": setting.model_dump_json(), "rules": json.dumps(rules.to_json())}
        with self._writing() as connection:
            if connection.execute(sql.select(_classes).where(_classes.c.code == code)).first():
                return False
            if (connection.scalar(mine) or 0) >= MAX_CLASSES_AN_OWNER:
                raise StoreFull(
                    f"You keep {MAX_CLASSES_AN_OWNER} classes, which is the most; "
                    "delete an old one."
                )
            if (connection.scalar(everybodys) or 0) >= MAX_CLASSES:
                raise StoreFull(f"The server keeps {MAX_CLASSES:,} classes, which is the most.")
            connection.execute(_classes.insert(), {**row, "created": now, "used": now})
        return True

    def class_(self, code: str) -> Class | None:
        """The class of a code; None when there is none."""
        found = self._classes(_classes.c.code == code)
        return found[0] if found else None

    def classes(self, owner: str) -> list[Class]:
        """A teacher's classes, the newest first."""
        return self._classes(_classes.c.owner == owner)

    def change_class(self, code: str, **values: Any) -> bool:
        """Change name, state, question, what is revealed, or the key; whether there is such one."""
        assert set(values) <= {"name", "state", "question", "revealed", "key"}
        change = _classes.update().where(_classes.c.code == code)
        with self._writing() as connection:
            return connection.execute(change.values(used=time.time(), **values)).rowcount == 1

    def delete_class(self, code: str) -> bool:
        """Away with a class, its students and votes, for good; whether there was one."""
        return self._delete([code]) == 1

    def purge_classes(self, before: float) -> int:
        """Delete the classes in which nothing has happened since a time; how many there were."""
        old = sql.select(_classes.c.code).where(_classes.c.used < before)
        with self._reading() as connection:
            codes = list(connection.execute(old).scalars())
        return self._delete(codes) if codes else 0

    def join(self, code: str, owner: str, nickname: str) -> Student:
        """Take a seat, or keep the one that this learner has, under a new nickname perhaps.

        Raises ConfigError for what is no nickname, StoreFull when no seat is left.
        """
        name = clean_nickname(nickname)
        there = sql.select(_students).where(_students.c["class"] == code)
        with self._writing() as connection:
            _one_at_a_time(connection, code)
            rows = connection.execute(there).all()
            mine = next((row for row in rows if row.owner == owner), None)
            taken = {row.called for row in rows if row.owner != owner}
            if mine is None and len(rows) >= MAX_STUDENTS:
                raise StoreFull(f"The class has {MAX_STUDENTS} students, which is the most.")
            name = unlike(name, taken)
            values = {"nickname": name, "called": key_of(name)}
            if mine is not None:
                seat = (_students.c["class"] == code, _students.c.owner == owner)
                connection.execute(_students.update().where(*seat).values(**values))
                return Student(owner, mine.seat, name, mine.hidden, mine.joined)
            now = time.time()
            row = {"class": code, "owner": owner, "seat": len(rows), "joined": now}
            connection.execute(_students.insert(), row | values)
            _use(connection, code)
        return Student(owner, len(rows), name, False, now)

    def student(self, code: str, owner: str) -> Student | None:
        """One student of a class."""
        found = self._of(code, _students.c.owner == owner)
        return found[0] if found else None

    def students(self, code: str) -> list[Student]:
        """Everybody in a class, in the order of joining."""
        return self._of(code)

    def hide_student(self, code: str, seat: int, *, hidden: bool) -> bool:
        """Whether a nickname is shown to the class; whether there is such a student."""
        whose = (_students.c["class"] == code, _students.c.seat == seat)
        with self._writing() as connection:
            change = _students.update().where(*whose).values(hidden=hidden)
            return connection.execute(change).rowcount == 1

    def class_runs(self, code: str, owner: str | None = None) -> list[ClassRun]:
        """The runs of a class in the order in which they came; of one student alone if named.

        A teacher's own (`first`) are no student's, whoever else the teacher is in the class.
        """
        wanted = [_runs.c["class"] == code, _runs.c.run == tables.runs.c.id]
        if owner is not None:
            wanted += [_runs.c.owner == owner, sql.not_(_runs.c.first)]
        columns = (_runs.c.run, _runs.c.owner, tables.runs.c.status, _runs.c.first)
        query = sql.select(*columns).where(*wanted)
        with self._reading() as connection:
            rows = connection.execute(query.order_by(tables.runs.c.number)).all()
        return [ClassRun(*row) for row in rows]

    def classes_of(self, runs: Sequence[str]) -> dict[str, tuple[str, bool]]:
        """By run, the code of its class and whether it goes first; only those of a class."""
        query = sql.select(_runs.c.run, _runs.c["class"], _runs.c.first)
        with self._reading() as connection:
            rows = connection.execute(query.where(_runs.c.run.in_(runs))).all()
        return {run: (code, first) for run, code, first in rows}

    def paused_classes(self) -> list[str]:
        """The codes of classes whose queue is paused."""
        query = sql.select(_classes.c.code).where(_classes.c.state == "paused")
        with self._reading() as connection:
            return list(connection.execute(query).scalars())

    def waiting_in(self, state: str) -> list[str]:
        """The codes of classes in this state of which runs wait."""
        query = (
            sql.select(_classes.c.code)
            .distinct()
            .where(
                _classes.c.state == state,
                _runs.c["class"] == _classes.c.code,
                tables.runs.c.id == _runs.c.run,
                tables.runs.c.status == "queued",
            )
        )
        with self._reading() as connection:
            return list(connection.execute(query).scalars())

    def vote(self, code: str, question: int, owner: str, choice: int) -> None:
        """Keep a vote; a later one of the same student takes its place."""
        mine = {"class": code, "question": question, "owner": owner}
        same = [_votes.c[name] == value for name, value in mine.items()]
        with self._writing() as connection:
            _one_at_a_time(connection, code)
            change = _votes.update().where(*same).values(choice=choice)
            if connection.execute(change).rowcount == 0:
                connection.execute(_votes.insert(), {**mine, "choice": choice})
            _use(connection, code)

    def votes(self, code: str, question: int) -> Mapping[str, int]:
        """What each student chose."""
        wanted = (_votes.c["class"] == code, _votes.c.question == question)
        query = sql.select(_votes.c.owner, _votes.c.choice).where(*wanted)
        with self._reading() as connection:
            return {row.owner: row.choice for row in connection.execute(query)}

    def _classes(self, *wanted: sql.ColumnElement[bool]) -> list[Class]:
        query = sql.select(_classes).where(*wanted).order_by(_classes.c.created.desc())
        with self._reading() as connection:
            rows = connection.execute(query).mappings().all()
        return [found for row in rows if (found := _class_in(row)) is not None]

    def _of(self, code: str, *wanted: sql.ColumnElement[bool]) -> list[Student]:
        query = sql.select(_students).where(_students.c["class"] == code, *wanted)
        with self._reading() as connection:
            rows = connection.execute(query.order_by(_students.c.seat)).all()
        return [Student(r.owner, r.seat, r.nickname, r.hidden, r.joined) for r in rows]

    def _delete(self, codes: Sequence[str]) -> int:
        with self._writing() as connection:
            for table in (_students, _runs, _votes):
                connection.execute(table.delete().where(table.c["class"].in_(codes)))
            return connection.execute(_classes.delete().where(_classes.c.code.in_(codes))).rowcount


def _class_in(row: Mapping[Any, Any]) -> Class | None:
    """The class of a row; None, and a line in the log, for one that another version wrote."""
    try:
        setting = RunConfig.model_validate_json(row["setting"])
        rules = Rules.parse(json.loads(row["rules"]))
    except ValueError as error:  # pydantic's and json's are of this kind, and ours
        log.warning("class %s cannot be read by this version: %s", row["code"], error)
        return None
    return Class(**{**row, "setting": setting, "rules": rules})


def _one_at_a_time(connection: sql.Connection, code: str) -> None:
    """Nobody else takes a seat or votes in this class until this writing ends.

    SQLite has one writer at a time anyway, and passes this over.
    """
    connection.execute(sql.select(_classes.c.code).where(_classes.c.code == code).with_for_update())


def _use(connection: sql.Connection, code: str) -> None:
    """Something happened in the class: it is not old."""
    connection.execute(_classes.update().where(_classes.c.code == code).values(used=time.time()))
