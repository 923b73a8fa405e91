"""Foreign text for places that read Markdown: shown as it is, never as links, pictures or HTML."""

from __future__ import annotations

import re

_LINK = re.compile(r"(://|www\.|@)", re.IGNORECASE)
_WORD_JOINER = "\u2060"  # unseen; Markdown makes links of bare addresses, escaped or not

_MEANING = re.compile(r"([\\`*_{}\[\]()#+\-.!|<>~$:&\"'/@])")


def plain(text: str) -> str:
    """The text with every character escaped that Markdown gives a meaning."""
    unlinked = _LINK.sub(lambda sign: _WORD_JOINER.join(["", *sign[0], ""]), " ".join(text.split()))
    return _MEANING.sub(r"\\\1", unlinked)
