"""The map over HTTP: what came of dropout over rate and place, now and as it fills."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from dropout_demo.api.watching import watch_board
from dropout_demo.config import RunConfig
from dropout_demo.lab import lab
from dropout_demo.map import SHOWN, setting_of
from dropout_demo.map_board import map_parts
from dropout_demo.refusal import Refusal

SETTING = ("dataset", "train_size", "epochs")


async def read_map(request: Request) -> Response:
    """GET /api/map?dataset=&train_size=&epochs=&measure=: every cell that has something."""
    setting, measure = _asked(request)
    cells = await run_in_threadpool(map_parts, lab().store, setting, measure)
    return JSONResponse({"measure": measure, "cells": cells})


async def stream_map(request: Request) -> Response:
    """GET /api/map/stream, with the same parameters: the cells as server-sent events.

    A message `whole` has all cells, a message `change` those that are new or other (null: empty
    again). `Last-Event-ID` resumes without a gap.
    """
    setting, measure = _asked(request)
    store = lab().store

    def read() -> dict[str, Any]:
        return map_parts(store, setting, measure)

    return watch_board(request, f"map/{setting.hash}/{measure}", read)


def _asked(request: Request) -> tuple[RunConfig, str]:
    """Setting and measure. Raises ConfigError or Refusal."""
    asked = request.query_params
    strange = [name for name in asked if name not in (*SETTING, "measure")]
    if strange:
        raise Refusal(400, f"A map takes {', '.join(SETTING)} and measure.", strange[0][:40])
    given = RunConfig.from_query(urlencode({n: asked[n] for n in SETTING if n in asked}))
    setting = setting_of(given.dataset, given.train_size, given.epochs)
    measure = asked.get("measure", SHOWN[0])
    if measure not in SHOWN:
        raise Refusal(400, f"measure must be {' or '.join(SHOWN)}.", "measure")
    return setting, measure
