"""Questions in hand: quick ones first, longer ones by turns, those asked in advance when idle."""

from __future__ import annotations

import logging
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import torch

from dropout_demo.checkpoints import CheckpointError
from dropout_demo.data import DataError
from dropout_demo.inside.answers.base import ProbeError, Progress
from dropout_demo.inside.answers.catalogue import ANSWERS
from dropout_demo.inside.catalogue import QUESTIONS
from dropout_demo.inside.networks import NetworkRef
from dropout_demo.inside.workbench import Opened, Workbench

log = logging.getLogger(__name__)

MOST_QUICK_IN_A_ROW = 3
"""Then a long question gets its part, so that a class which slides does not hold it up for ever."""

AT_A_TIME = 3
"""Long questions that take turns; each holds up to a hundred megabytes, so others begin later."""

Say = Callable[[dict[str, Any]], None]


@dataclass
class _Task:
    ask: int
    threads: int
    work: Iterator[Progress | dict[str, Any]]


class Desk:
    """Takes questions and answers them, a part at a time. For one thread."""

    def __init__(self, say: Say) -> None:
        self._say = say
        self._bench = Workbench()
        self._quick: deque[_Task] = deque()
        self._long: deque[_Task] = deque()
        self._advance: deque[_Task] = deque()
        self._quick_in_a_row = 0

    def take(self, message: Mapping[str, Any]) -> None:
        """Put a question on its pile, or drop one that nobody waits for any more.

        message: {"ask": n, "kind", "networks": [...], "question": {...}, "threads": n,
        "advance": bool} or {"cancel": n}.
        """
        if "cancel" in message:
            for pile in (self._quick, self._long, self._advance):
                for task in [task for task in pile if task.ask == message["cancel"]]:
                    pile.remove(task)
            return
        quick = QUESTIONS[message["kind"]].quick
        pile = self._advance if message["advance"] else self._quick if quick else self._long
        pile.append(_Task(message["ask"], message["threads"], self._work(message)))

    def busy(self) -> bool:
        """Whether there is anything to do."""
        return bool(self._quick or self._long or self._advance)

    def step(self) -> None:
        """Do the next part of what is most urgent."""
        turn = self._long and self._quick_in_a_row >= MOST_QUICK_IN_A_ROW
        pile = self._long if turn else self._quick or self._long or self._advance
        self._quick_in_a_row = self._quick_in_a_row + 1 if pile is self._quick else 0
        task = pile.popleft()
        if torch.get_num_threads() != task.threads:
            torch.set_num_threads(task.threads)
        told = self._part(task)
        self._say({"ask": task.ask, **told})
        if "done" in told:
            pile.insert(AT_A_TIME - 1, task)

    def _part(self, task: _Task) -> dict[str, Any]:
        try:
            with torch.inference_mode():
                made = next(task.work)
        except (ProbeError, CheckpointError, DataError) as error:
            return {"error": str(error)}
        except MemoryError:
            return {"error": "There is not enough memory for this; try fewer images or passes."}
        except Exception:
            log.exception("question %s ended by an error of the program", task.ask)
            return {"error": "An error of the program ended this; see the server's log."}
        if isinstance(made, Progress):
            return {"done": round(made.done, 4), "partial": made.partial}
        return {"answer": made}

    def _work(self, message: Mapping[str, Any]) -> Iterator[Progress | dict[str, Any]]:
        """The parts of one answer; nothing is opened before its turn comes."""
        question = QUESTIONS[message["kind"]].model_validate(message["question"])
        opened: list[Opened] = []
        for ref in map(NetworkRef.from_json, message["networks"]):
            try:
                opened.append(self._bench.open(ref.config, str(ref.folder), ref.epoch))
            except CheckpointError:
                if not (opened and question.others_may_miss):
                    raise
        yield from ANSWERS[type(question)](self._bench, opened, question)
