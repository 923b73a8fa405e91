"""The table of events: what each run said, in order, each committed before it is shown."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping, Sequence
from typing import Any

import sqlalchemy as sql

from dropout_demo.config import RunConfig
from dropout_demo.events import END_KINDS, Event, to_json
from dropout_demo.store import tables
from dropout_demo.store.database import StoreFull
from dropout_demo.store.runs import RunTable, new_row

MAX_IMPORTED_AN_OWNER = 1_000

MAX_IMPORTED = 20_000
"""Of all owners: whoever asks without a token is a new one."""

MOST_TERMS = 200
"""Runs asked for in one query; SQLite takes no deeper expression than 1,000."""

_runs, _events = tables.runs, tables.events
_count = sql.func.count()


class EventLog(RunTable):
    """Events by run."""

    def append(self, run: str, what: Event, seq: int) -> dict[str, Any]:
        """Commit a run's next event and what it changes of the run; returns it as stored."""
        body = {"run": run, "seq": seq, "at": time.time(), **to_json(what)}
        with self._writing() as connection:
            connection.execute(_events.insert(), {"run": run, "seq": seq, "body": _text(body)})
            changes = _changes(body)
            if what.kind == "epoch" or what.kind in END_KINDS:
                summary = _summary(connection, run) | {what.kind: to_json(what)}
                changes["summary"] = json.dumps(summary)
            if changes:
                connection.execute(_runs.update().where(_runs.c.id == run).values(**changes))
        return body

    def add_imported(
        self, runs: Sequence[tuple[str, RunConfig, str, Sequence[Mapping[str, Any]]]], owner: str
    ) -> None:
        """Write whole runs that came from a file (id, configuration, name, events), all or none.

        The events are complete, checked by `imports.py`, and bear their own seq and time.
        Raises StoreFull when an owner would have more than MAX_IMPORTED_AN_OWNER of them.
        """
        now = time.time()
        rows, bodies = [], []
        for run, config, name, events in runs:
            told = [{**event, "run": run} for event in events]
            rows.append(new_row(run, config, owner) | _outcome(told))
            rows[-1] |= {"server": "", "created": now, "name": name, "imported": True}
            bodies += [{"run": run, "seq": e["seq"], "body": _text(e)} for e in told]
        mine = sql.select(_count).where(_runs.c.owner == owner, _runs.c.imported)
        with self._writing() as connection:
            have = int(connection.scalar(mine) or 0)
            if have + len(rows) > MAX_IMPORTED_AN_OWNER:
                raise StoreFull(
                    f"You have {have} imported runs and brought {len(rows)} more; "
                    f"at most {MAX_IMPORTED_AN_OWNER} are kept. Deleted ones count until a server "
                    "starts a day later."
                )
            everybodys = int(connection.scalar(sql.select(_count).where(_runs.c.imported)) or 0)
            if everybodys + len(rows) > MAX_IMPORTED:
                raise StoreFull(f"{MAX_IMPORTED:,} imported runs are here, which is the most.")
            connection.execute(_runs.insert(), rows)
            connection.execute(_events.insert(), bodies)

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

    def news(self, after: Mapping[str, int]) -> dict[str, list[str]]:
        """Events of many runs, each run's with a seq above the given one, as JSON texts in order.

        Runs without any are left out.
        """
        found: dict[str, list[str]] = {}
        if not after:
            return found
        wanted = [sql.and_(_events.c.run == run, _events.c.seq > seq) for run, seq in after.items()]
        query = sql.select(_events.c.run, _events.c.body).order_by(_events.c.run, _events.c.seq)
        with self._reading() as connection:
            for first in range(0, len(wanted), MOST_TERMS):
                part = sql.or_(*wanted[first : first + MOST_TERMS])
                for run, body in connection.execute(query.where(part)):
                    found.setdefault(run, []).append(body)
        return found

    def last_seqs(self, runs: Sequence[str]) -> dict[str, int]:
        """The seq of each run's last event; 0 before the first."""
        query = sql.select(_events.c.run, sql.func.max(_events.c.seq)).group_by(_events.c.run)
        with self._reading() as connection:
            rows = connection.execute(query.where(_events.c.run.in_(runs))).all()
        return dict.fromkeys(runs, 0) | {run: int(seq) for run, seq in rows}

    def events_of(
        self, runs: Sequence[str], kinds: Sequence[str] = ()
    ) -> dict[str, list[dict[str, Any]]]:
        """The events of many runs in one query, in order; of some kinds only, if named.

        Every run asked for has its list, in the order asked for.
        """
        query = sql.select(_events.c.body).where(_events.c.run.in_(runs))
        # A quote within a text is escaped in JSON, so only the field itself looks like this.
        marks = [_events.c.body.contains(f'"kind":"{kind}"', autoescape=True) for kind in kinds]
        if marks:
            query = query.where(sql.or_(*marks))
        with self._reading() as connection:
            texts = connection.execute(query.order_by(_events.c.run, _events.c.seq)).scalars()
            whole = f"[{','.join(texts)}]"
        found: dict[str, list[dict[str, Any]]] = {run: [] for run in runs}
        for body in json.loads(whole):  # one call for all takes half the time of one for each
            found[body["run"]].append(body)
        return found

    def last_seq(self, run: str) -> int:
        """The seq of a run's last event; 0 before the first."""
        query = sql.select(sql.func.max(_events.c.seq)).where(_events.c.run == run)
        with self._reading() as connection:
            return int(connection.execute(query).scalar_one() or 0)


def _text(body: Mapping[str, Any]) -> str:
    return json.dumps(body, separators=(",", ":"))


def _changes(body: Mapping[str, Any]) -> dict[str, Any]:
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


def _outcome(events: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """The columns of a run that has said all this, as if it had been appended one by one."""
    columns: dict[str, Any] = {"began": None}
    summary = {}
    for event in events:
        columns |= _changes(event)
        if event["kind"] == "epoch" or event["kind"] in END_KINDS:
            own = {k: v for k, v in event.items() if k not in ("run", "seq", "at")}
            summary[event["kind"]] = own
    return columns | {"summary": json.dumps(summary)}
