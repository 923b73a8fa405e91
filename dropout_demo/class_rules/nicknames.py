"""What a student is called on the class's screen: plain, short, and different from the others."""

from __future__ import annotations

import unicodedata
from collections.abc import Collection

from dropout_demo.problems import ConfigError, Problem, shown

MOST_CHARACTERS = 24
MOST_MARKS = 2  # combining marks in a row; more pile up over the lines above and below
_UNSEEN = frozenset("\u034f\u115f\u1160\u17b4\u17b5\u3164\uffa0") | {
    chr(point)
    for point in [*range(0x180B, 0x1810), *range(0xFE00, 0xFE10), *range(0xE0100, 0xE01F0)]
}
"""Letters and marks that show nothing (Unicode, Default_Ignorable_Code_Point); other signs that
show nothing are of no category in `_ALLOWED`."""

_ALLOWED = ("L", "M", "N", "P", "S", "Zs")  # letters, marks, numbers, punctuation, signs, spaces


def clean_nickname(text: object) -> str:
    """A nickname as it may be shown. Raises ConfigError with what is allowed.

    Compatible characters become one (NFKC), spaces in a row one space. What is not seen is taken
    out: control characters, marks that turn the direction of text, joiners and variants.
    Markup stays what it is, letters: nothing shows nicknames as anything but text.
    """
    if not isinstance(text, str) or len(text) > 50 * MOST_CHARACTERS:
        raise ConfigError([_problem(text)])
    plain = unicodedata.normalize("NFKC", text)
    kept = [
        sign
        for sign in plain
        if sign not in _UNSEEN and unicodedata.category(sign).startswith(_ALLOWED)
    ]
    name = " ".join("".join(_without_piles(kept)).split())
    if not 1 <= len(name) <= MOST_CHARACTERS or not any(sign.isalnum() for sign in name):
        raise ConfigError([_problem(text)])
    return name


def key_of(name: str) -> str:
    """Equal for nicknames that would be read as one."""
    return name.casefold()


def unlike(name: str, taken: Collection[str]) -> str:
    """The nickname, numbered when another student has it: "Ada", "Ada 2". taken: by `key_of`."""
    if key_of(name) not in taken:
        return name
    for count in range(2, len(taken) + 3):
        end = f" {count}"
        numbered = name[: MOST_CHARACTERS - len(end)].rstrip() + end
        if key_of(numbered) not in taken:
            return numbered
    raise AssertionError("more numbers than names are taken")


def _without_piles(signs: list[str]) -> list[str]:
    kept: list[str] = []
    marks = 0
    for sign in signs:
        marks = marks + 1 if unicodedata.category(sign).startswith("M") else 0
        if marks <= MOST_MARKS:
            kept.append(sign)
    return kept


def _problem(value: object) -> Problem:
    allowed = f"1 to {MOST_CHARACTERS} characters, one of them a letter or a digit"
    return Problem("nickname", shown(value), allowed)
