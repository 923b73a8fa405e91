"""Boards over HTTP: server-sent events to however many watch."""

from __future__ import annotations

from collections.abc import AsyncIterator

from sse_starlette import EventSourceResponse
from starlette.requests import Request
from starlette.responses import Response

from dropout_demo.boards import MAX_BOARDS, Read, messages
from dropout_demo.config import MAX_STREAMS
from dropout_demo.lab import lab
from dropout_demo.refusal import Refusal
from dropout_demo.stream import PING_SECONDS, RETRY_MILLISECONDS


def watch_board(request: Request, key: str, read: Read) -> Response:
    """The board of a key, whole and then its changes; `Last-Event-ID` resumes without a gap.

    Raises Refusal when too many watch, or too many different boards.
    """
    boards = lab().boards
    if boards.watching + lab().tails.watching >= MAX_STREAMS:
        raise Refusal(429, f"{MAX_STREAMS} are watching, which is the most; try again later.")
    if not boards.room_for(key):
        raise Refusal(429, f"{MAX_BOARDS} maps and classes are watched, which is the most.")
    told = messages(boards, key, read, request.headers.get("last-event-id"))
    return EventSourceResponse(_with_retry(told), ping=PING_SECONDS, sep="\n")


async def _with_retry(told: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    yield f"retry: {RETRY_MILLISECONDS}\n\n".encode()
    async for message in told:
        yield message
