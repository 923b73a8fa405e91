"""Asking about trained networks: one warm process answers, and each answer is kept.

Whoever asks what is being answered already shares that answer: a class that opens one network
together costs as much as one learner.
"""

from __future__ import annotations

import hashlib
import json
import queue
import threading
from collections import OrderedDict
from collections.abc import Callable, Generator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

from dropout_demo.backends.child import ENDED, Child
from dropout_demo.config import MAX_QUESTIONS
from dropout_demo.inside.networks import NetworkRef
from dropout_demo.inside.questions import Question

MODULE = "dropout_demo.inside.prober"
MOST_IN_ADVANCE = 8
"""Questions answered before they are asked; the oldest give way."""

MAX_KEPT_CHARACTERS = 64 * 1024**2
"""Answers kept in all, as JSON."""


class ProbeFailed(Exception):
    """A question without an answer; says why in one sentence."""


class TooManyQuestions(ProbeFailed):
    """Nothing more is taken for now."""


@dataclass(frozen=True)
class Told:
    """Something said of a question: how far it is, perhaps a part of the answer, or its end."""

    done: float  # 0..1
    partial: dict[str, Any] | None = None
    answer: dict[str, Any] | None = None
    error: str | None = None

    @property
    def ended(self) -> bool:
        """Whether nothing more follows."""
        return self.answer is not None or self.error is not None


Listener = Callable[[Told], None]


@dataclass
class _Asked:
    """A question that is being answered."""

    number: int
    key: str
    child: Child  # the process that was asked
    listeners: list[Listener] = field(default_factory=list)
    last: Told = field(default_factory=lambda: Told(0.0))
    advance: bool = False
    private: bool = False


