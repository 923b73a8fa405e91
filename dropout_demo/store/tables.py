"""The tables. Whoever changes them raises SCHEMA_VERSION and writes a step in migrations.py."""

from __future__ import annotations

import sqlalchemy as sql

SCHEMA_VERSION = 4

schema = sql.MetaData()

about = sql.Table("about", schema, sql.Column("version", sql.Integer, primary_key=True))

runs = sql.Table(
    "runs",
    schema,
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
    sql.Column("name", sql.String(60), nullable=False, server_default=""),
    sql.Column("colour", sql.Integer),
    sql.Column("pinned", sql.Boolean, nullable=False, server_default=sql.false()),
    sql.Column("hidden", sql.Boolean, nullable=False, server_default=sql.false()),
    sql.Column("deleted", sql.Float, index=True),  # when; its row stays for an undo
    sql.Column("imported", sql.Boolean, nullable=False, server_default=sql.false()),
    sql.Column("arm", sql.String(16), nullable=False, server_default="", index=True),
)

events = sql.Table(
    "events",
    schema,
    sql.Column("run", sql.String(32), primary_key=True),
    sql.Column("seq", sql.Integer, primary_key=True),
    sql.Column("body", sql.Text, nullable=False),
)

comparisons = sql.Table(
    "comparisons",
    schema,
    sql.Column("id", sql.String(16), primary_key=True),
    sql.Column("owner", sql.String(64), nullable=False, index=True),
    sql.Column("created", sql.Float, nullable=False),
    sql.Column("query", sql.Text, nullable=False),
    sql.Column("runs", sql.Text, nullable=False),  # a JSON list of ids
    sql.Column("guess", sql.Text),  # JSON
    sql.Column("name", sql.String(60), nullable=False, server_default=""),
)

notes = sql.Table(
    "notes",
    schema,
    sql.Column("owner", sql.String(64), primary_key=True),
    sql.Column("name", sql.String(80), primary_key=True),
    sql.Column("at", sql.Float, nullable=False),  # when it was written, unix seconds
    sql.Column("body", sql.Text, nullable=False),  # JSON
)

classes = sql.Table(
    "classes",
    schema,
    sql.Column("code", sql.String(6), primary_key=True),
    sql.Column("owner", sql.String(64), nullable=False, index=True),  # the teacher's browser
    sql.Column("key", sql.String(64), nullable=False),  # hash of the secret in the teacher's link
    sql.Column("name", sql.String(60), nullable=False),
    sql.Column("setting", sql.Text, nullable=False),  # a configuration as JSON
    sql.Column("rules", sql.Text, nullable=False),  # JSON
    sql.Column("state", sql.String(8), nullable=False),  # open, paused or ended
    sql.Column("question", sql.Integer, nullable=False, server_default="0"),  # a card; 0 for none
    sql.Column("revealed", sql.Boolean, nullable=False, server_default=sql.false()),
    sql.Column("created", sql.Float, nullable=False),
    sql.Column("used", sql.Float, nullable=False, index=True),  # when anything happened last
)

students = sql.Table(
    "students",
    schema,
    sql.Column("class", sql.String(6), primary_key=True),
    sql.Column("owner", sql.String(64), primary_key=True),
    sql.Column("seat", sql.Integer, nullable=False),  # in the order of joining, from 0
    sql.Column("nickname", sql.String(24), nullable=False),
    sql.Column("called", sql.String(96), nullable=False),  # equal where nicknames read the same
    sql.Column("hidden", sql.Boolean, nullable=False, server_default=sql.false()),
    sql.Column("joined", sql.Float, nullable=False),
    sql.UniqueConstraint("class", "seat"),
    sql.UniqueConstraint("class", "called"),
)

class_runs = sql.Table(
    "class_runs",
    schema,
    sql.Column("run", sql.String(32), primary_key=True),
    sql.Column("class", sql.String(6), nullable=False, index=True),
    sql.Column("owner", sql.String(64), nullable=False),
    sql.Column("first", sql.Boolean, nullable=False, server_default=sql.false()),  # the teacher's
)

votes = sql.Table(
    "votes",
    schema,
    sql.Column("class", sql.String(6), primary_key=True),
    sql.Column("question", sql.Integer, primary_key=True),
    sql.Column("owner", sql.String(64), primary_key=True),
    sql.Column("choice", sql.Integer, nullable=False),
)
