"""One tail of the store a run, however many watch it."""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

from dropout_demo.events import END_KINDS
from dropout_demo.store import Store, StoreError

log = logging.getLogger(__name__)

POLL_SECONDS = 0.12
"""How often a tail looks for new events that few watch: about 8 updates a second."""

POLL_SECONDS_A_WATCHER = 0.001
"""So much seldomer for each who watches: what sending takes, the cores do not train."""

MOST_POLL_SECONDS = 0.24
"""Still 4 updates a second, however many watch."""


class Tail:
    """The events of one run as JSON texts, growing while somebody watches."""

    def __init__(self, store: Store, run: str) -> None:
        self._store, self.run = store, run
        self.texts: list[str] = []  # the event with seq n stands at n - 1
        self.kinds: list[str] = []
        self.watchers: list[asyncio.Event] = []  # each is set when there is news
        self.task = asyncio.create_task(self._follow())

    @property
    def ended(self) -> bool:
        """Whether nothing more will come."""
        return bool(self.kinds) and self.kinds[-1] in END_KINDS

    async def _follow(self) -> None:
        while not self.ended:
            try:
                new = await asyncio.to_thread(self._store.event_texts, self.run, len(self.texts))
            except StoreError as error:
                log.warning("run %s cannot be read for now: %s", self.run, error)
                new = []
            if new:
                self.texts += new
                self.kinds += [json.loads(text)["kind"] for text in new]
                for watcher in self.watchers:
                    watcher.set()
            pause = POLL_SECONDS + POLL_SECONDS_A_WATCHER * len(self.watchers)
            await asyncio.sleep(min(pause, MOST_POLL_SECONDS))


class Tails:
    """All tails of a server; used from its event loop alone."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._tails: dict[str, Tail] = {}
        self.watching = 0

    @asynccontextmanager
    async def watch(self, runs: Sequence[str], news: asyncio.Event) -> AsyncIterator[list[Tail]]:
        """Tails of these runs, kept while anybody watches; `news` is set when one grows."""
        tails = [self._tail(run) for run in runs]
        self.watching += 1
        for tail in tails:
            tail.watchers.append(news)
        try:
            yield tails
        finally:
            self.watching -= 1
            for tail in tails:
                tail.watchers.remove(news)
                if not tail.watchers:
                    tail.task.cancel()
                    self._tails.pop(tail.run, None)

    def _tail(self, run: str) -> Tail:
        """The run's tail; a new one where there is none that still follows."""
        tail = self._tails.get(run)
        if tail is None or (tail.task.done() and not tail.ended):
            tail = self._tails[run] = Tail(self._store, run)
        return tail
