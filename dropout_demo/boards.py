"""Pictures that many watch: read from the store once, told to all as what has changed.

A board is a state in named parts. However many watch one, a single reader reads it, encodes what
changed once, and every watcher is sent those very bytes.
"""

from __future__ import annotations

import asyncio
import json
import logging
import secrets
from collections import deque
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from typing import Any

from dropout_demo.store import StoreError

log = logging.getLogger(__name__)

READ_SECONDS = 0.25
"""How often a watched board is read."""

MAX_BOARDS = 100
"""Different boards that are watched at a time."""

KEPT_CHANGES = 240
"""Changes that a watcher may have missed and is told one by one; beyond them, the whole state."""

Parts = Mapping[str, Any]
"""The state of a board as JSON values by name."""

Read = Callable[[], Parts]


class Board:
    """One picture's state, growing versions while somebody watches."""

    def __init__(self, read: Read) -> None:
        self.read = read
        self.name = secrets.token_hex(4)  # a board that is made again counts from anew
        self.version = 0
        self.watchers: set[asyncio.Event] = set()
        self._parts: dict[str, Any] = {}
        self._texts: dict[str, str] = {}  # of the parts
        self._changes: deque[bytes] = deque(maxlen=KEPT_CHANGES)  # the last has our version
        self._whole: tuple[int, bytes] = (0, b"")

    def take(self, parts: Parts) -> None:
        """Keep what is new; every watcher is woken if anything is."""
        changed = {
            name: json.dumps(value, allow_nan=False)
            for name, value in parts.items()
            if name not in self._parts or self._parts[name] != value
        }
        gone = [name for name in self._parts if name not in parts]
        if not (changed or gone) and self.version:
            return
        self._parts = dict(parts)
        self._texts = {name: changed.get(name) or self._texts[name] for name in parts}
        self.version += 1
        self._changes.append(self._message("change", changed | dict.fromkeys(gone, "null")))
        for watcher in self.watchers:
            watcher.set()

    def version_of(self, last_event_id: str | None) -> int:
        """The version that a watcher was told last; 0 for an id that is not this board's."""
        name, _, count = (last_event_id or "").partition(".")
        ours = name == self.name and count.isascii() and count.isdecimal() and len(count) < 10
        version = int(count) if ours else 0
        return version if version <= self.version else 0

    def since(self, version: int) -> bytes:
        """What brings a watcher of this version to ours: the changes, or all there is."""
        missed = self.version - version
        if missed == 0:
            return b""
        if version > 0 and missed <= len(self._changes):
            return b"".join(list(self._changes)[-missed:])
        if self._whole[0] != self.version:
            self._whole = (self.version, self._message("whole", self._texts))
        return self._whole[1]

    def _message(self, kind: str, texts: Mapping[str, str]) -> bytes:
        body = ",".join(f"{json.dumps(name)}:{text}" for name, text in texts.items())
        return f"id: {self.name}.{self.version}\nevent: {kind}\ndata: {{{body}}}\n\n".encode()


class Boards:
    """All boards that are watched on a server; used from its event loop alone."""

    def __init__(self) -> None:
        self._boards: dict[str, Board] = {}
        self._readers: dict[str, asyncio.Task[None]] = {}

    @property
    def watching(self) -> int:
        """How many watch a board."""
        return sum(len(board.watchers) for board in self._boards.values())

    def room_for(self, key: str) -> bool:
        """Whether this board may be watched too; each that differs costs a reader."""
        return key in self._boards or len(self._boards) < MAX_BOARDS

    @asynccontextmanager
    async def watch(self, key: str, read: Read) -> AsyncIterator[tuple[Board, asyncio.Event]]:
        """The board of this key, kept while anybody watches, and an event that tells of news.

        read: makes the state; called in a thread, by one reader a key.
        """
        board = self._boards.setdefault(key, Board(read))
        if key not in self._readers:
            self._readers[key] = asyncio.create_task(_read(key, board))
        news = asyncio.Event()
        board.watchers.add(news)
        try:
            yield board, news
        finally:
            board.watchers.remove(news)
            if not board.watchers:
                del self._boards[key]
                self._readers.pop(key).cancel()


async def messages(
    boards: Boards, key: str, read: Read, last_event_id: str | None
) -> AsyncIterator[bytes]:
    """Server-sent events of a board, without end; after a cut, what has changed since."""
    async with boards.watch(key, read) as (board, news):
        version = board.version_of(last_event_id)
        while True:
            news.clear()
            told = board.since(version)
            version = board.version
            if told:
                yield told
            await news.wait()


async def _read(key: str, board: Board) -> None:
    while True:
        try:
            board.take(await asyncio.to_thread(board.read))
        except StoreError as error:
            log.warning("board %s cannot be read for now: %s", key, error)
        except Exception:  # an error of the program; the next state may be read again
            log.exception("board %s could not be read", key)
        await asyncio.sleep(READ_SECONDS)