class Probing:
    """All methods may be called from any thread.

    threads: how many threads an answer may use now.
    """

    def __init__(self, threads: Callable[[], int]) -> None:
        self._threads = threads
        self._lock = threading.Lock()
        self._child: Child | None = None
        self._asked: dict[str, _Asked] = {}
        self._kept: OrderedDict[str, str] = OrderedDict()
        self._size = 0  # characters of all kept answers
        self._count = 0
        self._closed = False

    def warm(self) -> None:
        """Start the process, without waiting for it; who asks hears if it cannot be started."""
        with self._lock, suppress(ProbeFailed):
            self._alive()

    def ask(
        self,
        question: Question,
        networks: Sequence[NetworkRef],
        *,
        beat: float | None = None,
    ) -> Generator[Told, None, None]:
        """What is told of a question, its end last; closing the iterator asks no longer.

        beat: after so many seconds without news, how far it is is said again: whoever must not be
        held up can do something else in between.
        Raises ProbeFailed.
        """
        told: queue.SimpleQueue[Told] = queue.SimpleQueue()
        leave = self.listen(question, networks, told.put)
        try:
            news = told.get()
            while not news.ended:
                yield news
                try:
                    news = told.get(timeout=beat)
                except queue.Empty:
                    news = Told(news.done)
            if news.error is not None:
                raise ProbeFailed(news.error)
            yield news
        finally:
            leave()

    def listen(
        self, question: Question, networks: Sequence[NetworkRef], listener: Listener
    ) -> Callable[[], None]:
        """Let `listener` be told of a question, from another thread; call the result to stop.

        Raises ProbeFailed, TooManyQuestions among them.
        """
        key = _key(question, networks)
        with self._lock:
            kept = self._kept.get(key)
            if kept is None:
                asked = self._join(key, question, networks)
                asked.listeners.append(listener)
                last = asked.last
            else:
                self._kept.move_to_end(key)
        if kept is not None:
            listener(Told(1.0, answer=json.loads(kept)))
            return lambda: None
        listener(last)
        return lambda: self._leave(asked, listener)

    def advance(self, question: Question, networks: Sequence[NetworkRef]) -> None:
        """Have a question answered when nothing else is to be done: it may be asked soon."""
        key = _key(question, networks)
        with self._lock:
            if key in self._kept or key in self._asked or self._closed:
                return
            waiting = [one for one in self._asked.values() if one.advance]
            for old in waiting[: max(0, len(waiting) - MOST_IN_ADVANCE + 1)]:
                self._drop(old)
            with suppress(ProbeFailed):
                self._begin(key, question, networks, advance=True)

    def close(self) -> None:
        """End the process and wait for it."""
        with self._lock:
            self._closed = True
            child, self._child = self._child, None
        if child is not None:
            child.end()

    def pid(self) -> int | None:
        """The process's id, while there is one."""
        with self._lock:
            child = self._child
        return child.pid if child is not None and child.alive() else None

    def _join(self, key: str, question: Question, networks: Sequence[NetworkRef]) -> _Asked:
        """The question as it is being answered; begun, if nobody asked it before."""
        asked = self._asked.get(key)
        if asked is not None and not asked.advance:
            return asked
        if asked is not None:  # it was only wanted in advance
            self._drop(asked)
        if self._closed or len(self._asked) >= MAX_QUESTIONS:
            raise TooManyQuestions(
                f"{len(self._asked)} questions are being answered; try again in a moment."
            )
        return self._begin(key, question, networks, advance=False)

    def _begin(
        self, key: str, question: Question, networks: Sequence[NetworkRef], *, advance: bool
    ) -> _Asked:
        child = self._alive()  # before anything is entered: a process may fail to start
        self._count += 1
        asked = _Asked(self._count, key, child, advance=advance, private=question.private)
        self._asked[key] = asked
        message = {
            "ask": asked.number,
            "kind": question.kind,
            "networks": [network.to_json() for network in networks],
            "question": question.model_dump(mode="json"),
            "threads": self._threads(),
            "advance": advance,
        }
        child.say(message)
        return asked

    def _alive(self) -> Child:
        """The process, a new one if there is none. The lock is held.

        Its threads sleep while they wait for one another: spinning, they would take the cores from
        training, and on a busy machine from one another.
        """
        if self._child is None or not self._child.alive():
            try:
                self._child = child = Child(MODULE, OMP_WAIT_POLICY="passive")
            except OSError as error:
                raise ProbeFailed(
                    f"The process that looks inside networks cannot be started "
                    f"({error.strerror}); try again in a moment."
                ) from None
            name = f"prober-{child.pid}"
            threading.Thread(target=self._relay, args=(child,), name=name, daemon=True).start()
        return self._child

    def _relay(self, child: Child) -> None:
        """Hand on what the process says, to its end."""
        while (message := child.read(timeout=1.0)) is not ENDED:
            if message is not None and "ask" in message:
                self._hear(message)
        self._fail_all(child)

    def _hear(self, message: dict[str, Any]) -> None:
        told = Told(
            message.get("done", 1.0),
            message.get("partial"),
            message.get("answer"),
            message.get("error"),
        )
        with self._lock:
            asked = next((a for a in self._asked.values() if a.number == message["ask"]), None)
            if asked is None:
                return
            asked.last = told
            if told.ended:
                del self._asked[asked.key]
            if told.answer is not None and not asked.private:
                self._keep(asked.key, json.dumps(told.answer, separators=(",", ":")))
            listeners = list(asked.listeners)
        for listener in listeners:
            listener(told)

    def _fail_all(self, child: Child) -> None:
        """Nobody answers any more what this process was asked."""
        why = child.why_it_ended()
        told = Told(1.0, error=f"The process that looks inside networks {why}; ask again.")
        with self._lock:  # what is asked of its successor already stays
            asked = [one for one in self._asked.values() if one.child is child]
            for one in asked:
                del self._asked[one.key]
            if self._child is child:
                self._child = None
        for one in asked:
            for listener in one.listeners:
                listener(told)
        child.end()

    def _keep(self, key: str, text: str) -> None:
        self._kept[key] = text
        self._size += len(text)
        while self._size > MAX_KEPT_CHARACTERS:
            _, old = self._kept.popitem(last=False)
            self._size -= len(old)

    def _leave(self, asked: _Asked, listener: Listener) -> None:
        with self._lock:
            if listener in asked.listeners:
                asked.listeners.remove(listener)
            if not asked.listeners and self._asked.get(asked.key) is asked:
                self._drop(asked)

    def _drop(self, asked: _Asked) -> None:
        del self._asked[asked.key]
        asked.child.say({"cancel": asked.number})


def _key(question: Question, networks: Sequence[NetworkRef]) -> str:
    named = [[ref.config.hash, str(ref.folder), ref.epoch] for ref in networks]
    told = json.dumps([question.kind, question.model_dump(mode="json"), named], sort_keys=True)
    return hashlib.sha256(told.encode()).hexdigest()
