"""What a learner answered and how far they got, by names that the pages choose."""

from __future__ import annotations

import json
import time
from typing import Any

import sqlalchemy as sql

from dropout_demo.store import tables
from dropout_demo.store.database import Database, StoreFull

MAX_NOTES_AN_OWNER = 500
MAX_NOTE_CHARACTERS = 4_000
MAX_NAME = 80

_notes = tables.notes


class NoteTable(Database):
    """Notes by owner and name, such as "learn/scale": the last one of a name counts."""

    def set_note(self, owner: str, name: str, value: Any) -> None:
        """Keep a JSON value under a name of at most 80 characters.

        Raises StoreFull for a value of more than MAX_NOTE_CHARACTERS as JSON, or one name too many.
        """
        body = json.dumps(value, separators=(",", ":"))
        if len(body) > MAX_NOTE_CHARACTERS or len(name) > MAX_NAME:
            raise StoreFull(f"A note takes at most {MAX_NOTE_CHARACTERS:,} characters.")
        mine = (_notes.c.owner == owner, _notes.c.name == name)
        with self._writing() as connection:
            row = {"at": time.time(), "body": body}
            if connection.execute(_notes.update().where(*mine).values(**row)).rowcount:
                return
            count = sql.select(sql.func.count()).where(_notes.c.owner == owner)
            if (connection.scalar(count) or 0) >= MAX_NOTES_AN_OWNER:
                raise StoreFull(f"A learner keeps at most {MAX_NOTES_AN_OWNER} notes.")
            connection.execute(_notes.insert(), {"owner": owner, "name": name, **row})

    def notes(self, owner: str, prefix: str = "") -> dict[str, Any]:
        """An owner's notes by name, those whose name begins so; in the order of their names."""
        mine = sql.select(_notes.c.name, _notes.c.body).where(
            _notes.c.owner == owner, _notes.c.name.startswith(prefix, autoescape=True)
        )
        with self._reading() as connection:
            rows = connection.execute(mine.order_by(_notes.c.name)).all()
        return {name: json.loads(body) for name, body in rows}

    def forget_note(self, owner: str, name: str) -> None:
        """Away with one note; nothing happens where there is none."""
        mine = (_notes.c.owner == owner, _notes.c.name == name)
        with self._writing() as connection:
            connection.execute(_notes.delete().where(*mine))
