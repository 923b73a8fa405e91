"""One HTTP request whose bytes arrive by a thread, so that who waits for them can stop at once."""

from __future__ import annotations

import queue
import re
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import TypeVar

import httpx

POLL = 0.1  # seconds between two looks at whether to stop
CONNECT_TIMEOUT = 10.0  # seconds
PIECES_AHEAD = 32

T = TypeVar("T")


class Lost(Exception):
    """The network failed; trying again may help. Its text is one sentence."""


class Refused(Exception):
    """The server will not give the file. Its text is one sentence."""


@dataclass
class Answer:
    """What the server said, and its bytes as they come."""

    host: str
    status: int  # 200, 206 or 416
    start: int  # which byte of the file comes first
    total: int | None  # bytes of the whole file, if told
    validator: str | None  # for If-Range
    _pieces: queue.Queue[bytes | Exception | None] = field(repr=False)
    _stopped: threading.Event = field(repr=False)
    _check: Callable[[], None] = field(repr=False)

    def pieces(self) -> Iterator[bytes]:
        """The bytes in order. Raises Lost, and whatever the check for stopping raises."""
        while (piece := _wait(self._pieces, self._check)) is not None:
            if isinstance(piece, Exception):
                raise piece
            yield piece

    def close(self) -> None:
        """Take no more bytes. The thread lets go of its connection by itself, soon."""
        self._stopped.set()


def fetch(
    url: str, start: int, validator: str | None, silence: float, check: Callable[[], None]
) -> Answer:
    """Ask for `url` from byte `start` on, if it is still the file that `validator` names.

    silence: seconds the server may be mute. check: called ten times a second; what it raises ends
    the waiting, also that for a name server or a connection. Raises Lost or Refused.
    """
    headers = {"Accept-Encoding": "identity"}
    if start:
        headers["Range"] = f"bytes={start}-"
        if validator is not None:
            headers["If-Range"] = validator
    stopped = threading.Event()
    answers: queue.Queue[httpx.Response | Exception] = queue.Queue()
    pieces: queue.Queue[bytes | Exception | None] = queue.Queue(PIECES_AHEAD)
    worker = threading.Thread(
        target=_run, args=(url, headers, silence, answers, pieces, stopped), daemon=True
    )
    worker.start()
    try:
        response = _wait(answers, check)
        if isinstance(response, Exception):
            raise response
        return _answer(response, pieces, stopped, check)
    except BaseException:
        stopped.set()
        raise


def _run(
    url: str,
    headers: dict[str, str],
    silence: float,
    answers: queue.Queue[httpx.Response | Exception],
    pieces: queue.Queue[bytes | Exception | None],
    stopped: threading.Event,
) -> None:
    """The thread: everything that may block on the network happens here, nothing else does."""

    # Put in both: before the answer one is waited for, after it the other.
    def fail(error: Exception) -> None:
        answers.put(error)
        _put(pieces, error, stopped)

    timeout = httpx.Timeout(silence, connect=min(silence, CONNECT_TIMEOUT))
    try:
        with httpx.stream(
            "GET", url, headers=headers, timeout=timeout, follow_redirects=True
        ) as response:
            answers.put(response)
            for piece in response.iter_raw():  # as they come: bigger pieces are lost when it breaks
                if not _put(pieces, piece, stopped):
                    return
        _put(pieces, None, stopped)
    except (httpx.InvalidURL, httpx.UnsupportedProtocol, httpx.TooManyRedirects):
        fail(Refused(f"{url} is not an address that can be downloaded; correct it."))
    except httpx.TimeoutException:
        fail(Lost(f"{_host(url)} did not answer for {silence:.0f} s."))
    except httpx.ConnectError as error:
        fail(Lost(f"No connection to {_host(url)} could be made ({_reason(error)})."))
    except (httpx.HTTPError, OSError):
        fail(Lost(f"The connection to {_host(url)} broke off."))
    except Exception as error:  # noqa: BLE001 - raised again by who waits, who would wait for ever
        fail(error)


def _answer(
    response: httpx.Response,
    pieces: queue.Queue[bytes | Exception | None],
    stopped: threading.Event,
    check: Callable[[], None],
) -> Answer:
    host, status = response.url.host, response.status_code
    if status >= 500 or status == 429:
        raise Refused(f"{host} cannot serve the archive now (HTTP {status}); try again later.")
    if status not in (200, 206, 416):
        raise Refused(
            f"{host} does not offer the archive at {response.url} (HTTP {status}); "
            "fetch it by hand and let DROPOUT_DEMO_DATA name its folder."
        )
    start, total = 0, None
    if status == 206:
        span = re.fullmatch(r"bytes (\d+)-\d+/(\d+|\*)", response.headers.get("Content-Range", ""))
        if span is None:
            raise Refused(
                f"{host} answered with a part of the archive but not which; try again later."
            )
        start, total = int(span[1]), None if span[2] == "*" else int(span[2])
    elif response.headers.get("Content-Length", "").isdecimal():
        total = int(response.headers["Content-Length"])
    return Answer(host, status, start, total, _validator(response.headers), pieces, stopped, check)


def _validator(headers: httpx.Headers) -> str | None:
    tag: str = headers.get("ETag", "")
    date: str | None = headers.get("Last-Modified")
    # RFC 9110, 13.1.5: a weak tag must not be sent in If-Range.
    return tag if tag.startswith('"') else date


def _put(
    pieces: queue.Queue[bytes | Exception | None],
    piece: bytes | Exception | None,
    stopped: threading.Event,
) -> bool:
    """Hand over, waiting for room; False once nobody wants it."""
    while not stopped.is_set():
        try:
            pieces.put(piece, timeout=POLL)
            return True
        except queue.Full:
            continue
    return False


def _wait(source: queue.Queue[T], check: Callable[[], None]) -> T:
    while True:
        check()
        try:
            return source.get(timeout=POLL)
        except queue.Empty:
            continue


def _host(url: str) -> str:
    return httpx.URL(url).host or url


def _reason(error: Exception) -> str:
    text = str(error)
    if "CERTIFICATE" in text.upper():
        return "its certificate is not trusted here"
    if any(
        word in text.lower()
        for word in ("name or service", "getaddrinfo", "nodename", "resolution")
    ):
        return "its name is not known here; is there a network?"
    return "it was refused or there is no network"
