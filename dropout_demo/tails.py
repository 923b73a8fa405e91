"""One tail of the store a run, however many watch it, and one reader for all tails."""

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
"""How often new events are looked for while few watch: about 8 updates a second."""

POLL_SECONDS_A_WATCHER = 0.001
"""So much seldomer for each who watches: what sending takes, the cores do not train."""

MOST_POLL_SECONDS = 0.24
"""Still 4 updates a second, however many watch."""


class Tail:
    """The events of one run as JSON texts, growing while somebody watches."""

    def __init__(self, run: str) -> None:
        self.run = run
        self.texts: list[str] = []  # the event with seq n stands at n - 1
        self.kinds: list[str] = []
        self.watchers: list[asyncio.Event] = []  # each is set when there is news

    @property
    def ended(self) -> bool:
        """Whether nothing more will come."""
        return bool(self.kinds) and self.kinds[-1] in END_KINDS

    def take(self, new: Sequence[str], after: int) -> None:
        """Append what was read after that many events, unless others did meanwhile."""
        if not new or len(self.texts) != after:
            return
        self.texts += new
        self.kinds += [json.loads(text)["kind"] for text in new]
        for watcher in self.watchers:
            watcher.set()


class Tails:
    """All tails of a server; used from its event loop alone."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._tails: dict[str, Tail] = {}
        self._more = asyncio.Event()  # a run is watched that was not
        self._reader: asyncio.Task[None] | None = None
        self.watching = 0

    @asynccontextmanager
    async def watch(self, runs: Sequence[str], news: asyncio.Event) -> AsyncIterator[list[Tail]]:
        """Tails of these runs, kept while anybody watches; `news` is set when one grows."""
        self._more.set()
        tails = [self._tails.setdefault(run, Tail(run)) for run in runs]
        self.watching += 1
        for tail in tails:
            tail.watchers.append(news)
        if self._reader is None:
            self._reader = asyncio.create_task(self._read())
        try:
            yield tails
        finally:
            self.watching -= 1
            for tail in tails:
                tail.watchers.remove(news)
                if not tail.watchers:
                    del self._tails[tail.run]
            if not self._tails and self._reader is not None:
                self._reader.cancel()
                self._reader = None

    async def _read(self) -> None:
        """Look for news of all runs at once, again and again."""
        while True:
            self._more.clear()
            growing = [tail for tail in self._tails.values() if not tail.ended]
            after = {tail.run: len(tail.texts) for tail in growing}
            try:
                new = await asyncio.to_thread(self._store.news, after)
            except StoreError as error:
                log.warning("runs cannot be read for now: %s", error)
                new = {}
            for tail in growing:
                tail.take(new.get(tail.run, ()), after[tail.run])
            pause = min(POLL_SECONDS + POLL_SECONDS_A_WATCHER * self.watching, MOST_POLL_SECONDS)
            try:
                await asyncio.wait_for(self._more.wait(), pause if growing else None)
            except TimeoutError:
                continue
