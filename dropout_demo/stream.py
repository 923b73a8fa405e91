"""Server-sent events of any number of runs over one connection."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator

from sse_starlette import EventSourceResponse
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response

from dropout_demo.config import MAX_RUNS_A_STREAM, MAX_STREAMS
from dropout_demo.lab import Lab, lab
from dropout_demo.refusal import Refusal
from dropout_demo.tails import Tail

STATUS_SECONDS = 1.0
RETRY_MILLISECONDS = 1_000
PING_SECONDS = 15


async def stream_runs(request: Request) -> Response:
    """GET /api/stream?run=ID&run=ID: all events of these runs, then those to come.

    A message's id tells how much of every run was sent ("12.30", in the order of the `run`
    parameters); `Last-Event-ID` with it resumes without a gap. With `status=1` there are also
    messages `status`, without an id, that say place, progress and time left. With `batch=1`
    several new events of a run come as one message `batch`, a list: thousands of events that
    were there before are then read in a fraction of the time.
    """
    runs = request.query_params.getlist("run")
    if not 1 <= len(runs) <= MAX_RUNS_A_STREAM or len(set(runs)) != len(runs):
        raise Refusal(
            400, f"Name 1 to {MAX_RUNS_A_STREAM} different runs, as run=ID&run=ID.", "run"
        )
    if lab().tails.watching >= MAX_STREAMS:
        raise Refusal(429, f"{MAX_STREAMS} are watching, which is the most; try again later.")
    found = await run_in_threadpool(lab().store.some, runs)
    if len(found) < len(runs):
        raise Refusal(404, "There is no run of one of these ids.", "run")
    lasts = list((await run_in_threadpool(lab().store.last_seqs, runs)).values())
    seen = _seen(request.headers.get("last-event-id"), lasts)
    if seen == lasts and all(run.ended is not None for run in found):
        return Response(status_code=204)  # tells a browser's EventSource not to come again
    wants_status = request.query_params.get("status") == "1"
    batch = request.query_params.get("batch") == "1"
    messages = _messages(lab(), runs, seen, wants_status, batch)
    return EventSourceResponse(messages, ping=PING_SECONDS, sep="\n")


async def _messages(
    lab: Lab, runs: list[str], seen: list[int], wants_status: bool, batch: bool
) -> AsyncIterator[bytes]:
    """Chunks of messages until every run has ended and all was said."""
    news = asyncio.Event()
    yield f"retry: {RETRY_MILLISECONDS}\n\n".encode()
    async with lab.tails.watch(runs, news) as tails:
        said_at = 0.0
        while True:
            news.clear()
            chunk = _new_messages(tails, seen, batch)
            now = asyncio.get_running_loop().time()
            if wants_status and now - said_at >= STATUS_SECONDS:
                said_at = now
                chunk += _status_messages(lab, tails)
            if chunk:
                yield "".join(chunk).encode()
            if all(
                tail.ended and at >= len(tail.texts) for tail, at in zip(tails, seen, strict=True)
            ):
                return
            await _wait(news, STATUS_SECONDS)


def _new_messages(tails: list[Tail], seen: list[int], batch: bool) -> list[str]:
    """What was not sent yet; `seen` is brought up to date. batch: a run's news as one list."""
    messages = []
    for place, tail in enumerate(tails):
        new = tail.texts[seen[place] :]
        if batch and len(new) > 1:
            seen[place] += len(new)
            cursor = ".".join(map(str, seen))
            messages.append(f"id: {cursor}\nevent: batch\ndata: [{','.join(new)}]\n\n")
            continue
        for at in range(seen[place], len(tail.texts)):
            seen[place] = at + 1
            cursor = ".".join(map(str, seen))
            messages.append(f"id: {cursor}\nevent: {tail.kinds[at]}\ndata: {tail.texts[at]}\n\n")
    return messages


def _status_messages(lab: Lab, tails: list[Tail]) -> list[str]:
    messages = []
    for tail in tails:
        outlook = None if tail.ended else lab.jobs.outlook(tail.run)
        if outlook is not None:
            body = json.dumps({"run": tail.run, **outlook})
            messages.append(f"event: status\ndata: {body}\n\n")
    return messages


async def _wait(news: asyncio.Event, seconds: float) -> None:
    try:
        await asyncio.wait_for(news.wait(), seconds)
    except TimeoutError:
        return


def _seen(last_event_id: str | None, lasts: list[int]) -> list[int]:
    """How many events of each run the client has; none, for an id that was never given."""
    parts = (last_event_id or "").split(".")
    if not all(part.isascii() and part.isdecimal() and len(part) < 10 for part in parts):
        return [0] * len(lasts)
    seen = [int(part) for part in parts]
    possible = len(seen) == len(lasts) and all(
        s <= last for s, last in zip(seen, lasts, strict=True)
    )
    return seen if possible else [0] * len(lasts)
