"""The code by which a class is joined: short enough to read from a screen, too many to guess."""

from __future__ import annotations

import secrets

ALPHABET = "ABCDEFGHJKMNPQRSTUVWXYZ23456789"
"""Capital letters and digits but 0, 1, I, L and O, which are mistaken for one another."""

LENGTH = 6
"""31 to the 6th: 887 million codes. With ten classes open and twenty guesses a minute, the
limit of one address (see brakes.py), somebody finds one after eight years in the mean."""


def new_code() -> str:
    """A code nobody can foresee."""
    return "".join(secrets.choice(ALPHABET) for _ in range(LENGTH))


def read_code(text: str) -> str | None:
    """A code as people type it (small letters, spaces, a hyphen); None for what is none."""
    code = text.upper().replace(" ", "").replace("-", "") if len(text) <= 4 * LENGTH else ""
    return code if len(code) == LENGTH and set(code) <= set(ALPHABET) else None


def spoken(code: str) -> str:
    """In two halves, as it is read out and shown: "ABC DEF"."""
    return f"{code[: LENGTH // 2]} {code[LENGTH // 2 :]}"
