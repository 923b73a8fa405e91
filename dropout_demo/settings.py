"""What the environment sets. A value that makes no sense is left out, and said."""

from __future__ import annotations

import os
from dataclasses import dataclass

BACKENDS = ("local", "thread")
MAX_SLOTS = 256


@dataclass(frozen=True)
class Settings:
    """Settings of one server."""

    slots: int | None  # runs at a time; None: by the number of cores
    backend: str
    database: str | None  # an SQLAlchemy URL; None: SQLite in the home folder
    warnings: tuple[str, ...]  # one sentence for each value left out


def read_settings() -> Settings:
    """The settings by `DROPOUT_DEMO_SLOTS`, `_BACKEND` and `_DATABASE`."""
    warnings = []
    slots: int | None = None
    given = os.environ.get("DROPOUT_DEMO_SLOTS", "")
    if given.isdecimal() and 1 <= int(given) <= MAX_SLOTS:
        slots = int(given)
    elif given:
        warnings.append(
            f"DROPOUT_DEMO_SLOTS is {given!r}; allowed: a whole number from 1 to {MAX_SLOTS}. "
            "The number of cores decides for now."
        )
    backend = os.environ.get("DROPOUT_DEMO_BACKEND") or BACKENDS[0]
    if backend not in BACKENDS:
        warnings.append(
            f"DROPOUT_DEMO_BACKEND is {backend!r}; allowed: {' or '.join(BACKENDS)}. "
            f"Runs train by {BACKENDS[0]!r} for now."
        )
        backend = BACKENDS[0]
    database = os.environ.get("DROPOUT_DEMO_DATABASE") or None
    return Settings(slots, backend, database, tuple(warnings))
