"""Values and foreign words as Python source, and as text that means nothing to a program."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

LINE = 100  # characters
MAX_WORDS = 60  # characters of a foreign text that are kept


def literal(value: Any) -> str:
    """One line of source that gives back a number, a text, None, a tuple, or a dict of such."""
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{literal(k)}: {literal(v)}" for k, v in value.items()) + "}"
    if isinstance(value, tuple):
        return "(" + ", ".join(map(literal, value)) + ("," if len(value) == 1 else "") + ")"
    if isinstance(value, int) and not isinstance(value, bool):
        return f"{value:_}"
    if isinstance(value, float) and math.isinf(value):
        return "math.inf"
    source = repr(value)  # escapes line ends of all kinds and everything that cannot be seen
    if isinstance(value, str) and source[0] == "'" and not set(source[1:-1]) & set("\"'"):
        return f'"{source[1:-1]}"'
    return source


def assignment(name: str, value: Mapping[str, Any], notes: Mapping[str, str], dense: bool) -> str:
    """Source that names a dict: a line an item, with its note behind it, or as few as fit.

    notes: what to say of an item, by its key. dense: leave the notes out and fill the lines.
    """
    items = {key: f"{literal(key)}: {literal(item)}," for key, item in value.items()}
    long = {key: _opened(key, value[key]) for key in items if len(items[key]) + 4 > LINE}
    if dense and not long:
        return "\n".join([f"{name} = {{", *filled(list(items.values()), 4), "}"])
    lines = [f"{name} = {{"]
    for key, item in items.items():
        noted = f"    {item}  # {notes.get(key)}"
        fits = key in notes and len(noted) <= LINE and not dense
        lines += long.get(key) or [noted if fits else f"    {item}"]
    return "\n".join([*lines, "}"])


def _opened(key: str, value: Any) -> list[str]:
    """An item that is too long for a line, over several."""
    if not isinstance(value, Mapping):
        return [f"    {literal(key)}: {literal(value)},"]
    lines = [f"    {literal(key)}: {{"]
    for inner, item in value.items():
        line = f"{literal(inner)}: {literal(item)},"
        opened = isinstance(item, Mapping) and len(line) + 8 > LINE
        lines += [f"    {line}" for line in _opened(inner, item)] if opened else [f"        {line}"]
    return [*lines, "    },"]


def filled(items: Sequence[str], indent: int) -> list[str]:
    """Items one after the other, in as few lines as hold them."""
    lines: list[str] = []
    for item in items:
        if lines and len(lines[-1]) + 1 + len(item) <= LINE:
            lines[-1] += f" {item}"
        else:
            lines.append(" " * indent + item)
    return lines


def plain(words: str) -> str:
    """Foreign words as letters, digits and harmless marks alone: fit for a docstring and Markdown.

    What could end a string or a comment, be a link, HTML or emphasis becomes a space.
    """
    kept = "".join(c if c.isalnum() or c in " .,:;+-=%()" else " " for c in words)
    return " ".join(kept.split())[:MAX_WORDS].strip()


def call(name: str, arguments: Sequence[str], indent: int) -> str:
    """A call as source: in one line, or in three where it is too long."""
    space, inside = " " * indent, ", ".join(arguments)
    line = f"{space}{name}({inside})"
    return line if len(line) <= LINE else f"{space}{name}(\n{space}    {inside}\n{space})"
