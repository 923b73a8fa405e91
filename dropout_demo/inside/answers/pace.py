"""How often an answer tells its progress: often enough to let others in, yet seldom."""

from __future__ import annotations

import time

_BETWEEN = 0.05  # seconds


class Pace:
    """Tells when the next Progress is due: a twentieth of a second after the last one."""

    def __init__(self) -> None:
        self._last = time.monotonic()

    def due(self) -> bool:
        """Whether to yield now; counts as yielded when it is."""
        now = time.monotonic()
        if now - self._last < _BETWEEN:
            return False
        self._last = now
        return True
