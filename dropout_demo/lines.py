"""How a child process speaks: one JSON object a line on what was its standard output."""

from __future__ import annotations

import json
import os
from typing import Any, TextIO


class Speech:
    """Our lines to the process that started us; may be used from one thread at a time."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream

    @classmethod
    def on_stdout(cls) -> Speech:
        """Take standard output for our lines; what libraries print goes to stderr from now on."""
        stream = os.fdopen(os.dup(1), "w", encoding="utf-8")
        os.dup2(2, 1)
        return cls(stream)

    def say(self, message: dict[str, Any]) -> None:
        """Write one line, at once."""
        self._stream.write(json.dumps(message, separators=(",", ":")) + "\n")
        self._stream.flush()
