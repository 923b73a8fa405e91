"""What a short link names: the bench's address, the runs on show, and what was guessed before."""

from __future__ import annotations

import base64
import hashlib
import itertools
import json
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sql

from dropout_demo.config import MAX_QUERY_CHARACTERS, MAX_RUNS_A_STREAM
from dropout_demo.marks import marks_from
from dropout_demo.problems import ConfigError, Problem, shown
from dropout_demo.store import tables
from dropout_demo.store.database import Database, StoreFull

MAX_COMPARISONS_AN_OWNER = 1_000
MAX_COMPARISONS = 200_000
"""Of all owners: whoever asks without a token is a new one."""

MAX_GUESS_CHARACTERS = 4_000

_table = tables.comparisons


@dataclass(frozen=True)
class Comparison:
    """Runs that were looked at together. Anyone who knows its id may look."""

    id: str  # 8 characters, lower-case letters and the digits 2 to 7
    owner: str
    created: float  # unix seconds
    query: str  # the bench's address, without "?"
    runs: tuple[str, ...]  # ids; some may be deleted since
    guess: dict[str, Any] | None  # JSON, as the page wrote it
    name: str  # plain text; "" for none


class ComparisonTable(Database):
    """Comparisons by id and owner."""

    def add_comparison(self, owner: str, query: str, runs: Sequence[str]) -> str:
        """Keep a comparison; the same owner, address and runs give the same id.

        An owner's oldest goes when there are more than MAX_COMPARISONS_AN_OWNER. Raises
        ConfigError for an address or a number of runs that cannot be.
        """
        query, ids = query.removeprefix("?"), list(dict.fromkeys(runs))
        _check(query, ids)
        row = {"owner": owner, "query": query, "runs": json.dumps(ids)}
        with self._writing() as connection:
            for salt in itertools.count():
                row["id"] = _id(salt, row)
                found = connection.execute(sql.select(_table).where(_table.c.id == row["id"]))
                there = found.mappings().first()
                if there is None:
                    _make_room(connection, owner)
                    connection.execute(_table.insert(), {**row, "created": time.time()})
                if there is None or all(there[name] == row[name] for name in row):
                    break  # else another one has this id already, by chance
        return row["id"]

    def comparison(self, comparison: str) -> Comparison | None:
        """One comparison, or None when there is none of that id."""
        found = self._comparisons(sql.select(_table).where(_table.c.id == comparison))
        return found[0] if found else None

    def comparisons(self, owner: str, limit: int = 100) -> list[Comparison]:
        """An owner's comparisons, the newest first."""
        mine = sql.select(_table).where(_table.c.owner == owner)
        return self._comparisons(mine.order_by(_table.c.created.desc(), _table.c.id).limit(limit))

    def set_guess(self, owner: str, comparison: str, guess: Mapping[str, Any] | None) -> bool:
        """Keep what was guessed; False when this owner has no such comparison.

        Raises ConfigError for a guess longer than MAX_GUESS_CHARACTERS as JSON.
        """
        text = None if guess is None else json.dumps(guess, allow_nan=False)
        if text is not None and len(text) > MAX_GUESS_CHARACTERS:
            allowed = f"at most {MAX_GUESS_CHARACTERS} characters"
            raise ConfigError([Problem("guess", f"{len(text)} characters", allowed)])
        return self._change(owner, comparison, guess=text)

    def name_comparison(self, owner: str, comparison: str, name: str) -> bool:
        """Give it a name, or take it away by ""; False when this owner has no such comparison.

        Raises ConfigError for a name that is too long.
        """
        return self._change(owner, comparison, name=marks_from({"name": name})["name"])

    def _change(self, owner: str, comparison: str, **values: Any) -> bool:
        mine = _table.update().where(_table.c.owner == owner, _table.c.id == comparison)
        with self._writing() as connection:
            return connection.execute(mine.values(**values)).rowcount > 0

    def _comparisons(self, query: sql.Select[Any]) -> list[Comparison]:
        with self._reading() as connection:
            rows = connection.execute(query).mappings().all()
        return [
            Comparison(
                **{
                    **row,
                    "runs": tuple(json.loads(row["runs"])),
                    "guess": None if row["guess"] is None else json.loads(row["guess"]),
                }
            )
            for row in rows
        ]


def _check(query: str, runs: Sequence[str]) -> None:
    problems = []
    if len(query) > MAX_QUERY_CHARACTERS:
        allowed = f"at most {MAX_QUERY_CHARACTERS:,} characters"
        problems.append(Problem("query", f"{len(query):,} characters", allowed))
    elif not (query.isascii() and query.isprintable()):
        problems.append(Problem("query", shown(query), "an address query in printable ASCII"))
    if not 1 <= len(runs) <= MAX_RUNS_A_STREAM:
        problems.append(Problem("runs", f"{len(runs)} runs", f"1 to {MAX_RUNS_A_STREAM} runs"))
    if problems:
        raise ConfigError(problems)


def _make_room(connection: sql.Connection, owner: str) -> None:
    """Nobody is ever held up by links of long ago, and nobody fills the database with them."""
    newest_first = sql.select(_table.c.id).where(_table.c.owner == owner)
    newest_first = newest_first.order_by(_table.c.created.desc(), _table.c.id)
    too_many = newest_first.offset(MAX_COMPARISONS_AN_OWNER - 1)
    old = list(connection.execute(too_many).scalars())
    if old:
        connection.execute(_table.delete().where(_table.c.id.in_(old)))
    everybodys = connection.scalar(sql.select(sql.func.count()).select_from(_table)) or 0
    if everybodys >= MAX_COMPARISONS:
        raise StoreFull(f"{MAX_COMPARISONS:,} comparisons are kept here, which is the most.")


def _id(salt: int, row: Mapping[str, str]) -> str:
    """40 bits of the content, in letters and digits that can be read aloud."""
    content = json.dumps([salt, row["owner"], row["query"], row["runs"]])
    return base64.b32encode(hashlib.sha256(content.encode()).digest())[:8].decode().lower()
