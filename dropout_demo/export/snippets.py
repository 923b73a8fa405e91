"""The pieces that scripts and notebooks are put together from, each with only what is asked for.

A piece is a text file in `parts`. A line that ends in `  #: CONDITION` stands only where the
condition holds; so do the lines between `#? CONDITION` and `#/`, which may be nested. A condition
is made of features with `!`, `&` and `|`; `&` binds closer. `$NAME` is replaced by a value.
"""

from __future__ import annotations

import functools
from collections.abc import Mapping, Set
from pathlib import Path
from string import Template

PARTS = Path(__file__).parent / "parts"
_OPEN, _CLOSE, _LINE = "#? ", "#/", "  #: "


def compose(part: str, features: Set[str], values: Mapping[str, str]) -> str:
    """The code of one part for some features, without a line break at its ends.

    Raises KeyError for a value that is used and not given, ValueError for an unclosed block.
    """
    lines, blocks = [], [True]
    for line in _text(part).splitlines():
        if line.lstrip().startswith(_OPEN):
            blocks.append(blocks[-1] and holds(line.split(_OPEN, 1)[1], features))
        elif line.strip() == _CLOSE:
            blocks.pop()
        elif blocks[-1]:
            code, _, condition = line.partition(_LINE)
            if not condition or holds(condition, features):
                lines.append(code)
    if len(blocks) != 1:
        raise ValueError(f"{part} has a block that is not closed.")
    return Template("\n".join(lines).strip("\n")).substitute(values)


def holds(condition: str, features: Set[str]) -> bool:
    """Whether a condition such as "crop & !vary_augmentation | flip" holds."""
    return any(all(_true(word, features) for word in c.split("&")) for c in condition.split("|"))


def _true(word: str, features: Set[str]) -> bool:
    name = word.strip()
    return (name.removeprefix("!") in features) != name.startswith("!")


@functools.cache
def _text(part: str) -> str:
    return (PARTS / f"{part}.txt").read_text("utf-8")
