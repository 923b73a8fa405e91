"""How often anybody may do what costs others something; beyond it, a sentence and a wait."""

from __future__ import annotations

import math
import threading
from collections import OrderedDict

from dropout_demo.refusal import Refusal
from dropout_demo.throttle import Throttle

MOST_KNOWN = 10_000
"""Codes that an address has found, which are remembered; beyond them the oldest are forgotten."""


class Brakes:
    """One server's. A class behind one address is many at once: those limits are wide."""

    def __init__(self) -> None:
        self.guesses = Throttle(60, 3.0)  # wrong codes of an address
        self.starts = Throttle(60, 1.0)  # requests that start runs, of a learner
        self.starts_from = Throttle(600, 0.2)  # and the runs that an address starts
        self.questions = Throttle(60, 0.1)  # what Inside asks a network, of a learner
        self.changes = Throttle(60, 0.5)  # joins, votes and what a teacher presses, of a learner
        self.changes_from = Throttle(1_000, 0.05)  # and of an address
        self._found: OrderedDict[tuple[str, str], None] = OrderedDict()
        self._finding = threading.Lock()

    def start(self, owner: str, address: str, runs: int = 1) -> None:
        """Count a request that starts so many runs. Raises Refusal."""
        self._brake((self.starts, owner, 1), (self.starts_from, address, runs), doing="start runs")

    def change(self, owner: str, address: str) -> None:
        """Count a change in a class. Raises Refusal."""
        self._brake((self.changes, owner, 1), (self.changes_from, address, 1), doing="do this")

    def question(self, owner: str) -> None:
        """Count a question to a network. Raises Refusal."""
        self._brake((self.questions, owner, 1), doing="ask networks")

    def guess(self, address: str, code: str | None, *, right: bool, known: bool) -> None:
        """Count a code that was tried: the wrong ones of an address are braked. Raises Refusal.

        code: as classes are named; None for what is none. right: whether there is such a class.
        known: whether who asks is in that class. They pass, and so does a code that this address
        had found before: a guesser in the house does not keep the others out.
        """
        with self._finding:
            before = code is not None and (address, code) in self._found
        wait = self.guesses.wait(address)
        if wait > 0 and not (right and (known or before)):
            raise too_often("Too many wrong codes were tried from your address", wait)
        if not right or code is None:
            self.guesses.spend(address)
            return
        with self._finding:
            self._found[(address, code)] = None
            self._found.move_to_end((address, code))
            if len(self._found) > MOST_KNOWN:
                self._found.popitem(last=False)

    def _brake(self, *asked: tuple[Throttle, str, int], doing: str) -> None:
        for throttle, who, times in asked:
            wait = throttle.spend(who, times)
            if wait > 0:
                raise too_often(f"You {doing} faster than the server lets one person", wait)


def too_often(why: str, wait: float) -> Refusal:
    """The refusal of whoever has to wait so many seconds."""
    seconds = max(1, math.ceil(wait))
    return Refusal(429, f"{why}; try again in {seconds} s.")
