"""Guessing is slowed down: whoever tries too often waits."""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from collections.abc import Callable

MOST_KEPT = 10_000
"""Askers that are remembered; beyond them those who have asked least lately are forgotten."""


class Throttle:
    """So many tries at once, and one more every so many seconds: a bucket of tokens an asker.

    All methods may be called from any thread.
    """

    def __init__(
        self, tries: int, seconds_a_try: float, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self.tries, self.seconds_a_try, self._clock = tries, seconds_a_try, clock
        self._full_at: OrderedDict[str, float] = OrderedDict()  # when all tries will be back
        self._lock = threading.Lock()

    def wait(self, asker: str) -> float:
        """Seconds until this asker may try again; 0 if now. Counts nothing."""
        with self._lock:
            return self._wait(asker, self._clock())

    def spend(self, asker: str, tries: int = 1) -> float:
        """Use up tries; or seconds to wait for them, and then nothing is used up.

        More than there ever are at once count as all.
        """
        tries = min(tries, self.tries)
        with self._lock:
            now = self._clock()
            wait = self._wait(asker, now, tries)
            if wait <= 0:
                full_at = max(now, self._full_at.pop(asker, now)) + tries * self.seconds_a_try
                self._full_at[asker] = full_at
                while len(self._full_at) > MOST_KEPT:
                    self._full_at.popitem(last=False)
            return wait

    def _wait(self, asker: str, now: float, tries: int = 1) -> float:
        used = max(0.0, self._full_at.get(asker, now) - now)
        return max(0.0, used - (self.tries - tries) * self.seconds_a_try)
