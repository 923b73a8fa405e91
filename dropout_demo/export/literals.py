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


def assignment(name: str, value: Mapping[str, Any], notes: Mapping[str, str], dense: int) -> str:
    """Source that names a dict: a line an item, with its note behind it, or as few as fit.

    notes: what to say of an item, by its key. dense: 1 leaves the notes out and fills the lines;
    2 fills those with the brackets too.
    """
    if dense > 1 and value:
        *lines, last = _filled_items(value, 4, f"{name} = {{")
        return "\n".join([*lines, f"{last[:-1]}}}"])
    if dense:
        return "\n".join([f"{name} = {{", *_filled_items(value, 4), "}"])
    lines = [f"{name} = {{"]
    for key, item in value.items():
        line = f"    {literal(key)}: {literal(item)},"
        noted = f"{line}  # {notes.get(key)}"
        if len(line) > LINE:
            lines += _opened(key, item)
        else:
            lines.append(noted if key in notes and len(noted) <= LINE else line)
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


def _filled_items(value: Mapping[str, Any], indent: int, begun: str = "") -> list[str]:
    """The items of a dict in as few lines as hold them; a dict too long for one begins a line.

    begun: what stands before them on the first line. A character is left for a bracket to close.
    """
    lines = [begun]
    for key, item in value.items():
        source = f"{literal(key)}: {literal(item)},"
        if isinstance(item, Mapping) and indent + len(source) >= LINE:
            opened = f"{' ' * indent}{literal(key)}: {{"
            *inner, last = _filled_items(item, indent + 4, opened)
            lines += [*inner, f"{last[:-1]}}},", ""]
        else:
            lines[-1:] = filled([source], indent, lines[-1])
    return [line for line in lines if line]


def filled(items: Sequence[str], indent: int, begun: str = "") -> list[str]:
    """Items one after the other, in as few lines as hold them; begun: what the first begins with.

    The last character of a line is left free.
    """
    lines = [begun]
    for item in items:
        space = "" if lines[-1].endswith("{") else " "
        if lines[-1] and len(lines[-1]) + len(space) + len(item) < LINE:
            lines[-1] += space + item
        else:
            lines.append(" " * indent + item)
    return [line for line in lines if line]


def plain(words: str) -> str:
    """Foreign words as letters, digits and harmless marks alone: fit for a docstring and Markdown.

    What could end a string or a comment, be a link, HTML or emphasis becomes a space.
    """
    kept = "".join(c if c.isalnum() or c in " .,:;+-=%()" else " " for c in words)
    return " ".join(kept.split())[:MAX_WORDS].strip()


def call(name: str, arguments: Sequence[str], indent: int, dense: bool = False) -> str:
    """A call as source: in one line, or in three where it is too long; dense: in two there."""
    space, inside = " " * indent, ", ".join(arguments)
    line = f"{space}{name}({inside})"
    if len(line) <= LINE:
        return line
    if dense:
        *first, last = arguments
        return f"{space}{name}({', '.join(first)},\n{' ' * (indent + len(name) + 1)}{last})"
    return f"{space}{name}(\n{space}    {inside}\n{space})"


def choice(name: str, items: Sequence[str], indent: int) -> str:
    """Source that names a dict of these items: in one line, or with its items on lines inside."""
    space = " " * indent
    line = f"{space}{name} = {{{', '.join(items)}}}"
    if len(line) <= LINE:
        return line
    inside = filled([f"{item}," for item in items], indent + 4)
    return "\n".join([f"{space}{name} = {{", *inside, f"{space}}}"])
