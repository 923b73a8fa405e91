"""A server on this machine that serves one file, well or badly."""

from __future__ import annotations

import contextlib
import hashlib
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import numpy as np

from dropout_demo.data import sources
from dropout_demo.data.archive import download

CONTENT = np.random.default_rng(9).bytes(400_000)
"""What stands for the archive."""


class FileServer(ThreadingHTTPServer):
    """Serves `content`; the attributes say what goes wrong."""

    daemon_threads = True

    def __init__(self, content: bytes) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.content = content
        self.status: int | None = None  # answer with this and no file
        self.ranges = True  # obey Range
        self.tag: str | None = None  # ETag; by default made from the content
        self.says_length = True
        self.cut_after: int | None = None  # bytes of an answer, then the connection breaks
        self.cuts = 1_000  # how many answers are cut
        self.pause = 0.0  # seconds between pieces
        self.mute_after: int | None = None  # bytes of an answer, then silence
        self.asked: list[dict[str, str]] = []
        self.ending = threading.Event()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}/cifar-10-python.tar.gz"

    @property
    def md5(self) -> str:
        return hashlib.md5(self.content).hexdigest()

    @property
    def etag(self) -> str:
        return f'"{self.md5}"' if self.tag is None else self.tag

    def handle_error(self, request: object, client_address: object) -> None:
        """A client that goes away is no error here."""


class _Handler(BaseHTTPRequestHandler):
    server: FileServer

    def do_GET(self) -> None:
        server = self.server
        server.asked.append({name.lower(): value for name, value in self.headers.items()})
        if server.status is not None:
            self.send_error(server.status)
            return
        start, whole = self._wanted(), len(server.content)
        if start is not None and start >= whole:
            self.send_response(416)
            self.send_header("Content-Range", f"bytes */{whole}")
            self.send_header("Content-Length", "0")
            self.end_headers()
            return
        self.send_response(200 if start is None else 206)
        if start is not None:
            self.send_header("Content-Range", f"bytes {start}-{whole - 1}/{whole}")
        if server.says_length:
            self.send_header("Content-Length", str(whole - (start or 0)))
        self.send_header("ETag", server.etag)
        self.end_headers()
        self._send(server.content[start or 0 :])

    def _wanted(self) -> int | None:
        wanted, only_if = self.headers.get("Range"), self.headers.get("If-Range")
        if not self.server.ranges or wanted is None:
            return None
        if only_if is not None and only_if != self.server.etag:
            return None
        return int(wanted.removeprefix("bytes=").removesuffix("-"))

    def _send(self, content: bytes) -> None:
        server, sent = self.server, 0
        limit = None
        if server.cut_after is not None and server.cuts > 0:
            server.cuts, limit = server.cuts - 1, server.cut_after
        for at in range(0, len(content), 1 << 14):
            piece = content[at : at + (1 << 14)]
            if limit is not None:
                piece = piece[: limit - sent]
            if server.mute_after is not None and sent >= server.mute_after:
                server.ending.wait(30)
                return
            self.wfile.write(piece)
            sent += len(piece)
            if limit is not None and sent >= limit:
                return
            time.sleep(server.pause)


@contextlib.contextmanager
def serving(content: bytes) -> Iterator[FileServer]:
    """A server in a thread, ended at the end."""
    server = FileServer(content)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    try:
        yield server
    finally:
        server.ending.set()
        server.shutdown()
        thread.join()
        server.server_close()


def fetch(server: FileServer, **given: Any) -> Path:
    """Download the server's file, by default without a second attempt."""
    return download(url=server.url, md5=server.md5, **{"attempts": 1, "silence": 5.0} | given)


def part() -> Path:
    """Where a download keeps what it has so far."""
    archive = sources.archive_in_home()
    return archive.with_name(archive.name + ".part")
