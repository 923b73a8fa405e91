"""What a learner may change of a run: its name, its colour, whether it is pinned or hidden."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from typing import Any, TypedDict, cast

from dropout_demo.config import MAX_ARMS, MAX_NAME_CHARACTERS
from dropout_demo.problems import ConfigError, Problem, shown

_JOINERS = "\u200c\u200d"
"""Of the invisible characters these two belong to words of some scripts and to some pictures."""


class Marks(TypedDict, total=False):
    """Changes of a run's marks; what is not named stays as it is."""

    name: str  # plain text of at most MAX_NAME_CHARACTERS; "" takes the name away
    colour: int | None  # 0..MAX_ARMS - 1, a place in the palette; None: by its place on show
    pinned: bool
    hidden: bool


def clean_text(text: str) -> str:
    """A visitor's text on one line, without what is not seen or turns its surroundings about.

    Control and format characters (among them those that change the direction of writing), halves
    of characters and private ones are left out; every run of white space becomes one space.
    """
    spaced = " ".join(unicodedata.normalize("NFC", text).split())
    kept = (c for c in spaced if c in _JOINERS or unicodedata.category(c)[0] != "C")
    return " ".join("".join(kept).split())


def marks_from(raw: Mapping[str, Any]) -> Marks:
    """Marks from foreign values. Raises ConfigError with one sentence a problem."""
    problems = [
        Problem(name, shown(raw[name]), allowed)
        for name, allowed in _ALLOWED.items()
        if name in raw and not _fits(name, raw[name])
    ]
    problems += [
        Problem(str(name), shown(raw[name]), "one of the fields " + ", ".join(_ALLOWED))
        for name in raw
        if name not in _ALLOWED
    ]
    if problems:
        raise ConfigError(problems)
    marks = cast("Marks", dict(raw))
    if "name" in marks:
        marks["name"] = clean_text(marks["name"] or "")
    return marks


_ALLOWED: Mapping[str, str] = {
    "name": f"text of at most {MAX_NAME_CHARACTERS} characters, or null",
    "colour": f"a whole number >= 0 and <= {MAX_ARMS - 1}, or null",
    "pinned": "true or false",
    "hidden": "true or false",
}


def _fits(name: str, value: Any) -> bool:
    if name == "name":
        return value is None or (
            isinstance(value, str) and len(clean_text(value)) <= MAX_NAME_CHARACTERS
        )
    if name == "colour":
        whole = isinstance(value, int) and not isinstance(value, bool)
        return value is None or (whole and 0 <= value < MAX_ARMS)
    return isinstance(value, bool)
