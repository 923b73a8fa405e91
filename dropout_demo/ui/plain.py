"""Foreign text for places that read Markdown: shown as it is, never as links, pictures or HTML."""

from __future__ import annotations

import re

_MEANING = re.compile(r"([\\`*_{}\[\]()#+\-.!|<>~$:&\"'/@])")


def plain(text: str) -> str:
    """The text with every character escaped that Markdown gives a meaning."""
    return _MEANING.sub(r"\\\1", " ".join(text.split()))
