"""How often anybody may do what costs others something; beyond it, a sentence and a wait."""

from __future__ import annotations

import math

from dropout_demo.refusal import Refusal
from dropout_demo.throttle import Throttle


class Brakes:
    """One server's. A class behind one address is many at once: those limits are wide."""

    def __init__(self) -> None:
        self.guesses = Throttle(60, 3.0)  # wrong codes of an address
        self.starts = Throttle(60, 1.0)  # requests that start runs, of a learner
        self.starts_from = Throttle(600, 0.2)  # and of an address
        self.questions = Throttle(60, 0.1)  # what Inside asks a network, of a learner
        self.changes = Throttle(60, 0.5)  # joins, votes and what a teacher presses, of a learner
        self.changes_from = Throttle(1_000, 0.05)  # and of an address

    def start(self, owner: str, address: str) -> None:
        """Count a request that starts runs. Raises Refusal."""
        self._brake((self.starts, owner), (self.starts_from, address), doing="start runs")

    def change(self, owner: str, address: str) -> None:
        """Count a change in a class. Raises Refusal."""
        self._brake((self.changes, owner), (self.changes_from, address), doing="do this")

    def question(self, owner: str) -> None:
        """Count a question to a network. Raises Refusal."""
        self._brake((self.questions, owner), doing="ask networks")

    def _brake(self, *asked: tuple[Throttle, str], doing: str) -> None:
        for throttle, who in asked:
            wait = throttle.spend(who)
            if wait > 0:
                raise too_often(f"You {doing} faster than the server lets one person", wait)


def too_often(why: str, wait: float) -> Refusal:
    """The refusal of whoever has to wait so many seconds."""
    seconds = max(1, math.ceil(wait))
    return Refusal(429, f"{why}; try again in {seconds} s.")
