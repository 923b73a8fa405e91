"""A simulated student: plain HTTP/1.1 over one's own sockets, light enough to be 300 of them."""

from __future__ import annotations

import asyncio
import contextlib
import json
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

LOOPBACK = ("127.0.0.1", "localhost", "::1")
MOST_STUDENTS = 500
MOST_SECONDS = 900.0
"""Bounds of a load test, whatever is asked for."""

ANSWER_SECONDS = 60.0  # until an answer must have come


@dataclass(frozen=True)
class Place:
    """Where the server is, which must be this machine."""

    host: str
    port: int

    @classmethod
    def of(cls, address: str) -> Place:
        """Raises ValueError for another machine's address."""
        parts = urlsplit(address)
        if parts.hostname not in LOOPBACK or parts.port is None:
            raise ValueError(f"Load tests ask the loopback alone, not {address}.")
        return cls(parts.hostname, parts.port)


@dataclass(frozen=True)
class Answer:
    """What a request came to."""

    status: int
    body: Any
    seconds: float


async def ask(place: Place, method: str, path: str, token: str = "", body: Any = None) -> Answer:
    """One request over a connection of its own, as the first of a browser's is."""
    began = time.perf_counter()
    reader, writer = await asyncio.open_connection(place.host, place.port)
    try:
        content = b"" if body is None else json.dumps(body).encode()
        writer.write(_head(place, method, path, token, len(content)) + content)
        status, text = await asyncio.wait_for(_answer(reader), ANSWER_SECONDS)
    finally:
        writer.close()
    told = json.loads(text) if text[:1] in (b"{", b"[") else text
    return Answer(status, told, time.perf_counter() - began)


def _head(place: Place, method: str, path: str, token: str, length: int) -> bytes:
    lines = [f"{method} {path} HTTP/1.1", f"Host: {place.host}:{place.port}"]
    lines += [f"Authorization: Bearer {token}"] if token else []
    lines += ["Content-Type: application/json", f"Content-Length: {length}"] if length else []
    return "\r\n".join([*lines, "Connection: close", "", ""]).encode()


async def _answer(reader: asyncio.StreamReader) -> tuple[int, bytes]:
    head = await reader.readuntil(b"\r\n\r\n")
    status = int(head.split(b" ", 2)[1])
    body = await reader.read()
    if b"chunked" in head.lower():
        body = _unchunked(body)
    return status, body


def _unchunked(body: bytes) -> bytes:
    parts, at = [], 0
    while (end := body.find(b"\r\n", at)) >= 0:
        size = int(body[at:end].split(b";")[0], 16)
        if size == 0:
            break
        parts.append(body[end + 2 : end + 2 + size])
        at = end + 2 + size + 2
    return b"".join(parts)


@dataclass
class Watcher:
    """Somebody who watches the class: what came, when, and how often the line was lost.

    on_change: told of the changed parts and the time (unix seconds) at which they came.
    """

    place: Place
    path: str
    on_change: Callable[[dict[str, Any], float], None]
    parts: dict[str, Any] = field(default_factory=dict)
    lost: int = 0
    messages: int = 0
    last_id: str = ""
    keeps_parts: bool = False  # one of them is enough to check that nothing was missed
    ready: asyncio.Event = field(default_factory=asyncio.Event)

    async def watch(self) -> None:
        """Until cancelled; comes again when it is cut, with what it saw last."""
        while True:
            with contextlib.suppress(OSError, asyncio.IncompleteReadError, ValueError):
                await self._listen()
            self.lost += 1
            await asyncio.sleep(1)

    async def _listen(self) -> None:
        reader, writer = await asyncio.open_connection(
            self.place.host, self.place.port, limit=16 * 1024 * 1024
        )
        try:
            head = [f"GET {self.path} HTTP/1.1", f"Host: {self.place.host}:{self.place.port}"]
            head += [f"Last-Event-ID: {self.last_id}"] if self.last_id else []
            writer.write("\r\n".join([*head, "", ""]).encode())
            answer = await reader.readuntil(b"\r\n\r\n")
            if b" 200 " not in answer.split(b"\r\n", 1)[0]:
                raise ValueError("The stream was refused.")
            buffer = b""
            while True:
                size = int((await reader.readline()).strip() or b"0", 16)
                if size == 0:
                    return
                buffer += (await reader.readexactly(size + 2))[:-2]
                *whole, buffer = buffer.split(b"\n\n")
                for message in whole:
                    self._take(message)
        finally:
            writer.close()

    def _take(self, message: bytes) -> None:
        now = time.time()
        kind = data = b""
        for line in message.splitlines():
            name, _, value = line.partition(b": ")
            if name == b"id":
                self.last_id = value.decode()
            elif name == b"event":
                kind = value
            elif name == b"data":
                data = value
        if not data:
            return
        self.messages += 1
        self.ready.set()
        if kind == b"whole" and not self.keeps_parts:
            return
        parts = json.loads(data)
        if kind == b"whole":
            self.parts = {}
        if self.keeps_parts:
            self.parts |= parts
        self.on_change(parts, now)
