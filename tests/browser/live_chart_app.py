"""A server whose runs say what a test tells them to say. Started by test_live_chart.py.

POST /fake/say   {"run", "kind", ...}    the run says this event, with the next seq
POST /fake/status {"run", "status", ...} those who watch the run hear this, once
POST /fake/say-all [{"run", "kind", ...}] as /fake/say, many at once
POST /fake/cut                           every stream is cut, in the middle
GET  /fake/ended?run=ID                  the kind of the run's last event, null unless it is an end
GET  /fake/streams                       how many streams are open, and how many were opened
GET  /api/stream?run=ID                  the stream as the real server gives it; with batch=1
                                         several events of a run come as one message
"""

from __future__ import annotations

import asyncio
import json
from collections import defaultdict
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import streamlit as st
from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import Route

from dropout_demo.events import END_KINDS
from dropout_demo.ui.assets import asset_routes, base_path

POLL = 0.02  # seconds between looks at what was said


class Fake:
    """What all runs said so far."""

    def __init__(self) -> None:
        self.said: dict[str, list[dict[str, Any]]] = defaultdict(list)
        self.status: dict[str, list[dict[str, Any]]] = defaultdict(list)
        self.cuts = 0
        self.open = 0
        self.opened = 0

    async def say(self, request: Request) -> Response:
        event = await request.json()
        return JSONResponse(self.take(event))

    async def say_all(self, request: Request) -> Response:
        return JSONResponse([self.take(event) for event in await request.json()])

    def take(self, event: dict[str, Any]) -> int:
        run = self.said[event["run"]]
        run.append({"seq": len(run) + 1, "at": 0.0, **event})
        return len(run)

    async def say_status(self, request: Request) -> Response:
        status = await request.json()
        self.status[status["run"]].append(status)
        return JSONResponse(True)

    async def cut(self, _: Request) -> Response:
        self.cuts += 1
        return JSONResponse(True)

    async def last(self, request: Request) -> Response:
        run = request.query_params["run"]
        return JSONResponse(self.said[run][-1]["kind"] if self.ended(run) else None)

    async def streams(self, _: Request) -> Response:
        return JSONResponse({"open": self.open, "opened": self.opened})

    async def stream(self, request: Request) -> Response:
        runs = request.query_params.getlist("run")
        last = json.loads(request.headers.get("last-event-id", "{}"))
        if last and all(self.ended(run) and last.get(run) == len(self.said[run]) for run in runs):
            return Response(status_code=204)
        batch = request.query_params.get("batch") == "1"
        return StreamingResponse(
            self.messages(runs, last, batch=batch), media_type="text/event-stream"
        )

    def ended(self, run: str) -> bool:
        return bool(self.said[run]) and self.said[run][-1]["kind"] in END_KINDS

    async def messages(
        self, runs: list[str], last: dict[str, int], *, batch: bool
    ) -> AsyncIterator[str]:
        told = {run: last.get(run, 0) for run in runs}
        statuses = dict.fromkeys(runs, 0)
        cuts = self.cuts
        self.open += 1
        self.opened += 1
        yield "retry: 200\n\n"
        try:
            while cuts == self.cuts:
                for run in runs:
                    new = self.said[run][told[run] :]
                    if batch and len(new) > 1:
                        told[run] += len(new)
                        said = json.dumps(new)
                        yield f"id: {json.dumps(told)}\nevent: batch\ndata: {said}\n\n"
                        continue
                    for event in new:
                        told[run] += 1
                        yield (
                            f"id: {json.dumps(told)}\nevent: {event['kind']}\n"
                            f"data: {json.dumps(event)}\n\n"
                        )
                    for status in self.status[run][statuses[run] :]:
                        statuses[run] += 1
                        yield f"event: status\ndata: {json.dumps(status)}\n\n"
                if all(self.ended(run) for run in runs):
                    return
                await asyncio.sleep(POLL)
        finally:
            self.open -= 1


fake = Fake()
app = st.App(
    str(Path(__file__).with_name("live_chart_page.py")),
    routes=[
        *asset_routes(),
        Route(f"{base_path()}/api/stream", fake.stream),
        Route("/fake/say", fake.say, methods=["POST"]),
        Route("/fake/say-all", fake.say_all, methods=["POST"]),
        Route("/fake/status", fake.say_status, methods=["POST"]),
        Route("/fake/cut", fake.cut, methods=["POST"]),
        Route("/fake/ended", fake.last),
        Route("/fake/streams", fake.streams),
    ],
)
